"""Activity by weekday and hour as a grid of shades."""

from calendar import day_abbr, day_name
from typing import Any

from trc_mee6.render.charts.canvas import altair, finished, is_narrow, nothing, rows
from trc_mee6.render.charts.labels import guild_of
from trc_mee6.render.charts.shades import shades
from trc_mee6.report import ActivityHours
from trc_mee6.rules.growth import LONGEST_WINDOW

_HOURS = LONGEST_WINDOW.seconds // 3600


TITLE = "Activity by weekday and hour"


def summary(activity: ActivityHours) -> list[str]:
    """Return guild, days, the busiest hour, and how much is not shown, in lines."""
    placed = sum(map(sum, activity.xp))
    lines = [guild_of(activity.guild_name, activity.guild_id)]
    if activity.since and activity.until:
        lines.append(f"XP gained from {activity.since} to {activity.until}, UTC")
    if placed:
        most, weekday, hour = max(
            (xp, -weekday, -hour)
            for weekday, hours in enumerate(activity.xp)
            for hour, xp in enumerate(hours)
        )
        lines.append(f"Most on {day_name[-weekday]}s from {-hour:02}:00: {most:,} XP")
    if activity.unplaced:
        lines.append(
            f"Not shown: {activity.unplaced:,} XP, observed more than {_HOURS} hours apart"
        )
    if not placed:
        lines.append("No gain is known by its hour in these days.")
    return lines


def is_known(activity: ActivityHours) -> bool:
    """Say whether there is anything to show."""
    return any(map(any, activity.xp))


def drawing(activity: ActivityHours, width: int) -> Any:
    """Return the chart."""
    lines = summary(activity)
    if not is_known(activity):
        return nothing(width, lines[-1], TITLE, *lines[:-1])
    alt = altair()
    shading = shades(xp for hours in activity.xp for xp in hours)
    cells = [
        {
            "weekday": day_abbr[weekday],
            "hour": hour,
            "shade": shading.labels[shading.shade(xp)],
            "told": f"{day_name[weekday]} {hour:02}:00\n{xp:,} XP",
        }
        for weekday, hours in enumerate(activity.xp)
        for hour, xp in enumerate(hours)
    ]
    named = list(range(0, 24, 6 if is_narrow(width) else 3))
    grid = (
        alt.Chart(rows(cells))
        .mark_rect(aria=False)
        .encode(
            alt.X("hour:O")
            .scale(domain=list(range(24)), padding=0.06)
            .axis(
                title=None, values=named, labelAngle=0, ticks=False, domain=False, labelExpr=
                "(datum.value < 10 ? '0' : '') + datum.value + ':00'",
            ),
            alt.Y("weekday:O")
            .scale(domain=list(day_abbr), padding=0.06)
            .axis(title=None, ticks=False, domain=False),
            shading.colour("XP", width),
            alt.Tooltip("told:N"),
        )
    )  # fmt: skip
    height = 7 * (22 if is_narrow(width) else 30)
    return finished([grid], width, height, TITLE, *lines)
