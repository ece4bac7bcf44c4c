"""The next free slot and the cooldown, one row shared by every process and host (R12, R14)."""

from datetime import datetime, timedelta

from trc_mee6.errors import CoolingDown
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_moment

# What lies further ahead than this was set by a clock that has been put right since.
_FURTHEST_SLOT = 3600.0  # seconds, or so many intervals if that is longer:
_MOST_WAITING = 100
_FURTHEST_COOLDOWN = timedelta(days=14)


class StoredSlots:
    """Reserves slots in the database.

    On Postgres the server's clock decides, since hosts may disagree; a SQLite file belongs to one
    machine and its clock.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, now: datetime, interval: float) -> float:
        """Take the next free slot and return the seconds until it comes.

        Args:
            now: the present moment by this machine's clock, aware.
            interval: seconds between two slots; 0 takes none.

        Raises:
            CoolingDown: MEE6 must not be asked now.
        """
        until = cooldown(self._store, now)
        if until is not None:
            raise CoolingDown(until)
        if interval == 0:
            return 0.0
        clock = "extract(epoch FROM clock_timestamp())" if self._store.is_postgres else ":now"
        clock = f"CAST({clock} AS DOUBLE PRECISION)"
        with self._store.database.atomic():
            slot, present = self._store.row(
                f"""UPDATE request_pace SET next_slot_at = :interval + CASE
                    WHEN next_slot_at BETWEEN {clock} AND {clock} + :furthest THEN next_slot_at
                    ELSE {clock} END
                RETURNING next_slot_at - :interval, {clock}""",
                interval=interval,
                furthest=max(_FURTHEST_SLOT, _MOST_WAITING * interval),
                now=now.timestamp(),
            )
        return max(0.0, float(slot) - float(present))


def cooldown(store: Store, now: datetime) -> datetime | None:
    """Return until when MEE6 must not be asked, None if it may be."""
    (stored,) = store.row("SELECT cooldown_until FROM request_pace")
    until = as_moment(stored)
    return until if until is not None and now < until <= now + _FURTHEST_COOLDOWN else None


def cool_down(store: Store, until: datetime) -> None:
    """Leave MEE6 alone until then, or longer if that was already so."""
    store.sql(
        """UPDATE request_pace SET cooldown_until = :until WHERE cooldown_until IS NULL
            OR cooldown_until < :until OR cooldown_until > :furthest""",
        until=until,
        furthest=until + _FURTHEST_COOLDOWN,
    )
