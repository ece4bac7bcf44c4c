"""Members ranked for a leaderboard, computed in the database."""

from collections.abc import Iterator
from typing import Any

from trc_mee6.report import Ranked
from trc_mee6.rules.days import Period
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_day

# What is ranked by, of the columns in _members. XP over a period is the XP gained in it.
_VALUES = {
    "points": ("points",),
    "xp": ("xp",),
    "level": ("level",),
    "messages": ("messages",),
    "streak": ("current_streak", "longest_streak"),
}
_GAINED_EVER = "coalesce(m.xp_total - m.baseline_xp, 0) + m.awarded_xp"


def ranking(
    store: Store,
    guild_id: int,
    by: str,
    period: Period,
    top: int | None,
    source: str | None = None,
) -> Iterator[Ranked]:
    """Give the linked members in order of `by` over a period, the first `top` of them or all.

    Args:
        by: points, xp, level, messages or streak (the current one, then the longest). Points and
            XP count over the period; the others are what they are now.
        top: how many at most, None for all.
        source: count the points of this source only.

    The query is run at once, not with the first member.
    """
    values = ("gained",) if by == "xp" and period.since is not None else _VALUES[by]
    order = ", ".join(f"coalesce({value}, 0) DESC" for value in values)
    # Only what ranking needs goes through the sort, which is of everybody.
    rows = store.sql(
        f"""SELECT r.place, m.discord_id, m.member_id, m.username, r.points, r.xp, r.gained,
            m.level, m.messages, m.current_streak, m.longest_streak, m.last_active_on
        FROM (SELECT rank() OVER (ORDER BY {order}) AS place, discord_id, points, xp, gained
            FROM ({_members(period, source)}) AS of_member
            ORDER BY place, coalesce(xp, 0) DESC, discord_id LIMIT :top) AS r
        JOIN member AS m ON m.guild_id = :guild_id AND m.discord_id = r.discord_id
        ORDER BY r.place, coalesce(r.xp, 0) DESC, r.discord_id""",
        guild_id=guild_id,
        since=period.since,
        until=period.until,
        source=source,
        top=2**62 if top is None else top,
    )
    return map(_ranked, rows)


def _ranked(row: Any) -> Ranked:
    *known, points, xp, gained, level, messages, current, longest, active_on = row
    return Ranked._make(
        (*known, int(points), xp, int(gained), level, messages, current, longest,
         as_day(active_on))
    )  # fmt: skip


def _members(period: Period, source: str | None) -> str:
    """Return the query for the linked members; what they have earned ever needs no other table."""
    points, gained, joins = "m.points", _GAINED_EVER, ""
    days = "" if period.since is None else "AND day BETWEEN :since AND :until"
    if days or source is not None:
        points = "coalesce(p.points, 0)"
        joins += f"""LEFT JOIN (SELECT discord_id, sum(points) AS points FROM point_transaction
            WHERE guild_id = :guild_id {days} {"" if source is None else "AND source = :source"}
            GROUP BY discord_id) AS p ON p.discord_id = m.discord_id """
    if days:
        gained = "coalesce(a.gained, 0)"
        joins += f"""LEFT JOIN (SELECT discord_id, sum(xp_delta) AS gained FROM discord_activity
            WHERE guild_id = :guild_id {days}
            GROUP BY discord_id) AS a ON a.discord_id = m.discord_id"""
    return f"""SELECT m.discord_id, {points} AS points, m.xp_total AS xp, {gained} AS gained,
            m.level, m.messages, m.current_streak, m.longest_streak
        FROM member AS m {joins}
        WHERE m.guild_id = :guild_id AND m.linked"""
