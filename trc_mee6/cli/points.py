"""`trc-mee6 points`: other sources of points than MEE6, corrections, and what was booked."""

import re
import shlex
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
    DryRunOption,
    Format,
    FormatOption,
    GuildOption,
    MemberArgument,
    check_source,
    parse_day,
)
from trc_mee6.text import quoted

if TYPE_CHECKING:
    from datetime import datetime

    from trc_mee6.jobs.awards import Award
    from trc_mee6.report import LedgerHistory, LedgerSums
    from trc_mee6.store.history import Which

# A negative number is no option; what else looks like one is refused as an argument.
_NEGATIVE_NUMBERS = {"ignore_unknown_options": True}

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The ledger: award points, correct them, see what was booked.",
)


class HistoryFormat(StrEnum):
    """How ledger lines and sums are given."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def _parse_points(text: str | int) -> int:
    try:
        if re.fullmatch(r"[+-]?[0-9]+", str(text)):  # int() takes 1_000 and other scripts' digits
            return int(text)
    except ValueError:  # thousands of digits
        pass
    option = re.match(r"-[-A-Za-z]", str(text))
    said = f"No such option: {text}" if option else f"{quoted(text)} is no whole number"
    raise typer.BadParameter(said)


PointsArgument = Annotated[
    int,
    typer.Argument(
        metavar="POINTS", parser=_parse_points, help="Whole points, negative to take some away."
    ),
]
DayOption = Annotated[
    date | None,
    typer.Option(
        "--day", metavar="YYYY-MM-DD", parser=parse_day,
        help="The UTC day they were earned; by default today. Points above 0 make it active.",
    ),
]  # fmt: skip


@app.command(short_help="Award points.", context_settings=_NEGATIVE_NUMBERS)
def award(
    context: typer.Context,
    *,
    member: MemberArgument,
    points: PointsArgument,
    source: Annotated[str, typer.Option(help="Where they come from: quiz, raffle, ...")],
    key: Annotated[
        str, typer.Option(help="What makes this award the only one of its kind for the member.")
    ],
    day: DayOption = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, for whoever reads the ledger later.")
    ] = None,
    guild: GuildOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Award points of another source than MEE6. The same source and key award once.

    Which day is active is judged by the next run of streaks, also for a day judged before.

    Example: trc-mee6 points award 42 5 --source quiz --key quiz-2026-11
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.awards import moment_of, new_award

    invocation: Invocation = context.obj
    invocation.begin("points award", output_format)
    now = SystemClock().now()
    try:
        asked = new_award(points, source, key, moment_of(day, now), reason, now)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return _book(invocation, guild, member, asked, now, day, dry_run=dry_run)


@app.command(short_help="Correct a member's points.", context_settings=_NEGATIVE_NUMBERS)
def adjust(
    context: typer.Context,
    *,
    member: MemberArgument,
    points: PointsArgument,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the ledger later.")],
    key: Annotated[
        str | None,
        typer.Option(help="To be able to repeat the command harmlessly; by default a new one."),
    ] = None,
    day: DayOption = None,
    guild: GuildOption = None,
    dry_run: DryRunOption = False,
    output_format: FormatOption = Format.TABLE,
) -> int:
    """Correct a member's points by a line of its own; what is booked is never changed.

    Example: trc-mee6 points adjust 42 -3 --reason "Counted twice"
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.awards import moment_of, new_adjustment

    invocation: Invocation = context.obj
    invocation.begin("points adjust", output_format)
    now = SystemClock().now()
    try:
        asked = new_adjustment(points, key, moment_of(day, now), reason, now)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return _book(invocation, guild, member, asked, now, day, dry_run=dry_run)


def _book(
    invocation: Invocation,
    guild: int | None,
    member: str,
    asked: "Award",
    now: "datetime",
    day: date | None,
    *,
    dry_run: bool,
) -> int:
    from trc_mee6.jobs.awards import book
    from trc_mee6.render import points as rendered

    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        if not dry_run:
            invocation.advice_in_doubt = (
                "It may be booked all the same. To make sure: repeat it with --key"
                f" {shlex.quote(asked.key)}"
            )
        done = book(store, settings.guild_id, member, asked, now, dry_run=dry_run)
    if invocation.as_json:
        invocation.answer(rendered.award_document(invocation.command, done))
    else:
        invocation.say(rendered.award_line(invocation.command, done, day, asked.reason))
    return 0


@app.command(short_help="Show what was booked.")
def history(
    context: typer.Context,
    *,
    member: Annotated[
        str | None,
        typer.Argument(
            metavar="MEMBER", help="Your own id of the person, or the Discord id; none: sums."
        ),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only points of this source.")] = None,
    since: Annotated[
        date | None,
        typer.Option(
            metavar="YYYY-MM-DD", parser=parse_day, help="Only points of this UTC day and later."
        ),
    ] = None,
    until: Annotated[
        date | None,
        typer.Option(
            metavar="YYYY-MM-DD", parser=parse_day, help="Only points of this UTC day and earlier."
        ),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Everybody's lines instead of sums by day and source.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="How many, from the newest on; 0 for all.")
    ] = 50,
    guild: GuildOption = None,
    output_format: Annotated[
        HistoryFormat, typer.Option("--format", help="table for people, json and csv for programs.")
    ] = HistoryFormat.TABLE,
) -> int:
    """Show a member's ledger lines, each with the balance after it; without MEMBER, sums by day.

    Example: trc-mee6 points history 42 --since 2026-11-01
    """
    from trc_mee6.jobs.history import ledger_lines, ledger_sums

    invocation: Invocation = context.obj
    invocation.begin("points history", output_format)
    which = _narrowed(source, since, until)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        guild_id = guild_or_only(settings, store)
        if lines or member is not None:
            found = ledger_lines(store, guild_id, member, which, limit or None)
            _give(invocation, found, output_format)
        else:
            sums = ledger_sums(store, guild_id, which, limit or None)
            _give(invocation, sums, output_format)
    return 0


def _narrowed(source: str | None, since: date | None, until: date | None) -> "Which":
    from trc_mee6.store.history import Which

    check_source(source)
    if since is not None and until is not None and since > until:
        raise typer.BadParameter(f"--since {since} lies after --until {until}")
    return Which(None, source, since, until)


def _give(invocation: Invocation, found: "LedgerHistory | LedgerSums", form: HistoryFormat) -> None:
    from trc_mee6.render import points as rendered

    if form is HistoryFormat.TABLE:
        if not invocation.quiet:
            rendered.show(found)
        return
    as_json = form is HistoryFormat.JSON
    invocation.give((rendered.json_lines if as_json else rendered.csv_lines)(found))
