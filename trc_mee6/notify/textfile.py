"""Metrics in a file that node_exporter's textfile collector reads.

https://github.com/prometheus/node_exporter#textfile-collector. The file has all guilds of the
database, and is replaced as a whole.
"""

import re
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from trc_mee6.files import replace_file
from trc_mee6.notify.events import Event, Measured, Trial
from trc_mee6.notify.telling import NotDelivered

_WRITTEN = "trc_mee6_figures_timestamp_seconds"  # when they were read from the database
_NEWER_AT_MOST = 60.0  # seconds
_LOCK_TIMEOUT = 3.0  # seconds
_TEST = "trc_mee6_notify_test_timestamp_seconds"
_READ_BY_ALL = 0o644  # node_exporter is another user


class Textfile:
    """A file ending in .prom."""

    name = "METRICS_TEXTFILE"
    hears = (Measured,)

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, event: Event) -> None:
        """Write the file. Raises `NotDelivered`, and ImportError without prometheus-client."""
        from prometheus_client import generate_latest

        from trc_mee6.notify.metrics import registry

        if not self._path.parent.is_dir():  # which the lock would make
            raise NotDelivered("the file cannot be written: its folder does not exist")
        try:
            with FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=_LOCK_TIMEOUT):
                before = self._path.read_text("utf-8") if self._path.exists() else ""
                match event:
                    # Two runs that end together must not turn a counter back.
                    case Measured(guilds=guilds, at=at) if not _is_newer(before, at):
                        text = generate_latest(registry(guilds, at)).decode()
                        self._write(f"{text}{_stamp(_WRITTEN, at)}")
                    case Trial(at=at):  # the metrics stay, the mark is there until the next run
                        lines = before.splitlines(keepends=True)
                        rest = "".join(line for line in lines if _TEST not in line)
                        self._write(f"{rest}{_stamp(_TEST, at)}")
        except Timeout:
            raise NotDelivered("another run has been writing the file for too long") from None
        except OSError as error:
            raise NotDelivered(f"the file cannot be written: {error.strerror}") from None

    def _write(self, text: str) -> None:
        replace_file(self._path, [text], _READ_BY_ALL)


def _stamp(name: str, at: datetime) -> str:
    return f"# TYPE {name} gauge\n{name} {at.timestamp()}\n"


def _is_newer(text: str, at: datetime) -> bool:
    """Say whether figures were read after `at`; what is far ahead was stamped by a wrong clock."""
    found = re.search(rf"^{_WRITTEN} ([0-9.]+)$", text, re.MULTILINE)
    return found is not None and 0 < float(found[1]) - at.timestamp() < _NEWER_AT_MOST
