"""`trc-mee6 leaderboard`: who is where, from the database alone."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli import posting
from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
    DryRunOption,
    GuildOption,
    PeriodOption,
    SinceOption,
    UntilOption,
    check_source,
    chosen_period,
    parse_snowflake,
)
from trc_mee6.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trc_mee6.report import Leaderboard, Published
    from trc_mee6.rules.days import Period


class By(StrEnum):
    """What members are ranked by."""

    POINTS = "points"
    XP = "xp"
    GAIN = "gain"
    LEVEL = "level"
    MESSAGES = "messages"
    STREAK = "streak"


class BoardFormat(StrEnum):
    """How a leaderboard is given."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


def leaderboard(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    by: Annotated[By, typer.Option(help="What members are ranked by.")] = By.POINTS,
    over: PeriodOption = "all",
    since: SinceOption = None,
    until: UntilOption = None,
    source: Annotated[
        str | None,
        typer.Option(help="Count the points of this source only; mee6 is those from XP."),
    ] = None,
    top: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**31 - 1,
            help="How many members; 0 for all (of many thousands best with csv or json).",
        ),
    ] = 25,
    active: Annotated[
        int | None,
        typer.Option(
            metavar="XP",
            min=1,
            max=2**63 - 1,
            help="Only members who gained at least so much XP in the last 30 days.",
        ),
    ] = None,
    around: Annotated[
        int | None,
        typer.Option(
            metavar="DISCORD_ID",
            parser=parse_snowflake,
            help="This member, the five above and the five below, and the gap to each.",
        ),
    ] = None,
    output_format: Annotated[
        BoardFormat,
        typer.Option(
            "--format",
            help="table and markdown for people, json and csv for programs, html for a site.",
        ),
    ] = BoardFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Write it to this file, as a whole or not at all; a site, into this folder.",
        ),
    ] = None,
    post: Annotated[
        bool,
        typer.Option(
            "--post", help="Send it to DISCORD_WEBHOOK_URL, in place of what was sent last."
        ),
    ] = False,
    new: Annotated[bool, typer.Option("--new", help="With --post: as a new message.")] = False,
    dry_run: DryRunOption = False,
) -> int:
    """Show who is where, as of the last sync. MEE6 is not asked.

    Points and XP gained count over the period, which ends today, or over the days given. Ranks
    are compared with the period before: the week before, for this week. With
    --post it goes to a channel of Discord, with a chart, as far as it fits in a message.

    Example: trc-mee6 leaderboard --by points --period week --top 10
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import leaderboard as job

    invocation: Invocation = context.obj
    invocation.begin("leaderboard", output_format)
    now = SystemClock().now()
    days = chosen_period(over, since, until, now.date())
    if source is not None and by is not By.POINTS:
        raise typer.BadParameter(
            f"only points have a source, so it goes with --by points, not --by {by}",
            param_hint="--source",
        )
    if around is not None and _is_given(context, "top"):
        raise typer.BadParameter("it does not go with --top", param_hint="--around")
    check_source(source)
    _check_post(output_format, output, around, post=post, new=new, dry_run=dry_run)
    if output_format is BoardFormat.HTML:
        _check_site(output, around)
    settings = invocation.settings(mee6_guild_id=guild)
    most = posting.at_most(top) if post else top or None
    with invocation.store(settings) as store:
        guild_id = guild_or_only(settings, store)

        def board_of(days: "Period") -> "Leaderboard":
            return job.leaderboard(
                store, guild_id, by, days, most, now, source,
                active=active, around=around, trend=output_format is BoardFormat.TABLE and not post,
            )  # fmt: skip

        if output is not None and output_format is BoardFormat.HTML:
            from trc_mee6.jobs.site import publish

            published = publish(store, guild_id, board_of, days, now.date(), output)
            invocation.say(_told(published, output))
            return 0
        if post:
            from trc_mee6.jobs.post import content

            with store.snapshot():
                read = content(store, board_of(days))
            posting.post(invocation, settings, store, read, anew=new, dry_run=dry_run)
            return 0
        with store.snapshot():
            _give(invocation, board_of(days), output_format, output)
    return 0


def _check_site(output: Path | None, around: int | None) -> None:
    if output is None:
        raise typer.BadParameter(
            "--format html writes the files of a site, so it needs a folder: --output DIR",
            param_hint="--output",
        )
    if str(output) in (".", "-"):  # an empty name is the first of these
        raise typer.BadParameter("name a folder for the site", param_hint="--output")
    if around is not None:
        raise typer.BadParameter(
            "a site has everybody's neighbours; it does not go with --format html",
            param_hint="--around",
        )


def _told(published: "Published", folder: Path) -> str:
    return (
        f"site in {printable(str(folder))}: {published.written:,} files written,"
        f" {published.unchanged:,} unchanged, {published.removed:,} removed"
    )


def _check_post(
    form: BoardFormat,
    output: Path | None,
    around: int | None,
    *,
    post: bool,
    new: bool,
    dry_run: bool,
) -> None:
    """Refuse options that say nothing together with --post, or without it."""
    if not post:
        for given, option in ((new, "--new"), (dry_run, "--dry-run")):
            if given:
                raise typer.BadParameter("it goes with --post", param_hint=option)
        return
    if output is not None:
        raise typer.BadParameter("give one of the two", param_hint="--post / --output")
    if around is not None:
        raise typer.BadParameter("it does not go with --post", param_hint="--around")
    if form not in (BoardFormat.TABLE, BoardFormat.JSON):
        raise typer.BadParameter(
            f"with --post it is table or json, for what is printed, not {form}",
            param_hint="--format",
        )


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _give(
    invocation: Invocation, board: "Leaderboard", form: BoardFormat, output: Path | None
) -> None:
    from trc_mee6.render import leaderboard as rendered

    if output is not None:
        from trc_mee6.render.files import write_atomically

        write_atomically(output, _lines(board, form))
        if not invocation.as_json:
            invocation.say(f"leaderboard written to {printable(str(output))}")
    elif form is BoardFormat.TABLE:
        if not invocation.quiet:
            rendered.show(board)
    else:
        invocation.give(_lines(board, form))


def _lines(board: "Leaderboard", form: BoardFormat) -> "Iterator[str]":
    from trc_mee6.render import leaderboard as rendered

    forms = {
        BoardFormat.TABLE: rendered.table_lines,
        BoardFormat.JSON: rendered.json_lines,
        BoardFormat.CSV: rendered.csv_lines,
        BoardFormat.MARKDOWN: rendered.markdown_lines,
    }
    return forms[form](board)
