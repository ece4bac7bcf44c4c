"""The next free slot and the cooldown, one row shared by every process and host (R12, R14)."""

from datetime import datetime, timedelta

from trc_mee6.clock import Clock
from trc_mee6.errors import CoolingDown
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_moment

# What lies further ahead than this was set by a clock that has been put right since.
_FURTHEST_SLOT = 3600.0  # seconds, or one interval if that is longer
_FURTHEST_COOLDOWN = timedelta(days=14)
_INSTANT = 1e-6  # seconds; what is closer, a double of seconds since 1970 cannot tell apart


class StoredSlots:
    """Takes slots in the database.

    On Postgres the server's clock decides, since hosts may disagree; a SQLite file belongs to one
    machine and its clock.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, clock: Clock, interval: float) -> float:
        """Take the slot and return 0 if it is free; else return the seconds until it may be.

        Args:
            clock: this machine's.
            interval: seconds from this slot to the next; 0 takes none.

        Raises:
            CoolingDown: MEE6 must not be asked now.
        """
        until = cooldown(self._store, clock.now())
        if until is not None:
            raise CoolingDown(until)
        if interval == 0:
            return 0.0
        present = "extract(epoch FROM clock_timestamp())" if self._store.is_postgres else ":now"
        present = f"CAST({present} AS DOUBLE PRECISION)"
        with self._store.database.atomic():
            now = clock.now().timestamp()  # only here: others may have been waited for
            taken = self._store.sql(
                f"""UPDATE request_pace SET next_slot_at = {present} + :interval
                WHERE next_slot_at NOT BETWEEN {present} + :instant AND {present} + :furthest""",
                interval=interval,
                instant=_INSTANT,
                furthest=max(interval, _FURTHEST_SLOT),
                now=now,
            ).rowcount
            (left,) = self._store.row(f"SELECT next_slot_at - {present} FROM request_pace", now=now)
        return 0.0 if taken else max(_INSTANT, float(left))


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
