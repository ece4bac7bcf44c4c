"""`trc-mee6 leaderboard`: who is where, from the database alone."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
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

    from trc_mee6.report import Leaderboard


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
        int, typer.Option(min=0, max=2**31 - 1, help="How many members; 0 for all.")
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
        typer.Option("--format", help="table and markdown for people, json and csv for programs."),
    ] = BoardFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write it to this file, as a whole or not at all."),
    ] = None,
) -> int:
    """Show who is where, as of the last sync. MEE6 is not asked.

    Points and XP gained count over the period, which ends today, or over the days given. Ranks
    are compared with the period before: the week before, for this week.

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
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store, store.snapshot():
        guild_id = guild_or_only(settings, store)
        board = job.leaderboard(
            store, guild_id, by, days, top or None, now, source,
            active=active, around=around, trend=output_format is BoardFormat.TABLE,
        )  # fmt: skip
        _give(invocation, board, output_format, output)
    return 0


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
