"""Growth as lines, a member each, with the names at the lines' ends."""

from datetime import date, timedelta
from typing import Any

from trc_mee6.render.charts.canvas import (
    Row,
    altair,
    finished,
    font_size,
    is_narrow,
    moment,
    nothing,
    rows,
    upward,
)
from trc_mee6.render.charts.labels import apart, guild_of, short_name
from trc_mee6.report import Growth, GrowthLine

_DAY = timedelta(days=1)
_LONG = timedelta(days=180)
_DASHES = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3])  # the next once every colour is taken
_COLOURS = 7
_IN_THOUSANDS = 10_000  # from here on the axis says 10k
_LEADER = 12  # pixels from a line's end to its label
_DIGIT, _BESIDE = 0.56, 5  # width of a digit, in font sizes; pixels beside a text
_MOST_POINTS = 120  # of a line; more are not seen
_GROWN = {
    "gain": "XP gained", "xp": "XP", "points": "Points", "points_gained": "Points gained"
}  # fmt: skip


NOTHING = "Nothing was gained in these days."


def title(growth: Growth) -> str:
    """Return what stands above a chart of growth."""
    return _GROWN[growth.by]


def summary(growth: Growth) -> list[str]:
    """Return the guild and the days a chart of growth is about, in lines."""
    days = f"{growth.since} to {growth.until}"
    if growth.since == growth.until:
        days = str(growth.until)
    return [guild_of(growth.guild_name, growth.guild_id), f"{days} (UTC)"]


def is_known(growth: Growth) -> bool:
    """Say whether there is anything to show."""
    return any(value is not None for line in growth.lines for value in line.values)


def is_long(growth: Growth) -> bool:
    """Say whether the time is so long that its axis names months."""
    return growth.until - growth.since > _LONG


def drawing(growth: Growth, width: int, *, interactive: bool) -> Any:
    """Return the chart.

    Args:
        interactive: with points that can be pointed at.
    """
    if not is_known(growth):
        return nothing(width, NOTHING, title(growth), *summary(growth))
    height = max(240 if is_narrow(width) else 320, len(growth.lines) * (font_size(width) + 3))
    layers = [_lines(growth, width), *_labels(growth, width, height)]
    if interactive:
        layers.append(_points(growth))
    return finished(layers, width, height, title(growth), *summary(growth))


def _lines(growth: Growth, width: int) -> Any:
    alt = altair()
    # No scale of time: Vega's interpreter, which the page needs, cannot read its ends.
    across = alt.X("day:Q").scale(
        zero=False, domain=[moment(growth.since - _DAY), moment(growth.until)], nice=False
    )
    form = "%b %Y" if is_long(growth) else "%-d %b"
    low, high = span(growth)
    numbers = "~s" if high >= _IN_THOUSANDS else ",d"
    up = alt.Y("value:Q").scale(domain=[low, high], nice=False, zero=False)
    return (
        alt.Chart(rows(_values(growth)))
        .mark_line(aria=False)
        .encode(
            across.axis(
                title=None, grid=False, labelOverlap=True,
                values=[moment(day) for day in ticks(growth, 4 if is_narrow(width) else 7)],
                labelExpr=f"utcFormat(datum.value, '{form}')",
            ),
            up.axis(**upward(low, high, numbers)),
            **_look(growth),
        )
    )  # fmt: skip


