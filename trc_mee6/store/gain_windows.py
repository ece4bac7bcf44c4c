"""XP gained between two observations: what tells at which hours members are active."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from trc_mee6.rules.days import Period
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_moment, known_day


class WindowGain(NamedTuple):
    """XP that members gained on a day, all of them between the same two moments."""

    day: date
    start: datetime
    end: datetime
    xp: int


def gain_windows(store: Store, guild_id: int, period: Period) -> Iterator[WindowGain]:
    """Give the gains from MEE6 of a period; losses and XP awarded are no activity.

    Members are observed by the same runs, so there are about as many windows as there were runs,
    however many members there are.
    """
    days = "day IS NOT NULL" if period.since is None else "day >= :since"
    rows = store.sql(
        f"""SELECT day, window_start, synced_at, sum(xp_delta) FROM discord_activity
        WHERE guild_id = :guild_id AND {days} AND day <= :until
            AND xp_delta > 0 AND window_start IS NOT NULL
        GROUP BY day, window_start, synced_at ORDER BY synced_at, window_start, day""",
        guild_id=guild_id,
        since=period.since,
        until=period.until,
    )
    for day, start, end, xp in rows:
        yield WindowGain(known_day(day), as_moment(start), as_moment(end), int(xp))  # type: ignore[arg-type] # neither is NULL
