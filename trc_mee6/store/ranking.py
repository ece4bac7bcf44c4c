"""Members ranked for a leaderboard, computed in the database."""

from collections.abc import Iterator

from trc_mee6.report import Ranked
from trc_mee6.rules.days import Period
from trc_mee6.store.connect import Store

# What is ranked by, of the columns in _RANKED. XP over a period is the XP gained in it.
_VALUES = {"points": "points", "xp": "xp", "level": "level", "messages": "messages"}
BY = tuple(_VALUES)

_EVER = """SELECT discord_id, member_id, username, points, xp_total AS xp,
        coalesce(xp_total - baseline_xp, 0) + awarded_xp AS gained, level, messages
    FROM member WHERE guild_id = :guild_id AND linked"""
_IN_PERIOD = """SELECT m.discord_id, m.member_id, m.username, coalesce(p.points, 0) AS points,
        m.xp_total AS xp, coalesce(a.gained, 0) AS gained, m.level, m.messages
    FROM member m
    LEFT JOIN (SELECT discord_id, sum(xp_delta) AS gained FROM discord_activity
        WHERE guild_id = :guild_id AND day BETWEEN :since AND :until GROUP BY discord_id
        ) AS a ON a.discord_id = m.discord_id
    LEFT JOIN (SELECT discord_id, sum(points) AS points FROM point_transaction
        WHERE guild_id = :guild_id AND day BETWEEN :since AND :until GROUP BY discord_id
        ) AS p ON p.discord_id = m.discord_id
    WHERE m.guild_id = :guild_id AND m.linked"""


def ranking(
    store: Store, guild_id: int, by: str, period: Period, top: int | None
) -> Iterator[Ranked]:
    """Give the linked members in order of `by` over a period, the first `top` of them or all.

    Args:
        by: points, xp, level or messages. Points and XP count over the period; level and
            messages are what they are now.
        top: how many at most, None for all.
    """
    value = "gained" if by == "xp" and period.since is not None else _VALUES[by]
    rows = store.sql(
        f"""SELECT rank() OVER (ORDER BY coalesce({value}, 0) DESC) AS place, discord_id,
            member_id, username, points, xp, gained, level, messages
        FROM ({_EVER if period.since is None else _IN_PERIOD}) AS of_member
        ORDER BY place, coalesce(xp, 0) DESC, discord_id LIMIT :top""",
        guild_id=guild_id,
        since=period.since,
        until=period.until,
        top=2**62 if top is None else top,
    )
    for row in rows:
        rank, discord_id, member_id, username, points, xp, gained, level, messages = row
        yield Ranked(
            rank, discord_id, member_id, username, int(points), xp, int(gained), level, messages
        )
