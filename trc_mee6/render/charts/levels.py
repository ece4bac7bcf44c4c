"""The distribution of levels as bars."""

from itertools import accumulate
from typing import Any

from trc_mee6.render.charts.canvas import altair, finished, is_narrow, nothing, rows, upward
from trc_mee6.render.charts.labels import guild_of
from trc_mee6.report import Levels

_LEAST = 3  # pixels that a bar is high, or a little less where the axis ends above the highest

TITLE = "Members by level"


def summary(levels: Levels) -> list[str]:
    """Return the guild and the distribution, in lines."""
    guild = guild_of(levels.guild_name, levels.guild_id)
    total = sum(count.members for count in levels.counts)
    if not total:
        return [guild, "No member has a level yet."]
    seen = accumulate(count.members for count in levels.counts)
    middle = next(
        count.level for count, below in zip(levels.counts, seen, strict=True) if 2 * below >= total
    )
    spread = (
        f"{total:,} member{'' if total == 1 else 's'}; half are at level {middle} or below,"
        f" the highest at {levels.counts[-1].level}"
    )
    return [guild, spread]


def drawing(levels: Levels, width: int) -> Any:
    """Return the chart."""
    if not levels.counts:
        guild, why = summary(levels)
        return nothing(width, why, TITLE, guild)
    alt = altair()
    height = 240 if is_narrow(width) else 320
    most = max(count.members for count in levels.counts)
    least = most * _LEAST / height
    bars = rows(
        [
            {
                "from": count.level - 0.4,
                "to": count.level + 0.4,
                "drawn": max(count.members, least),
                "told": f"Level {count.level}: {count.members:,}",
            }
            for count in levels.counts
        ]
    )
    top = levels.counts[-1].level
    across = alt.X("from:Q").scale(domain=[-0.5, top + 0.5], nice=False, zero=False)
    drawn = (
        alt.Chart(bars)
        .mark_rect(aria=False, style="bars")
        .encode(
            across.axis(title="level", grid=False, tickMinStep=1, format="d"),
            alt.X2("to"),
            alt.Y("drawn:Q").axis(**upward(0, most)),
            alt.Y2Datum(0),
            alt.Tooltip("told:N"),
        )
    )
    return finished([drawn], width, height, TITLE, *summary(levels))
