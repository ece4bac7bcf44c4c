"""`trc-mee6 chart`: pictures and plots, from the database alone."""

from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trc_mee6.cli.invocation import Invocation, guild_or_only
from trc_mee6.cli.options import (
    Format,
    FormatOption,
    GuildOption,
    MemberArgument,
    PeriodOption,
    SinceOption,
    UntilOption,
    chosen_period,
    parse_snowflake,
)
from trc_mee6.text import printable, quoted

if TYPE_CHECKING:
    from trc_mee6.render.charts import Chart

_MOST_LINES = 25
_SUFFIXES = (".png", ".svg", ".html")
_YEAR = timedelta(days=364)  # 53 weeks at most are touched

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Draw growth, levels, activity or a member's year.",
)


class GrowthBy(StrEnum):
    """What grows."""

    GAIN = "gain"
    XP = "xp"
    POINTS = "points"
    POINTS_GAINED = "points_gained"


class SchemeName(StrEnum):
    """Which colours."""

    LIGHT = "light"
    DARK = "dark"


def _parse_picture(text: str | Path) -> Path:
    path = Path(text)
    if path.suffix.lower() not in _SUFFIXES:
        raise typer.BadParameter(
            f"{quoted(str(path))} has none of the endings .png, .svg and .html, which say what to"
            " make"
        )
    return path


OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="PATH", parser=_parse_picture,
        help="Write it to this file: a picture .png or .svg, or .html, a page.",
    ),
]  # fmt: skip
SchemeOption = Annotated[
    SchemeName | None,
    typer.Option(
        "--scheme",
        help="Colours of the file; without it .svg and .html follow the reader's, .png is light.",
    ),
]
WidthOption = Annotated[
    int | None,
    typer.Option(
        "--width", metavar="PIXELS", min=320, max=2400,
        help="Of a picture, by default 800; below 600 it is laid out for a phone.",
    ),
]  # fmt: skip


@app.command(short_help="XP or points from day to day.")
def growth(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    by: Annotated[
        GrowthBy,
        typer.Option(help="XP or points gained since the period began, or the total of either."),
    ] = GrowthBy.GAIN,
    member: Annotated[
        list[int] | None,
        typer.Option(
            metavar="DISCORD_ID",
            parser=parse_snowflake,
            help="This member instead of the first; give it several times for several.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=_MOST_LINES, help="How many members.")] = 10,
    over: PeriodOption = "all",
    since: SinceOption = None,
    until: UntilOption = None,
    output_format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    scheme: SchemeOption = None,
    width: WidthOption = None,
) -> int:
    """Draw how members grew from day to day, a line each. MEE6 is not asked.

    Example: trc-mee6 chart growth --top 10 --period 30d --output growth.png
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import charts

    invocation: Invocation = context.obj
    invocation.begin("chart growth", output_format)
    _check(output, scheme, width)
    named = member or []
    if len(named) > _MOST_LINES:
        raise typer.BadParameter(f"at most {_MOST_LINES} fit", param_hint="--member")
    days = chosen_period(over, since, until, SystemClock().now().date())
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = charts.growth(store, guild_or_only(settings, store), by, days, top, named)
    return _give(invocation, found, output, scheme, width)


@app.command(short_help="How many members are at each level.")
def levels(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    scheme: SchemeOption = None,
    width: WidthOption = None,
) -> int:
    """Draw how many members are at each level, as of the last sync.

    Example: trc-mee6 chart levels --output levels.svg
    """
    from trc_mee6.jobs import charts

    invocation: Invocation = context.obj
    invocation.begin("chart levels", output_format)
    _check(output, scheme, width)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = charts.levels(store, guild_or_only(settings, store))
    return _give(invocation, found, output, scheme, width)


@app.command(short_help="XP by weekday and hour (UTC).")
def activity(
    context: typer.Context,
    *,
    guild: GuildOption = None,
    over: PeriodOption = "all",
    since: SinceOption = None,
    until: UntilOption = None,
    output_format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    scheme: SchemeOption = None,
    width: WidthOption = None,
) -> int:
    """Draw in which hours of the week members gain XP, in UTC.

    XP observed more than three hours apart has no hour; how much that is, is said.

    Example: trc-mee6 chart activity --period 28d --output activity.png
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import charts

    invocation: Invocation = context.obj
    invocation.begin("chart activity", output_format)
    _check(output, scheme, width)
    days = chosen_period(over, since, until, SystemClock().now().date())
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        found = charts.activity_hours(store, guild_or_only(settings, store), days)
    return _give(invocation, found, output, scheme, width)


@app.command(short_help="One member's year, day by day.")
def member(
    context: typer.Context,
    *,
    member: MemberArgument,
    year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", min=2015, max=9998, help="This year; by default the last 365 days."
        ),
    ] = None,
    guild: GuildOption = None,
    output_format: FormatOption = Format.TABLE,
    output: OutputOption = None,
    scheme: SchemeOption = None,
    width: WidthOption = None,
) -> int:
    """Draw one member's year as a calendar: XP of each day, and the streak.

    Example: trc-mee6 chart member 42 --output ada.png
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import charts
    from trc_mee6.jobs.registry import member_known_as

    invocation: Invocation = context.obj
    invocation.begin("chart member", output_format)
    _check(output, scheme, width)
    today = SystemClock().now().date()
    first = today - _YEAR if year is None else date(year, 1, 1)
    last = today if year is None else date(year, 12, 31)
    settings = invocation.settings(mee6_guild_id=guild)
    with invocation.store(settings) as store:
        guild_id = guild_or_only(settings, store)
        who = member_known_as(store, guild_id, member).discord_id
        found = charts.member_year(store, guild_id, who, first, last, today)
    return _give(invocation, found, output, scheme, width)


def _check(output: Path | None, scheme: SchemeName | None, width: int | None) -> None:
    """Refuse options that would do nothing."""
    if scheme is not None and output is None:
        raise typer.BadParameter("it goes with --output", param_hint="--scheme")
    if width is not None and (output is None or output.suffix.lower() == ".html"):
        raise typer.BadParameter("it goes with --output of a .png or .svg", param_hint="--width")


def _give(
    invocation: Invocation,
    chart: "Chart",
    output: Path | None,
    scheme: SchemeName | None,
    width: int | None,
) -> int:
    if output is not None:
        from trc_mee6.render.files import write_atomically

        write_atomically(output, _drawn(chart, output.suffix.lower(), scheme, width))
    if invocation.as_json:
        from trc_mee6.render.charts.documents import document

        invocation.answer(document(chart))
    elif output is not None:
        invocation.say(f"chart written to {printable(str(output))}")
    elif not invocation.quiet:
        from trc_mee6.render.charts.plots import show

        show(chart)
    return 0


def _drawn(chart: "Chart", suffix: str, scheme: SchemeName | None, width: int | None) -> bytes:
    from trc_mee6.render import charts

    colours = None if scheme is None else charts.Scheme(scheme)
    if suffix == ".png":
        return charts.png(chart, scheme=colours or charts.Scheme.LIGHT, width=width or charts.WIDTH)
    if suffix == ".svg":
        return charts.svg(chart, scheme=colours, width=width or charts.WIDTH).encode()
    return charts.html(chart, scheme=colours).encode()
