"""What goes to standard error: events with fields, as text for people or JSON for machines.

A message is an event name, its numbers are fields: `log.info("page.read", page=3)`. What is said
inside `about(job=..., guild_id=..., sync_id=...)` carries these fields too.

structlog makes the lines. It takes a while to load, so that is left to the first line: most runs
have none. An application that uses the package sees the events in its own `logging`, of name
`trc_mee6`.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from trc_mee6.text import json_text, printable

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger
    from structlog.typing import EventDict, Processor

ABOUT = ("job", "guild_id", "sync_id")  # what every line of JSON has, null outside a run

_logger = logging.getLogger("trc_mee6")
_about: ContextVar[Mapping[str, str | None]] = ContextVar("about", default={})  # noqa: B039 - never changed in place


class Log:
    """Takes events; each method is a level."""

    def debug(self, event: str, **fields: Any) -> None:
        """Tell what is for who looks for a fault."""
        self._say(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Tell what is for who watches closely."""
        self._say(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Tell what an operator should know of."""
        self._say(logging.WARNING, event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Tell what an operator has to deal with."""
        self._say(logging.ERROR, event, fields)

    def _say(self, level: int, event: str, fields: Mapping[str, Any]) -> None:
        if _logger.isEnabledFor(level):
            _structured().log(level, event, **{**_about.get(), **fields})


log = Log()


@contextmanager
def about(**values: str | None) -> Iterator[None]:
    """Say for the length of the block what all events are about: job, guild_id, sync_id."""
    before = _about.set({**_about.get(), **values})
    try:
        yield
    finally:
        _about.reset(before)


def what_it_is_about() -> Mapping[str, str | None]:
    """Return what `about` says here."""
    return _about.get()


def configure(level: str, log_format: str) -> None:
    """Send our events at `level` and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(as_json=log_format == "json"))
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


@cache
def _structured() -> "BoundLogger":
    import structlog
    from structlog.stdlib import ProcessorFormatter

    made: BoundLogger = structlog.wrap_logger(
        _logger,
        processors=[ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return made


class _Formatter(logging.Formatter):
    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._render = _json if as_json else _text

    def format(self, record: logging.LogRecord) -> str:
        return self._structured.format(record)

    @cached_property
    def _structured(self) -> logging.Formatter:
        from structlog.processors import format_exc_info
        from structlog.stdlib import ProcessorFormatter

        steps: list[Processor] = [
            _stamp,
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            self._render,
        ]
        return ProcessorFormatter(processors=steps, foreign_pre_chain=[_with_run])


def _with_run(_logger: Any, _method: str, event: "EventDict") -> "EventDict":
    return {**_about.get(), **event}


def _stamp(_logger: Any, _method: str, event: "EventDict") -> "EventDict":
    record: logging.LogRecord = event["_record"]
    moment = _iso(datetime.fromtimestamp(record.created, UTC))
    fields = {name: _iso(value) if isinstance(value, datetime) else value
              for name, value in event.items()}  # fmt: skip
    return {"time": moment, "level": record.levelname.lower(), **fields}


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _json(_logger: Any, _method: str, event: "EventDict") -> str:
    head = {name: event.pop(name, None) for name in ("time", "level", "event", *ABOUT)}
    if "exception" in event:
        event["traceback"] = event.pop("exception")
    return json_text({**head, **event})


def _text(_logger: Any, _method: str, event: "EventDict") -> str:
    moment, level, said = (event.pop(name) for name in ("time", "level", "event"))
    trace = event.pop("exception", "").splitlines()
    whose = {name: event.pop(name) for name in ABOUT if name in event}
    given = {name: value for name, value in {**event, **whose}.items() if value is not None}
    shown = "".join(f" {name}={printable(str(value))}" for name, value in given.items())
    return "\n".join([f"{moment} {level:7} {printable(said)}{shown}", *map(printable, trace)])
