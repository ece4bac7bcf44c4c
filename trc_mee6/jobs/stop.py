"""SIGINT, SIGTERM and a hang-up: a run stops where it may, keeps what it has, and says so (R15)."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from trc_mee6.errors import Interrupted


class Stop:
    """Takes these signals for as long as it is entered.

    In an `interruptible` stretch (waiting, reading) a signal raises `Interrupted` at once; while
    something is being written it is only noted, for the write is short and atomic. A second
    signal raises in any case.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self._may_raise = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[which] = signal.signal(which, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        del frame
        again = self.signum is not None
        self.signum = signum
        if self._may_raise or again:
            raise Interrupted(signum)
