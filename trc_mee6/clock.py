"""The clock that is handed down; nothing else in the package reads the time."""

import os
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a job needs of time. Tests pass one that stands still."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""

    def monotonic(self) -> float:
        """Return seconds on a scale that never jumps."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


def unique_id(moment: datetime) -> str:
    """Return an id that nobody else makes, and that sorts by the moment."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{os.urandom(4).hex()}"


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a scale that never jumps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a signal handler that raises ends the wait."""
        time.sleep(seconds)
