"""Charts as pictures: one description of each in altair, from which PNG, SVG and HTML are made.

A description names no colours; those are the theme's (chart_theme.py). The same chart gives the
same bytes, wherever the same fonts are installed.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from trc_mee6.errors import ConfigError
from trc_mee6.render.chart_labels import apart, short_name
from trc_mee6.render.chart_theme import Scheme, config, dark_rules
from trc_mee6.report import ActivityHours, Growth, GrowthLine, Levels, MemberYear
from trc_mee6.text import name, printable

if TYPE_CHECKING:
    from types import ModuleType

Chart = Growth | Levels | ActivityHours | MemberYear
WIDTH = 800  # pixels
NARROW = 600  # below it a chart is laid out for a phone
_SHARPNESS = 2  # pixels of a PNG for each of the chart's
_DAY = timedelta(days=1)
_LONG = timedelta(days=180)  # from here on an axis names months
_DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3])  # once every colour is taken
_COLOURS = 7
_LEADER = 12  # pixels from a line's end to its label
_POINTS = 120  # of a line at most; more are not seen


def png(chart: Chart, *, scheme: Scheme = Scheme.LIGHT, width: int = WIDTH) -> bytes:
    """Return a picture of a chart, two pixels for each of the width's.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    picture = _vl_convert().vegalite_to_png(_description(chart, width, scheme), scale=_SHARPNESS)
    assert isinstance(picture, bytes)
    return picture


def svg(chart: Chart, *, scheme: Scheme | None = None, width: int = WIDTH) -> str:
    """Return a drawing of a chart; without a scheme it follows its reader's.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    drawing = str(_vl_convert().vegalite_to_svg(_description(chart, width, scheme or Scheme.LIGHT)))
    if scheme is not None:
        return drawing
    style = f"<style>@media (prefers-color-scheme:dark){{{dark_rules()}}}</style>"
    head, bracket, rest = drawing.partition(">")
    return f"{head}{bracket}{style}{rest}"


def _altair() -> "ModuleType":
    try:
        import altair
    except ImportError as error:
        raise _not_installed(error) from None
    return altair


def _vl_convert() -> "ModuleType":
    try:
        import vl_convert
    except ImportError as error:
        raise _not_installed(error) from None
    return vl_convert


def _not_installed(error: ImportError) -> ConfigError:
    package = printable(str(error.name).partition(".")[0])
    return ConfigError(
        f"{package}, which charts need, is not installed. Install trc-mee6 with its extra charts:"
        " pipx install --force '.[charts]'"
    )


def _description(
    chart: Chart, width: int, scheme: Scheme, *, interactive: bool = False
) -> dict[str, Any]:
    """Return a chart in Vega-Lite."""
    if isinstance(chart, Growth):
        drawn = _growth(chart, width, interactive=interactive)
    description: dict[str, Any] = drawn.to_dict()
    return description | {"config": config(scheme, _font_size(width))}


def _font_size(width: int) -> int:
    return 12 if width < NARROW else 13


def _title(what: str, guild_name: str | None, guild_id: int, *below: str) -> Any:
    alt = _altair()
    guild = name(guild_name, 40) or f"Guild {guild_id}"
    return alt.Title(f"{guild}: {what}", subtitle=[line for line in below if line])


def _moment(day: date) -> int:
    """Return the beginning of a day as Vega counts time: milliseconds since 1970."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * 1000


# Growth


_GROWN = {"gain": "XP gained", "xp": "XP", "points": "points"}


