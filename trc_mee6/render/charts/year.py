"""A member's year as a calendar: weeks from left to right, the days of a week from top to bottom.

On a narrow chart the year is cut in two, the second half under the first.
"""

from calendar import day_abbr, month_abbr
from datetime import date, timedelta
from typing import Any

from trc_mee6.render.charts.canvas import (
    Row,
    altair,
    finished,
    guild_of,
    is_narrow,
    nothing,
    rows,
)
from trc_mee6.render.charts.labels import short_name
from trc_mee6.render.charts.shades import Shades, shades
from trc_mee6.report import MemberYear, YearDay
from trc_mee6.rules.streaks import Kind, is_required

_LINES = 9  # of a part of the year: the months' names, seven days, and some space
_SIGNS = {Kind.INACTIVE: "x", Kind.GRACE: "-"}  # as in the calendar of `members show`
_SAID = {
    Kind.ACTIVE: "active", Kind.GRACE: "grace day", Kind.INACTIVE: "inactive",
    Kind.UNJUDGED: "not over yet, or not observed to its end", None: "before the first observation",
}  # fmt: skip


def title(year: MemberYear) -> str:
    """Return what stands above a member's year."""
    member = short_name(year.state.username, year.state.discord_id, 30)
    return f"{member} in {guild_of(year.guild_name, year.guild_id)}"


def summary(year: MemberYear) -> list[str]:
    """Return days, XP and streak, in lines."""
    gained = sum(day.xp for day in year.days)
    active = sum(day.kind is Kind.ACTIVE for day in year.days)
    days = f"{year.days[0].day} to {year.days[-1].day} (UTC)"
    lines = [f"{days}: {gained:,} XP, {active} active day{'' if active == 1 else 's'}"]
    if year.state.current_streak is not None:
        lines.append(
            f"Streak {year.state.current_streak:,}, the longest {year.state.longest_streak:,}"
        )
    return lines


def is_of_streak(year: MemberYear, day: YearDay) -> bool:
    """Say whether a day counts for the member's current streak."""
    return (
        year.counts_from is not None
        and day.day >= year.counts_from
        and day.kind is Kind.ACTIVE
        and is_required(day.day)
    )


LEGEND = "x inactive, ends a streak; - grace day; outlined: counts for the current streak"


def drawing(year: MemberYear, width: int) -> Any:
    """Return the chart."""
    if all(day.kind is None for day in year.days):
        return nothing(width, "Not observed in this year.", title(year), *summary(year))
    alt = altair()
    parts = 2 if is_narrow(width) else 1
    weeks = -(-(_week(year, year.days[-1].day) + 1) // parts)
    shading = shades(day.xp for day in year.days)
    cells = [_cell(year, day, weeks, shading) for day in year.days if day.kind is not None]
    across = alt.X("week:O").scale(domain=list(range(weeks)), padding=0.12).axis(None)
    down = alt.Y("line:O").scale(domain=list(range(_LINES * parts - 1)), padding=0.12).axis(None)
    on_cells = alt.Chart(rows(cells)).encode(across, down)
    layers = [
        on_cells.mark_rect(aria=False).encode(shading.colour("XP"), tooltip=alt.Tooltip("told:N")),
        on_cells.transform_filter("datum.streak").mark_rect(
            aria=False, filled=False, style="outline"
        ),
        on_cells.transform_filter("datum.sign")
        .mark_text(aria=False, style=["muted"], baseline="middle")
        .encode(alt.Text("sign:N")),
        alt.Chart(rows(_months(year, weeks)))
        .mark_text(aria=False, style="muted", align="left", dx=-4)
        .encode(across, down, alt.Text("month:N")),
        alt.Chart(rows(_weekdays(parts)))
        .mark_text(aria=False, style="muted", align="right", dx=-6)
        .encode(alt.XValue(0), down, alt.Text("weekday:N")),
    ]
    height = (_LINES * parts - 1) * 14
    return finished(layers, width, height, title(year), *summary(year), LEGEND)


def _week(year: MemberYear, day: date) -> int:
    """Return in which week of the chart a day lies, from 0."""
    first = year.days[0].day
    return (day - (first - timedelta(days=first.weekday()))).days // 7


def _cell(year: MemberYear, day: YearDay, weeks: int, shading: Shades) -> Row:
    part, week = divmod(_week(year, day.day), weeks)
    return {
        "week": week,
        "line": part * _LINES + 1 + day.day.weekday(),
        "shade": shading.labels[shading.shade(day.xp)],
        "sign": _SIGNS.get(day.kind, "") if day.kind else "",
        "streak": is_of_streak(year, day),
        "told": f"{day.day:%a} {day.day}: {day.xp:,} XP\n{_SAID[day.kind]}",
    }


def _months(year: MemberYear, weeks: int) -> list[Row]:
    """Return the months' names, each over the week in which the month begins."""
    begin = [day.day for day in year.days if day.day.day == 1]
    places = [divmod(_week(year, day), weeks) for day in begin]
    return [
        {"week": week, "line": part * _LINES, "month": month_abbr[day.month]}
        for day, (part, week) in zip(begin, places, strict=True)
    ]


def _weekdays(parts: int) -> list[Row]:
    return [
        {"week": 0, "line": part * _LINES + 1 + weekday, "weekday": day_abbr[weekday]}
        for part in range(parts)
        for weekday in (0, 2, 4)
    ]
