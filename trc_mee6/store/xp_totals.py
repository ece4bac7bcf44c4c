"""XP totals of members day by day: what a chart of totals is made of."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from trc_mee6.rules.days import midnight
from trc_mee6.store.connect import Store
from trc_mee6.store.gains import among
from trc_mee6.store.moments import known_day


class DayTotal(NamedTuple):
    """A member's XP total as last observed on a UTC day; days without a change are left out."""

    discord_id: int
    day: date
    xp_total: int


def xp_totals(
    store: Store, guild_id: int, discord_ids: Collection[int], until: date
) -> Iterator[DayTotal]:
    """Give the totals of these members on each day up to `until`, by member and day.

    They are as observed, so a new baseline shows; XP awarded by an application is not among it.
    """
    rows = store.sql(
        f"""SELECT discord_id, day, xp_total FROM (
            SELECT discord_id, date(synced_at) AS day, xp_total, row_number() OVER (
                PARTITION BY discord_id, date(synced_at) ORDER BY synced_at DESC, id DESC) AS place
            FROM discord_activity
            WHERE guild_id = :guild_id AND synced_at < :end AND xp_total IS NOT NULL
                {among("discord_id", discord_ids)}) AS observed
        WHERE place = 1 ORDER BY discord_id, day""",
        guild_id=guild_id,
        end=midnight(until + timedelta(days=1)),
    )
    for discord_id, day, total in rows:
        yield DayTotal(discord_id, known_day(day), int(total))
