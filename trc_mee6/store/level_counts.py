"""How many members are at each level."""

from trc_mee6.report import LevelCount
from trc_mee6.store.connect import Store


def level_counts(store: Store, guild_id: int) -> tuple[LevelCount, ...]:
    """Return the levels of the linked members, lowest first; who was never seen has none."""
    rows = store.sql(
        """SELECT level, count(*) FROM member
        WHERE guild_id = :guild_id AND linked AND level IS NOT NULL
        GROUP BY level ORDER BY level""",
        guild_id=guild_id,
    )
    return tuple(LevelCount(level, int(members)) for level, members in rows)
