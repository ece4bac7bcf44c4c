"""Runs processes one at a time and takes their wall time and peak memory.

A child starts out with the peak of the process that forked it, so this one must stay small: the
board and everything that is measured live in processes of their own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 1800  # seconds after which a process is taken for stuck
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, of ru_maxrss


class CouldNotRun(Exception):
    """Something that was to be measured could not be run, or did not do its work."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: wall time in seconds, peak memory in MB (10^6 bytes)."""

    seconds: float
    peak: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Several figures of the same thing."""

    median: float
    low: float
    high: float

    def times(self, factor: float) -> "Spread":
        """Return the same in another unit."""
        return Spread(self.median * factor, self.low * factor, self.high * factor)


def spread(figures: Sequence[float]) -> Spread:
    """Return the middle of the figures and how far they lie apart."""
    return Spread(statistics.median(figures), min(figures), max(figures))


def seconds(runs: Sequence[Run]) -> Spread:
    """Return the wall times of the runs."""
    return spread([run.seconds for run in runs])


def timed(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Run:
    """Run a command to its end in `folder`, and measure it.

    Raises:
        CouldNotRun: it failed, or did not end.
    """
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=said
        )
        stuck = threading.Timer(_LONGEST, process.kill)
        stuck.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            stuck.cancel()
            if process.returncode is None:
                stop(process)
        if process.returncode != 0:
            said.seek(0)
            reason = said.read().decode(errors="replace").strip()
            raise CouldNotRun(f"{' '.join(command)} ended with {process.returncode}: {reason}")
    return Run(took, usage.ru_maxrss * _RSS_UNIT / 1e6)


def in_turn(names: Sequence[str], turn: int) -> list[str]:
    """Return who goes in which order, so that nobody always comes first."""
    return list(names) if turn % 2 == 0 else list(reversed(names))


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Keep a server process running for the length of the block, and give its first line.

    Raises:
        CouldNotRun: it ended instead of saying something.
    """
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        if not line:
            raise CouldNotRun(f"{' '.join(command)} did not start")
        yield line
    finally:
        stop(process)


def stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process and wait until it has ended."""
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()
