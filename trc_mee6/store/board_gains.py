"""What a member gained on the board day by day: the pace of a forecast."""

from datetime import date

from trc_mee6.store.connect import Store
from trc_mee6.store.moments import known_day


def board_gains(
    store: Store, guild_id: int, discord_id: int, since: date, until: date
) -> dict[date, int]:
    """Return the XP a member gained on each day from `since` to `until`; days without are left out.

    Losses are left out too, and so is XP awarded, of which MEE6 knows nothing.
    """
    rows = store.sql(
        """SELECT day, sum(xp_delta) FROM discord_activity
        WHERE guild_id = :guild_id AND discord_id = :discord_id AND day BETWEEN :since AND :until
            AND xp_delta > 0 AND activity_type = 'xp'
        GROUP BY day""",
        guild_id=guild_id,
        discord_id=discord_id,
        since=since,
        until=until,
    )
    return {known_day(day): int(xp) for day, xp in rows}
