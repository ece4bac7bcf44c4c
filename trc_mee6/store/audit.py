"""The audit of R1 and R4: everything stored about a member against the lines it came from."""

from collections.abc import Iterator
from typing import NamedTuple

from trc_mee6.rules.points import SOURCE
from trc_mee6.store.connect import Store


class Finding(NamedTuple):
    """Something about one member that does not add up."""

    guild_id: int
    discord_id: int
    what: str


_NEWEST_BASELINE = """SELECT a.guild_id, a.discord_id, a.xp_total FROM discord_activity a JOIN (
        SELECT max(id) AS id FROM discord_activity
        WHERE activity_type = 'baseline' GROUP BY guild_id, discord_id) AS newest
    ON newest.id = a.id"""
# The XP that the lines since a member's newest baseline add up to.
_SINCE_BASELINE = """SELECT a.guild_id, a.discord_id,
        sum(CASE WHEN a.activity_type = 'xp' THEN a.xp_delta ELSE 0 END) AS on_board,
        sum(CASE WHEN a.activity_type = 'award' THEN a.xp_delta ELSE 0 END) AS awarded
    FROM discord_activity a JOIN (
        SELECT guild_id, discord_id, max(id) AS id FROM discord_activity
        WHERE activity_type = 'baseline' GROUP BY guild_id, discord_id
    ) AS b ON b.guild_id = a.guild_id AND b.discord_id = a.discord_id AND a.id > b.id
    GROUP BY a.guild_id, a.discord_id"""
_LEDGER = """SELECT guild_id, discord_id, sum(points) AS points,
        sum(CASE WHEN source = :source THEN points ELSE 0 END) AS mee6_points
    FROM point_transaction GROUP BY guild_id, discord_id"""

_CHECKS = {
    "its points from XP and leftover do not make up its XP since the baseline (R1)": """
        SELECT m.guild_id, m.discord_id FROM member m
        JOIN guild g ON g.guild_id = m.guild_id
        WHERE m.xp_total IS NOT NULL AND ((m.mee6_points - m.baseline_points) * g.xp_per_point
            + m.leftover_xp <> CAST(m.xp_total AS NUMERIC) - m.baseline_xp + m.awarded_xp
            OR m.leftover_xp < 0 OR m.leftover_xp >= g.xp_per_point)""",
    "its baseline is not the one recorded last (R3)": f"""
        SELECT m.guild_id, m.discord_id FROM member m LEFT JOIN ({_NEWEST_BASELINE}) AS b
            ON b.guild_id = m.guild_id AND b.discord_id = m.discord_id
        WHERE m.xp_total IS NOT NULL AND m.baseline_xp <> coalesce(b.xp_total, -1)""",
    "its XP total is not the baseline and the changes recorded since (R1)": f"""
        SELECT m.guild_id, m.discord_id FROM member m LEFT JOIN ({_SINCE_BASELINE}) AS a
            ON a.guild_id = m.guild_id AND a.discord_id = m.discord_id
        WHERE m.xp_total IS NOT NULL AND (
            m.xp_total - m.baseline_xp <> coalesce(a.on_board, 0)
            OR m.awarded_xp <> coalesce(a.awarded, 0))""",
    "its stored points are not the sum of its ledger lines": f"""
        SELECT m.guild_id, m.discord_id FROM member m LEFT JOIN ({_LEDGER}) AS l
            ON l.guild_id = m.guild_id AND l.discord_id = m.discord_id
        WHERE m.points <> coalesce(l.points, 0) OR m.mee6_points <> coalesce(l.mee6_points, 0)""",
    "it has two ledger lines of the same source and key (R4)": """
        SELECT guild_id, discord_id FROM point_transaction
        GROUP BY guild_id, discord_id, source, key HAVING count(*) > 1""",
    "it has a ledger line from XP without the observation that made it (R4)": """
        SELECT t.guild_id, t.discord_id FROM point_transaction t
        WHERE t.source = :source AND NOT EXISTS (SELECT 1 FROM discord_activity a
            WHERE a.guild_id = t.guild_id AND a.discord_id = t.discord_id
                AND a.sync_id = t.key AND a.activity_type IN ('xp', 'award'))""",
    "it has ledger lines or activity but is no member": """
        SELECT x.guild_id, x.discord_id FROM (
            SELECT guild_id, discord_id FROM point_transaction
            UNION SELECT guild_id, discord_id FROM discord_activity) AS x
        LEFT JOIN member m ON m.guild_id = x.guild_id AND m.discord_id = x.discord_id
        WHERE m.discord_id IS NULL""",
}


def findings(store: Store) -> Iterator[Finding]:
    """Give everything that does not add up, over all guilds of the database."""
    with store.snapshot():
        for what, query in _CHECKS.items():
            for guild_id, discord_id in store.sql(query, source=SOURCE):
                yield Finding(guild_id, discord_id, what)


def members_audited(store: Store) -> int:
    """Return how many members there are to audit."""
    return int(store.row("SELECT count(*) FROM member")[0])
