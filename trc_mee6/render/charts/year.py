"""A member's year as a calendar: weeks from left to right, the days of a week from top to bottom.

On a narrow chart the year is cut in two, the second half under the first.
"""

from calendar import day_abbr, month_abbr
from datetime import date
from typing import Any

from trc_mee6.render.charts.canvas import (
    Row,
    altair,
    finished,
    is_narrow,
    nothing,
    rows,
)
from trc_mee6.render.charts.labels import guild_of, short_name
from trc_mee6.render.charts.shades import Shades, shades
from trc_mee6.report import MemberYear, YearDay
from trc_mee6.rules.growth import weeks_of
from trc_mee6.rules.streaks import Kind, is_required

_SIDE, _GAP = 14, 0.12  # pixels of a day with what is between two, and the part of it
_LINES = 9  # of a part of the year: the months' names, seven days, and some space
_SIGNS = {Kind.INACTIVE: "x", Kind.GRACE: "-"}  # as in the calendar of `members show`


def title(year: MemberYear) -> str:
    """Return what stands above a member's year."""
    return f"XP by day: {short_name(year.state.username, year.state.discord_id, 24)}"


def summary(year: MemberYear) -> list[str]:
    """Return guild, days, XP and streak, in lines."""
    gained = sum(day.xp for day in year.days)
    active = sum(day.kind is Kind.ACTIVE for day in year.days)
    days = f"{year.days[0].day} to {year.days[-1].day} (UTC)"
    lines = [
        guild_of(year.guild_name, year.guild_id),
        f"{days}: {gained:,} XP, {active} active day{'' if active == 1 else 's'}",
    ]
    if year.state.current_streak is not None:
        lines.append(
            f"Streak {year.state.current_streak:,}, the longest {year.state.longest_streak:,}"
        )
    return lines


LEGEND = "x inactive, ends a streak; - grace day; outlined: counts for the current streak"


def drawing(year: MemberYear, width: int) -> Any:
    """Return the chart."""
    if all(day.kind is None for day in year.days):
        return nothing(width, "Not observed in this year.", title(year), *summary(year))
    parts = 2 if is_narrow(width) else 1
    weeks = -(-(weeks_of([day.day for day in year.days])[-1] + 1) // parts)
    layers = [*_days(year, width, weeks, parts), *_names(year, weeks, parts)]
    height = (_LINES * parts - 1) * _SIDE
    return finished(layers, width, height, title(year), *summary(year), LEGEND)


def _days(year: MemberYear, width: int, weeks: int, parts: int) -> list[Any]:
    """Return the days as squares, those of the streak outlined, and signs in others."""
    alt = altair()
    shading = shades(day.xp for day in year.days)
    places = _places(year, weeks)
    cells = rows([_cell(year, day, places, shading) for day in year.days if day.kind is not None])
    on_cells = alt.Chart(cells).encode(*_grid(weeks, parts))
    squares = on_cells.mark_rect(aria=False).encode(
        shading.colour("XP", width), tooltip=alt.Tooltip("told:N")
    )
    outlines = on_cells.transform_filter("datum.streak").mark_rect(
        aria=False, filled=False, style="outline"
    )
    signs = on_cells.transform_filter("datum.sign").mark_text(
        aria=False, style="muted", baseline="middle"
    )
    return [squares, outlines, signs.encode(alt.Text("sign:N"))]


def _names(year: MemberYear, weeks: int, parts: int) -> list[Any]:
    """Return the names of months above the weeks, and of weekdays before them."""
    alt = altair()
    across, down = _grid(weeks, parts)
    places = _places(year, weeks)
    months = [
        {"week": week, "line": line - 1 - day.weekday(), "name": month_abbr[day.month]}
        for day, (week, line) in places.items()
        if day.day == 1
    ]
    weekdays = [
        {"line": part * _LINES + 1 + weekday, "name": day_abbr[weekday]}
        for part in range(parts)
        for weekday in (0, 2, 4)
    ]
    text = alt.Text("name:N")
    return [
        alt.Chart(rows(months))
        .mark_text(aria=False, style="muted", align="left", dx=-4)
        .encode(across, down, text),
        alt.Chart(rows(weekdays))
        .mark_text(aria=False, style="muted", align="right", dx=-6)
        .encode(alt.XValue(0), down, text),
    ]


def _grid(weeks: int, parts: int) -> tuple[Any, Any]:
    alt = altair()
    lines = list(range(_LINES * parts - 1))
    return (
        alt.X("week:O").scale(domain=list(range(weeks)), padding=_GAP).axis(None),
        alt.Y("line:O").scale(domain=lines, padding=_GAP).axis(None),
    )


def _places(year: MemberYear, weeks: int) -> dict[date, tuple[int, int]]:
    """Return column and line of each day; a part of the year is `weeks` columns wide."""
    days = [day.day for day in year.days]
    return {
        day: (week % weeks, week // weeks * _LINES + 1 + day.weekday())
        for day, week in zip(days, weeks_of(days), strict=True)
    }


def _cell(
    year: MemberYear, day: YearDay, places: dict[date, tuple[int, int]], shading: Shades
) -> Row:
    week, line = places[day.day]
    return {
        "week": week,
        "line": line,
        "shade": shading.labels[shading.shade(day.xp)],
        "sign": "" if day.kind is None else _SIGNS.get(day.kind, ""),
        "streak": _is_of_streak(year, day),
        "told": f"{day.day:%a} {day.day}: {day.xp:,} XP\n{day.kind}",
    }


def _is_of_streak(year: MemberYear, day: YearDay) -> bool:
    """Say whether a day counts for the member's current streak (R10)."""
    since = year.counts_from
    counts = day.kind is Kind.ACTIVE and is_required(day.day)
    return counts and since is not None and day.day >= since
