"""What the tests of the command line share: terminals, processes to be stopped, past days."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support import GUILD, PROGRAM, HandClock, Ran, clock_at, run_to_end, until, written

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.settings import load
from trc_mee6.standin import StandIn
from trc_mee6.store.connect import open_store


@pytest.fixture
def shell(usual: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run a line of shell in which `trc-mee6` is `$PROGRAM`."""

    def run_line(line: str, **settings: object) -> Ran:
        given = {k: str(v) for k, v in settings.items()}
        environment = usual | given | {"PROGRAM": " ".join(PROGRAM)}
        return run_to_end(["bash", "-c", line], environment, tmp_path)

    return run_line


@pytest.fixture
def stopped(
    start: Callable[..., subprocess.Popen[str]], stand_in: StandIn
) -> Callable[..., tuple[Ran, float]]:
    """Start `trc-mee6`, send a signal once page `page` was asked for; also say how long it took."""

    def stop_process(signum: int, *arguments: str, page: int, **settings: object):
        process = start(*arguments, **settings)
        until(lambda: any(asked.page == page for asked in stand_in.asked))
        time.sleep(0.1)  # from the request's arrival to the wait for its answer
        sent = time.monotonic()
        process.send_signal(signum)
        out, err = process.communicate(timeout=20)
        return Ran(process.returncode, out, err), time.monotonic() - sent

    return stop_process


@pytest.fixture
def terminal(usual: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run `trc-mee6` on a terminal; what it shows, streams not told apart, is `out`."""

    def run_there(*arguments: str, columns: int = 100, typed: str = "", **settings: object) -> Ran:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=usual | {"TERM": "xterm-256color"} | {k: str(v) for k, v in settings.items()},
            cwd=tmp_path,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = _all_shown(ours, process)
        os.close(ours)
        return Ran(process.wait(timeout=30), shown.replace("\r\n", "\n"), "")

    return run_there


def _all_shown(descriptor: int, process: subprocess.Popen[bytes]) -> str:
    shown = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                shown += os.read(descriptor, 65536)
            except OSError:  # how Linux reports that nobody has the terminal open any more
                break
        elif process.poll() is not None:
            break
    written.append(shown.decode())
    return written[-1]


def plain(shown: str) -> str:
    """Return what a terminal shows without colours and cursor movements."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


@pytest.fixture
def sync_at(stand_in: StandIn, sqlite_url: str, clock: HandClock) -> Callable[[datetime], None]:
    """Sync the whole board into the processes' database, as of some moment."""

    def sync_then(moment: datetime) -> None:
        clock.time = moment
        settings = load(
            mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=sqlite_url
        )
        with open_store(sqlite_url) as store:
            report = sync(Job(settings, store, clock, GUILD), enroll_all=True)
        assert report.status == "ok", report.reason

    return sync_then


@pytest.fixture
def run_at(usual: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    """Run `trc-mee6` as if it were some other moment of UTC."""
    if shutil.which("faketime") is None and "CI" not in os.environ:
        pytest.skip("needs the program faketime (Debian package of that name)")

    def run_then(moment: str | datetime, *arguments: str) -> Ran:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        return run_to_end([*PROGRAM, *arguments], usual | clock_at(moment), tmp_path)

    return run_then
