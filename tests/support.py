"""What tests name beside fixtures: the usual guild and start, a clock moved by hand."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from trc_mee6.mee6.wire import Player
from trc_mee6.settings import Settings

GUILD = 123456789012345678
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday
PROGRAM = (sys.executable, "-m", "trc_mee6")
WARNINGS = "error,ignore:'imghdr' is deprecated:DeprecationWarning"  # apprise looks for it in case
_LIBFAKETIME = "/usr/$LIB/faketime/libfaketime.so.1"  # of Debian; the loader fills in $LIB
VECTORS = Path(__file__).parent / "vectors"

# The secrets of all tests. `secrets_shown` fails a test that lets the mark be seen anywhere.
MARK = "nobodymaysee"
TOKEN = f"token.{MARK}"
PASSWORD = f"password-{MARK}"
SECRETS = sorted(
    name.upper()
    for name, field in Settings.model_fields.items()
    if "Secret" in str(field.annotation)
)


def secret_value(name: str) -> str:
    """Return a value that this secret setting takes, with the mark in it."""
    if name in ("HEALTHCHECK_URL", "SENTRY_DSN", "PUSHGATEWAY_URL"):
        return f"https://{TOKEN}@127.0.0.1:9/1"
    if name == "DISCORD_WEBHOOK_URL":
        return f"https://discord.com/api/webhooks/{GUILD}/{PASSWORD}"
    return TOKEN


written: list[str] = []  # by processes, since `secrets_shown` looked last


def long_form(name: str, short: int) -> int:
    """Return how much a proof does: what its make target sets, or the short form of every test."""
    return int(os.environ.get(name, short))


@dataclass
class HandClock:
    """A clock that moves only when told; sleeping moves it, at once."""

    time: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


class Terminal(io.StringIO):
    """What takes text like a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Ran:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


class Started(subprocess.Popen[str]):
    """A process whose output is looked at for secrets, once it is read by `communicate`."""

    def communicate(self, *arguments: Any, **named: Any) -> tuple[str, str]:
        out, err = super().communicate(*arguments, **named)
        written.extend(text for text in (out, err) if text)
        return out, err


def run_to_end(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, stdin: str | None = None
) -> Ran:
    """Run a process until it ends by itself; with `stdin` None it has this process's own."""
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    written.extend((done.stdout, done.stderr))
    return Ran(done.returncode, done.stdout, done.stderr)


def clock_at(moment: datetime) -> dict[str, str]:
    """Return the environment of a process for which it is some other moment, and time goes on.

    It has libfaketime loaded without its wrapper `faketime`, whose semaphores outlive a process
    that is killed and are in the way of the next with the same number.
    """
    ahead = (moment - datetime.now(UTC)).total_seconds()
    return {"LD_PRELOAD": _LIBFAKETIME, "FAKETIME": f"{ahead:+.3f}s"}


def row_of(player: Player) -> dict[str, Any]:
    """Return a player as MEE6 sends one."""
    return {
        "id": str(player.discord_id),
        "xp": player.xp,
        "level": player.level,
        "message_count": player.messages,
        "username": player.username,
        "avatar": player.avatar,
    }


def is_being_written(file: Path | str, seconds: float = 0) -> bool:
    """Say whether somebody writes to a SQLite file, and goes on for so long."""
    with closing(sqlite3.connect(file, timeout=seconds, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False
