"""What members gained day by day (R8): what charts, trends and forecasts are made of."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from trc_mee6.store.connect import Store
from trc_mee6.store.gains import among
from trc_mee6.store.moments import known_day

_AT_ONCE = 500  # members of whom one query asks


class DayGain(NamedTuple):
    """What a member gained on a UTC day; either may be negative, and days without are left out.

    Attributes:
        xp: the change of the XP total, and XP awarded.
        points: of all sources.
    """

    discord_id: int
    day: date
    xp: int
    points: int


def daily(
    store: Store, guild_id: int, discord_ids: Collection[int], since: date, until: date
) -> Iterator[DayGain]:
    """Give what these members gained on each day from `since` to `until`, by member and day."""
    members = sorted(set(discord_ids))
    for start in range(0, len(members), _AT_ONCE):
        these = among("discord_id", members[start : start + _AT_ONCE])
        rows = store.sql(
            f"""SELECT discord_id, since, xp, points FROM member_gain
            WHERE guild_id = :guild_id AND unit = 'day' AND since BETWEEN :since AND :until {these}
            ORDER BY discord_id, since""",
            guild_id=guild_id,
            since=since,
            until=until,
        )
        for discord_id, day, xp, points in rows:
            yield DayGain(discord_id, known_day(day), xp, points)
