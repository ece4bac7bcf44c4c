"""SIGINT, SIGTERM and a hang-up: a run stops where it may, keeps what it has, and says so (R15)."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from trc_mee6.errors import Interrupted

PATIENCE = 3.0  # seconds that what is being written may still take
_LAST_WORD = 1.5  # seconds that it may take to record that it was not finished


class Stop:
    """Takes these signals for as long as it is entered.

    In an `interruptible` stretch (waiting, reading) a signal raises `Interrupted` at once.
    Elsewhere it is only noted, so that what was read may still be written. What is not written
    when the patience is over is interrupted too, and undone by its transaction. A second signal
    raises in any case.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.out_of_patience = False
        self._may_raise = False
        self._too_late = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[which] = signal.signal(which, self._handle)
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._lose_patience)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for which, handler in self._before.items():
            signal.signal(which, handler)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal end this stretch, also one that has come already."""
        self._may_raise = True
        try:
            if self.signum is not None:
                raise Interrupted(self.signum)
            yield
        finally:
            self._may_raise = False

    def nearly_done(self) -> None:
        """Say that all is written but for its commit, of which nobody could tell how it ended."""
        self._too_late = True
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        del frame
        again = self.signum is not None
        self.signum = signum
        if not self._too_late:
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, _LAST_WORD)
        if self._may_raise or again:
            raise Interrupted(signum)

    def _lose_patience(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        self.out_of_patience = True
        if self.signum is not None:
            raise Interrupted(self.signum)
