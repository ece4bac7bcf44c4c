"""When MEE6 may be asked: one slot per interval over all hosts, and the cooldown after a ban."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from trc_mee6.clock import Clock
from trc_mee6.errors import OutOfTime

LONGEST_COOLDOWN = 86_400.0  # seconds, whatever MEE6 says: a slip there must not stop us for good


class Slots(Protocol):
    """Where slots and the cooldown are kept, shared by every process and host (R12)."""

    def take(self, clock: Clock, interval: float) -> float:
        """Take the slot and return 0 if it is free; else return the seconds until it may be.

        Raises:
            CoolingDown: MEE6 must not be asked now (R14).
        """


class Pace:
    """Waits for slots on behalf of one run.

    Args:
        interval: seconds between two requests of all processes together (R12).
        give_up_at: moment on the clock's monotonic scale after which no wait may end (R15).
        waiting: entered around every wait, which a signal may end there.
    """

    def __init__(
        self,
        slots: Slots,
        clock: Clock,
        interval: float,
        give_up_at: float | None = None,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.waiting = waiting
        self._slots = slots
        self._clock = clock
        self._interval = interval
        self._give_up_at = give_up_at

    def wait_for_slot(self) -> None:
        """Return when a request may be made.

        A slot is taken at the moment of asking, not ahead: whoever wakes up late, or was stopped
        in between, would ask at somebody else's time.

        Raises:
            CoolingDown: MEE6 must not be asked now.
            OutOfTime: the slot lies beyond the end of this run.
        """
        self.remaining()
        while wait := self._slots.take(self._clock, self._interval):
            self.sleep(wait)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the wait would outlast the run.

        Raises:
            OutOfTime: it would.
        """
        left = self.remaining()
        if left is not None and seconds >= left:
            raise OutOfTime
        if seconds > 0:
            with self.waiting():
                self._clock.sleep(seconds)

    def remaining(self) -> float | None:
        """Return the seconds this run has left, None for no limit.

        Raises:
            OutOfTime: none.
        """
        if self._give_up_at is None:
            return None
        left = self._give_up_at - self._clock.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, None if it says nothing usable.

    Args:
        header: whole seconds or an HTTP date (RFC 9110, 10.2.3).
        now: the present moment, aware.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def cooldown_until(now: datetime, asked: float | None, at_least: float) -> datetime:
    """Return until when MEE6 is left alone after a ban (R14).

    Args:
        now: the present moment.
        asked: seconds MEE6 asked for, None if it did not say.
        at_least: seconds to wait in any case.
    """
    longest = max(LONGEST_COOLDOWN, at_least)
    return now + timedelta(seconds=min(max(asked or 0.0, at_least), longest))
