"""SIGINT, SIGTERM and a hang-up: a run stops where it may, keeps what it has, and says so (R15)."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

from trc_mee6.errors import Interrupted

if TYPE_CHECKING:
    from trc_mee6.report import RunReport

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 2.5  # seconds that what is being written may still take
_LAST_WORD = 1.0  # seconds that it may take to record that it was not finished


class Stop:
    """Takes these signals for as long as it is entered, unless the caller has them ignored.

    In an `interruptible` stretch (waiting, reading) a signal raises `Interrupted` at once.
    Elsewhere it is only noted, so that what was read may still be written. What is not written
    when the patience is over, or when a second signal comes, is interrupted too, and undone by
    its transaction. Once the block has ended well, a signal comes too late and is ignored.

    Attributes:
        signum: the signal that came, None if none did.
        insisted: `Interrupted` was raised where no signal was to be felt. An error that comes
            after it may be what a library made of it.
        last_report: the report that was to be recorded last; whether it was, the database knows.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.insisted = False
        self.last_report: RunReport | None = None
        self._may_raise = False
        self._left = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for which in STOPPING:
            if signal.getsignal(which) is not signal.SIG_IGN:
                self._before[which] = signal.signal(which, self._handle)
        self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._lose_patience)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        for which, handler in self._before.items():
            done = error is None and which in STOPPING
            signal.signal(which, signal.SIG_IGN if done else handler)

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

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        del frame
        again = self.signum is not None
        self.signum = signum
        if self._left:
            return
        signal.setitimer(signal.ITIMER_REAL, _LAST_WORD if again else PATIENCE, _LAST_WORD)
        if self._may_raise:
            raise Interrupted(signum)
        if again:
            self._insist(signum)

    def _lose_patience(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        if self.signum is not None and not self._left:
            self._insist(self.signum)

    def _insist(self, signum: int) -> None:
        self.insisted = True
        raise Interrupted(signum)
