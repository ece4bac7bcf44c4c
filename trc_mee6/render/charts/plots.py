"""Charts as plots in a terminal; in a file they are plain text."""

import shutil
import sys
from calendar import day_abbr, month_abbr
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from string import ascii_uppercase
from typing import Any, TextIO

from trc_mee6.render.charts import activity as activity_chart
from trc_mee6.render.charts import growth as growth_chart
from trc_mee6.render.charts import levels as levels_chart
from trc_mee6.render.charts import year as year_chart
from trc_mee6.render.charts.canvas import plotext
from trc_mee6.render.charts.labels import short_name
from trc_mee6.render.charts.shades import Shades, shades
from trc_mee6.report import ActivityHours, Growth, Levels, MemberYear
from trc_mee6.rules.growth import weeks_of
from trc_mee6.rules.streaks import Kind

_SHADES = "·░▒▓█"
_WIDEST, _NARROWEST, _HEIGHT = 110, 40, 18  # characters and lines of a plot
_MOST_BARS, _MOST_LEVELS, _MOST_DAYS = 60, 12, 5  # bars; levels and days named below a plot
_BEFORE, _DAY_NAMED = 9, 13  # about so many characters before a plot, and to name a day
_COLOURS = ("blue", "red", "green", "magenta", "yellow", "cyan", "white")
_DAY = timedelta(days=1)
_SIGNS = {Kind.INACTIVE: "x", Kind.GRACE: "-"}


def show(chart: Growth | Levels | ActivityHours | MemberYear, stream: TextIO | None = None) -> None:
    """Write a chart, with colours on a terminal; to standard output by default.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    from rich.console import Console

    stream = stream or sys.stdout
    on_terminal = stream.isatty()
    console = Console(file=stream, force_terminal=on_terminal, highlight=False)
    if isinstance(chart, Growth):
        lines = _growth(chart)
    elif isinstance(chart, Levels):
        lines = _levels(chart)
    elif isinstance(chart, ActivityHours):
        lines = _activity(chart)
    else:
        lines = _year(chart)
    for line in list(lines):  # made before the first is written: a library may be missing
        if on_terminal:
            console.print(line, no_wrap=True, crop=False, overflow="ignore")
        else:
            stream.write(f"{str(line).rstrip()}\n")


def _growth(growth: Growth) -> Iterator[Any]:
    from rich.text import Text

    yield Text(growth_chart.title(growth))
    yield from map(Text, growth_chart.summary(growth))
    if not growth_chart.is_known(growth):
        yield Text(growth_chart.NOTHING)
        return
    for line in _plotted(growth):
        coloured = Text(line)
        inside = max(line.find("│"), line.find("┤")) + 1
        for at, sign in enumerate(line[inside:], start=inside):
            if inside and sign in ascii_uppercase:
                coloured.stylize(_colour(ascii_uppercase.index(sign)), at, at + 1)
        yield coloured
    for number, one in enumerate(growth.lines):
        value = "-" if one.values[-1] is None else f"{one.values[-1]:,}"
        key = Text(
            f"{ascii_uppercase[number]} {value} {short_name(one.username, one.discord_id, 40)}"
        )
        key.stylize(_colour(number), 0, 1)
        yield key


def _colour(number: int) -> str:
    return f"bold {_COLOURS[number % len(_COLOURS)]}"


def _plotted(growth: Growth) -> list[str]:
    figure = _figure()
    for number, line in reversed([*enumerate(growth.lines)]):  # the first comes last: on top
        known = [(day, value) for day, value in enumerate(line.values) if value is not None]
        days, values = [day for day, _ in known], [value for _, value in known]
        if known:
            figure.draw(
                figure.signal(days, values, marker=ascii_uppercase[number]).lines(active=True)
            )
    first = growth.since - _DAY
    named = growth_chart.ticks(growth, min(_MOST_DAYS, _width() // _DAY_NAMED))
    form = "%b %Y" if growth_chart.is_long(growth) else "%d %b"
    figure.ruler(0).ticks([(day - first).days for day in named], [f"{day:{form}}" for day in named])
    low, high = growth_chart.span(growth)
    _name_heights(figure, low, high)
    return _built(figure)


def _levels(levels: Levels) -> Iterator[Any]:
    from rich.text import Text

    yield Text(levels_chart.TITLE)
    yield from map(Text, levels_chart.summary(levels))
    if not levels.counts:
        return
    wide = levels.counts[-1].level // _MOST_BARS + 1  # levels in a bar
    bars = Counter[int]()
    for level, members in levels.counts:
        bars[level // wide] += members
    numbers = range(max(bars) + 1)
    figure = _figure()
    figure.draw(figure.bar([*numbers], [bars[number] for number in numbers], marker="█"))
    fitting = (_width() - _BEFORE) // (len(str(levels.counts[-1].level)) + 2)
    named = numbers[:: len(numbers) // min(_MOST_LEVELS, fitting) + 1]
    figure.ruler(0).ticks([*named], [str(number * wide) for number in named])
    _name_heights(figure, 0, max(bars.values()))
    for line in _built(figure):
        yield Text(line)


def _figure() -> Any:
    figure = plotext().figure
    figure.clear.all()
    figure.plot_size(_width(), _HEIGHT)
    return figure


def _width() -> int:
    return min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))


def _name_heights(figure: Any, low: int, high: int) -> None:
    heights = sorted({low + (high - low) * n // 4 for n in range(5)})
    figure.ruler(1).ticks(heights, [f"{height:,}" for height in heights])


def _built(figure: Any) -> list[str]:
    """Return the lines of a plot without the library's colours, which suit no dark terminal."""
    return str(plotext().uncolorize(figure.build())).splitlines()


def _activity(activity: ActivityHours) -> Iterator[Any]:
    from rich.text import Text

    yield Text(activity_chart.TITLE)
    yield from map(Text, activity_chart.summary(activity))
    if not activity_chart.is_known(activity):
        return
    shading = shades(xp for hours in activity.xp for xp in hours)
    yield Text("    " + "".join(f"{hour:02}    " for hour in range(0, 24, 3)))
    for weekday, hours in enumerate(activity.xp):
        cells = (_SHADES[shading.shade(xp)] * 2 for xp in hours)
        yield Text(f"{day_abbr[weekday]} {''.join(cells)}")
    yield Text(_key(shading))


def _year(year: MemberYear) -> Iterator[Any]:
    from rich.text import Text

    yield Text(year_chart.title(year))
    yield from map(Text, year_chart.summary(year))
    shading = shades(day.xp for day in year.days)
    weeks = weeks_of([day.day for day in year.days])
    signs = {}
    for day, week in zip(year.days, weeks, strict=True):
        shade = _SHADES[shading.shade(day.xp)]
        sign = " " if day.kind is None else _SIGNS.get(day.kind, shade)
        signs[week, day.day.weekday()] = sign
    yield Text(_months(year, weeks))
    for weekday in range(7):
        cells = (signs.get((week, weekday), " ") for week in range(weeks[-1] + 1))
        yield Text(f"{day_abbr[weekday]} {''.join(cells)}")
    yield Text(f"{_key(shading)}  x inactive, ends a streak  - grace day")


def _months(year: MemberYear, weeks: list[int]) -> str:
    """Return the months' names, each where the month begins."""
    line = ""
    for day, week in zip(year.days, weeks, strict=True):
        if day.day.day == 1:
            line = f"{line:{week + 4}}{month_abbr[day.day.month]}"
    return line


def _key(shading: Shades) -> str:
    means = "  ".join(f"{_SHADES[shade]} {label}" for shade, label in shading.labels.items())
    return f"XP: {means}"
