"""What goes to standard error: events with fields, as text for people or JSON for machines.

A message is an event name, its numbers are fields: `log.info("page.read", page=3)`. What is said
inside `about(job=..., guild_id=..., sync_id=...)` carries these fields too.

An application that uses the package sees the events in its own `logging`, of name `trc_mee6`.
"""

import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from trc_mee6.text import json_text, printable

ABOUT = ("job", "guild_id", "sync_id")  # what every line of JSON has, null outside a run

_logger = logging.getLogger("trc_mee6")
log = cast(
    "structlog.stdlib.BoundLogger",
    structlog.wrap_logger(
        _logger,
        processors=[
            structlog.stdlib.filter_by_level,
            merge_contextvars,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    ),
)


def about(**values: str | None) -> AbstractContextManager[None]:
    """Say for the length of the block what all events are about: job, guild_id, sync_id."""
    return bound_contextvars(**values)


def what_it_is_about() -> Mapping[str, object]:
    """Return what `about` says here."""
    return get_contextvars()


def configure(level: str, log_format: str) -> None:
    """Send our events at `level` and above to standard error."""
    render = _json if log_format == "json" else _text
    show_stack = cast("Processor", structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[merge_contextvars],
            processors=[_stamp, ProcessorFormatter.remove_processors_meta, show_stack, render],
        )
    )
    _logger.handlers = [handler]
    _logger.setLevel(level.upper())
    _logger.propagate = False
    # What the libraries have to say, in the same form; of odd headers, which urllib3 tells with a
    # traceback each time, nothing: what matters of an answer is told by our own events.
    handler.setLevel(level.upper())
    logging.lastResort = handler
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)  # which are for who changes the program
    logging.getLogger("py.warnings").setLevel("WARNING" if level == "debug" else "ERROR")


def _stamp(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    moment = _iso(datetime.fromtimestamp(record.created, UTC))
    fields = {name: _iso(value) if isinstance(value, datetime) else value
              for name, value in event.items()}  # fmt: skip
    return {"time": moment, "level": record.levelname.lower(), **fields}


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _json(_logger: Any, _method: str, event: EventDict) -> str:
    head = {name: event.pop(name, None) for name in ("time", "level", "event", *ABOUT)}
    if "exception" in event:
        event["traceback"] = event.pop("exception")
    return json_text({**head, **event})


def _text(_logger: Any, _method: str, event: EventDict) -> str:
    moment, level, said = (event.pop(name) for name in ("time", "level", "event"))
    trace = event.pop("exception", "").splitlines()
    whose = {name: event.pop(name) for name in ABOUT if name in event}
    given = {name: value for name, value in {**event, **whose}.items() if value is not None}
    shown = "".join(f" {name}={printable(str(value))}" for name, value in given.items())
    return "\n".join([f"{moment} {level:7} {printable(said)}{shown}", *map(printable, trace)])
