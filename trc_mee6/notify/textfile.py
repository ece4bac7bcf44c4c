"""Metrics in a file that node_exporter's textfile collector reads.

https://github.com/prometheus/node_exporter#textfile-collector. The file has all guilds of the
database, and is replaced as a whole.
"""

from pathlib import Path

from trc_mee6.files import replace_file
from trc_mee6.notify.events import Event, Measured, Trial
from trc_mee6.notify.telling import NotDelivered

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

        try:
            match event:
                case Measured(guilds=guilds, at=at):
                    self._write(generate_latest(registry(guilds, at)).decode())
                case Trial(at=at):  # the metrics stay, the mark is there until the next run
                    mark = f"# TYPE {_TEST} gauge\n{_TEST} {at.timestamp()}\n"
                    self._write(_without_mark(self._path) + mark)
        except OSError as error:
            raise NotDelivered(f"the file cannot be written: {error.strerror}") from None

    def _write(self, text: str) -> None:
        replace_file(self._path, [text], _READ_BY_ALL)


def _without_mark(path: Path) -> str:
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if _TEST not in line)