def _growth(growth: Growth, width: int, *, interactive: bool) -> Any:
    alt = _altair()
    title = _title(_GROWN[growth.by], growth.guild_name, growth.guild_id, _days(growth))
    if not growth.lines:
        return _nothing(title, "Nobody gained anything in these days.", width)
    height = max(240 if width < NARROW else 320, len(growth.lines) * _line_height(width))
    values = [value for line in growth.lines for value in line.values if value is not None]
    low, high = min(values, default=0), max(values, default=0)
    scale = alt.Scale(domain=[low, max(high, low + 1)], nice=False, zero=False)
    days = [growth.since - _DAY, growth.until]
    across = alt.X("day:T").scale(type="utc", domain=[_moment(day) for day in days], nice=False)
    x = across.axis(
        title=None, grid=False, labelOverlap=True, ticks=True,
        values=[_moment(day) for day in _ticks(days[0], days[1], 4 if width < NARROW else 7)],
        format="%b %Y" if _is_long(growth) else "%-d %b",
    )  # fmt: skip
    y = alt.Y("value:Q").scale(scale).axis(
        title=None, tickCount=5, format="~s" if high >= 10_000 else ",d", ticks=False, domain=False
    )  # fmt: skip
    lines = [str(number) for number in range(len(growth.lines))]
    look = {
        "color": alt.Color("line:N").scale(domain=lines).legend(None),
        "strokeDash": alt.StrokeDash("line:N")
        .scale(
            domain=lines, range=[_DASHES[n // _COLOURS % len(_DASHES)] for n in range(len(lines))]
        )
        .legend(None),
    }
    points = alt.Data(
        values=[
            point
            for n, line in reversed([*enumerate(growth.lines)])
            for point in _points(n, line, growth)
        ]
    )
    labels = alt.Data(
        values=_labels(growth, scale_of=(low, max(high, low + 1)), height=height, width=width)
    )
    drawn = [
        alt.Chart(points).mark_line().encode(x, y, **look),
        alt.Chart(labels)
        .mark_rule(strokeWidth=1)
        .encode(
            alt.X("day:T"),
            alt.Y("value:Q"),
            alt.X2("label_day:T"),
            alt.Y2("label_value:Q"),
            color=look["color"],
        ),
        alt.Chart(labels)
        .mark_text(
            align="left",
            baseline="middle",
            dx=4,
            limit=round(width * (0.36 if width < NARROW else 0.26)),
        )
        .encode(alt.X("label_day:T"), alt.Y("label_value:Q"), alt.Text("label:N")),
    ]
    return alt.layer(*drawn).properties(
        width=width,
        height=height,
        title=title,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )


def _is_long(growth: Growth) -> bool:
    return growth.until - growth.since > _LONG


def _ticks(first: date, last: date, most: int) -> list[date]:
    """Return days to be named on the axis: of a long time the first of months, else the last day
    and others at even distances before it."""
    if last - first > _LONG:
        months = [
            date(year, month, 1)
            for year in range(first.year, last.year + 1)
            for month in range(1, 13)
            if first <= date(year, month, 1) <= last
        ]
        return months[:: -(-len(months) // most)]
    step = -(-((last - first).days) // most)
    return [last - n * _DAY for n in range(0, (last - first).days + 1, step)]


def _line_height(width: int) -> int:
    return _font_size(width) + 3


def _days(growth: Growth) -> str:
    return (
        f"{growth.since} to {growth.until} (UTC)"
        if growth.since != growth.until
        else f"{growth.since} (UTC)"
    )


def _points(number: int, line: GrowthLine, growth: Growth) -> list[dict[str, Any]]:
    """Return the points of a line, few enough, the last among them."""
    step = -(-len(line.values) // _POINTS)
    first = (len(line.values) - 1) % step
    return [
        {
            "line": str(number),
            "day": _moment(growth.since + (n - 1) * _DAY),
            "value": line.values[n],
        }
        for n in range(first, len(line.values), step)
        if line.values[n] is not None
    ]


def _labels(
    growth: Growth, scale_of: tuple[int, int], height: int, width: int
) -> list[dict[str, Any]]:
    low, high = scale_of
    ended = [
        (n, line, line.values[-1])
        for n, line in enumerate(growth.lines)
        if line.values[-1] is not None
    ]
    wanted = [height * (high - value) / (high - low) for _, _, value in ended]
    places = apart(wanted, _line_height(width), 0, height)
    end = _moment(growth.until)
    span = end - _moment(growth.since - _DAY)
    cells = 13 if width < NARROW else 24
    return [
        {
            "line": str(n),
            "day": end,
            "value": value,
            "label_day": end + round(span * _LEADER / (width * 0.7)),
            "label_value": round(high - place / height * (high - low), 3),
            "label": f"{value:,} {short_name(line.username, line.discord_id, cells)}",
        }
        for (n, line, value), place in zip(ended, places, strict=True)
    ]


def _nothing(title: Any, why: str, width: int) -> Any:
    alt = _altair()
    return (
        alt.Chart(alt.Data(values=[{}]))
        .mark_text(style="muted")
        .encode(text=alt.value(why))
        .properties(
            width=width,
            height=80,
            title=title,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
    )