def _look(growth: Growth) -> dict[str, Any]:
    """Return colour and dashes of each line."""
    alt = altair()
    numbers = [str(number) for number in range(len(growth.lines))]
    dashes = [_DASHES[n // _COLOURS % len(_DASHES)] for n in range(len(numbers))]
    return {
        "color": alt.Color("line:N").scale(domain=numbers).legend(None),
        "strokeDash": alt.StrokeDash("line:N").scale(domain=numbers, range=dashes).legend(None),
    }


def _values(growth: Growth) -> list[Row]:
    """Return the points of all lines; the first line comes last, and so on top."""
    return [
        {"line": str(number), "day": moment(day), "value": value}
        for number, line in reversed([*enumerate(growth.lines)])
        for day, value in _thinned(growth, line)
    ]


def _thinned(growth: Growth, line: GrowthLine) -> list[tuple[date, int]]:
    """Return the known values of a line, few enough to draw, the last among them."""
    step = -(-len(line.values) // _MOST_POINTS)
    first = (len(line.values) - 1) % step
    return [
        (growth.since + (number - 1) * _DAY, value)
        for number, value in enumerate(line.values)
        if value is not None and number % step == first
    ]


def _points(growth: Growth) -> Any:
    alt = altair()
    told = [
        {
            "day": moment(day),
            "value": value,
            "told": f"{short_name(line.username, line.discord_id, 24)}\n{day}: {value:,}",
        }
        for line in growth.lines
        for day, value in _thinned(growth, line)
    ]
    return (
        alt.Chart(rows(told))
        .mark_point(aria=False, size=150, opacity=0, filled=True)
        .encode(alt.X("day:Q"), alt.Y("value:Q"), alt.Tooltip("told:N"))
    )


def _labels(growth: Growth, width: int, height: int) -> list[Any]:
    """Return the names at the ends, and what leads to each."""
    alt = altair()
    ends = rows(_ends(growth, width, height))
    leaders = alt.Chart(ends).mark_rule(aria=False).encode(
        alt.X("day:Q"), alt.Y("value:Q"), alt.X2("label_day"), alt.Y2("label_value"),
        color=_look(growth)["color"],
    )  # fmt: skip
    # Numbers and names apart: one text of several scripts has not all its letters in a PNG.
    digits = max(
        len(f"{line.values[-1]:,}") for line in growth.lines if line.values[-1] is not None
    )
    number = round(digits * font_size(width) * _DIGIT) + _BESIDE
    longest = round(width * (0.36 if is_narrow(width) else 0.26)) - number
    text = {"aria": False, "baseline": "middle"}
    place = (alt.X("label_day:Q"), alt.Y("label_value:Q"))
    return [
        leaders,
        alt.Chart(ends)
        .mark_text(align="right", dx=number, **text)
        .encode(*place, alt.Text("value:Q").format(",d")),
        alt.Chart(ends)
        .mark_text(align="left", dx=number + _BESIDE, limit=longest, **text)
        .encode(*place, alt.Text("name:N")),
    ]


def _ends(growth: Growth, width: int, height: int) -> list[Row]:
    low, high = span(growth)
    pixel = (high - low) / height
    ended = [
        (number, line, line.values[-1])
        for number, line in enumerate(growth.lines)
        if line.values[-1] is not None
    ]
    wanted = [(high - value) / pixel for _, _, value in ended]
    places = apart(wanted, font_size(width) + 3, 0, height)
    end = moment(growth.until)
    plot = width * 0.7  # about so much of the width
    leader = (end - moment(growth.since - _DAY)) * _LEADER / plot
    cells = 13 if is_narrow(width) else 24
    return [
        {
            "line": str(number),
            "day": end,
            "value": value,
            "label_day": end + round(leader),
            "label_value": round(high - place * pixel, 3),
            "name": short_name(line.username, line.discord_id, cells),
        }
        for (number, line, value), place in zip(ended, places, strict=True)
    ]


def span(growth: Growth) -> tuple[int, int]:
    """Return the least and the greatest value, which differ; there is one."""
    values = [value for line in growth.lines for value in line.values if value is not None]
    low, high = min(values), max(values)
    return low, max(high, low + 1)


def ticks(growth: Growth, most: int) -> list[date]:
    """Return the days that the axis names: months' first, or the last and others before it."""
    first, last = growth.since - _DAY, growth.until
    if not is_long(growth):
        step = -(-(last - first).days // most)
        return [last - n * _DAY for n in range(0, (last - first).days + 1, step)]
    months = [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if first <= date(year, month, 1) <= last
    ]
    return months[:: -(-len(months) // most)]
