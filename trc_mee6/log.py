"""What goes to standard error: events with fields, as text for people or JSON for machines.

A message is an event name, its numbers are fields: `log.info("page.read", extra=fields(page=3))`.
"""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

from trc_mee6.text import json_text, printable

log = logging.getLogger("trc_mee6")


def fields(**values: object) -> Mapping[str, object]:
    """Return the `extra` of a log call that carries these fields."""
    return {"fields": values}


def configure(level: str, log_format: str) -> None:
    """Send our events at `level` and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    log.handlers = [handler]
    log.setLevel(level.upper())
    log.propagate = False
    # What the libraries have to say, in the same form; of odd headers, which urllib3 tells with a
    # traceback each time, nothing: what matters of an answer is told by our own events.
    handler.setLevel(level.upper())
    logging.lastResort = handler
    logging.getLogger("urllib3").setLevel(logging.ERROR)


class _Text(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        stamp = self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ")
        values = getattr(record, "fields", {})
        shown = "".join(f" {name}={printable(str(value))}" for name, value in values.items())
        lines = [f"{stamp} {record.levelname.lower():7} {printable(record.getMessage())}{shown}"]
        if record.exc_info:
            lines += map(printable, self.formatException(record.exc_info).split("\n"))
        return "\n".join(lines)


class _Json(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json_text(document)
