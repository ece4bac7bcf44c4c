"""The next free slot and the cooldown, one row shared by every process and host (R12, R14)."""

from datetime import datetime

from trc_mee6.errors import CoolingDown
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_moment

# A slot further ahead than this was set by a clock that has been put right since.
_FURTHEST = 3600.0


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
        until = cooldown(self._store)
        if until is not None and now < until:
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
                furthest=_FURTHEST,
                now=now.timestamp(),
            )
        return max(0.0, float(slot) - float(present))


def cooldown(store: Store) -> datetime | None:
    """Return until when MEE6 must not be asked, possibly past, None if never banned."""
    (until,) = store.row("SELECT cooldown_until FROM request_pace")
    return as_moment(until)


def cool_down(store: Store, until: datetime) -> None:
    """Leave MEE6 alone until then, or longer if that was already so."""
    store.sql(
        """UPDATE request_pace SET cooldown_until = :until
        WHERE cooldown_until IS NULL OR cooldown_until < :until""",
        until=until,
    )
