"""What all commands share: global options, settings, the open database, how a failure is told."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from trc_mee6.errors import Interrupted
from trc_mee6.text import json_text, printable

if TYPE_CHECKING:
    from trc_mee6.jobs.stop import Stop
    from trc_mee6.notify.telling import Telling
    from trc_mee6.report import RunReport
    from trc_mee6.settings import Settings
    from trc_mee6.store.connect import Store

PROGRAM = "trc-mee6"
_SECONDS_FOR_TELLING = 1.0  # once a signal came
_SEE_STATUS = "What was committed stands; see: trc-mee6 status"


class Stopped(BaseException):
    """A signal came; no KeyboardInterrupt, of which typer would tell nobody."""


@dataclass(slots=True)
class Invocation:
    """One run of the program: its global options, and what its command has said of itself.

    Attributes:
        command: as the JSON documents name it.
        as_json: exactly one JSON document goes to standard output, whatever happens.
        debug: tracebacks are shown.
        stopped_by: the signal that came, None if none did.
        advice_in_doubt: what to do where it is not known how the command ended.
        log_as_json: what goes to standard error is JSON, an object a line.
        is_watched: services wait for this run, and are told if it cannot begin.
        run: the run that an error ended, None if none had begun.
    """

    env_file: Path | None = None
    log_level: str | None = None
    log_format: str | None = None
    quiet: bool = False
    command: str = PROGRAM
    as_json: bool = False
    debug: bool = False
    answered: bool = False
    stopped_by: int | None = None
    advice_in_doubt: str | None = None
    log_as_json: bool = False
    is_watched: bool = False
    run: "RunReport | None" = None
    _settings: "Settings | None" = None
    _telling: "Telling | None" = None

    def begin(self, command: str, output_format: str = "table") -> None:
        """Say which command runs and what it is to answer with."""
        self.command = command
        self.as_json = output_format == "json"

    def settings(self, **options: Any) -> "Settings":
        """Read the settings, options first, and set up the log by them."""
        from trc_mee6.log import configure
        from trc_mee6.settings import load

        settings = load(
            self.env_file, log_level=self.log_level, log_format=self.log_format, **options
        )
        self.debug = settings.log_level == "debug"
        self.log_as_json = settings.log_format == "json"
        self._settings = settings
        configure(settings.log_level, settings.log_format)
        return settings

    @property
    def guild_id(self) -> int | None:
        """The guild that the settings name, None if they do not, or were not read."""
        return self._settings.guild_id if self._settings else None

    def telling(self) -> "Telling":
        """Return whom to tell of what happens; nobody before the settings were read."""
        from trc_mee6.notify.telling import Telling

        if self._settings is None:
            return Telling()
        if self._telling is None:
            from trc_mee6.jobs.receivers import receivers

            self._telling = Telling(list(receivers(self._settings)))
        return self._telling

    def finish_telling(self, stop: "Stop | None" = None) -> None:
        """Wait until services were told, but not long, and no longer once a signal came."""
        if self._telling is None:
            return
        if stop is None:
            self._telling.finish()
            return
        with suppress(Interrupted):
            if stop.signum is not None:
                self._telling.finish(at_most=_SECONDS_FOR_TELLING)
            else:
                with stop.interruptible():
                    self._telling.finish()

    @contextmanager
    def store(self, settings: "Settings") -> Iterator["Store"]:
        """Open the database for the length of the block."""
        from trc_mee6.store.connect import open_store

        with open_store(settings.database_url.get_secret_value()) as store:
            yield store

    @contextmanager
    def stop(self, in_doubt: str = _SEE_STATUS) -> Iterator["Stop"]:
        """Leave signals to a job for the length of the block, in which its report is shown too.

        Args:
            in_doubt: what to do where it is not known how the job ended.

        Raises:
            Stopped: one came that the job has no word for, or came before and got lost.
        """
        from trc_mee6.jobs.stop import Stop

        with Stop() as stop:
            if self.stopped_by is not None:
                raise Stopped
            try:
                yield stop
            except Interrupted as interrupted:
                self.stopped_by = interrupted.signum
                self.advice_in_doubt = in_doubt
                raise Stopped from None
            except Exception:
                self.run = stop.last_report
                if stop.insisted:  # SQLite knows no exceptions, and gives errors instead
                    self.stopped_by = stop.signum
                    self.advice_in_doubt = in_doubt
                raise

    def answer(self, document: dict[str, Any]) -> None:
        """Write the JSON document."""
        self.answered = True
        _speak_utf8()
        sys.stdout.write(json_text(document, indent=2) + "\n")
        sys.stdout.flush()

    def give(self, chunks: Iterable[str]) -> None:
        """Write a result bit by bit; a failure before the first has a document of its own."""
        if self.as_json:
            _speak_utf8()
        for chunk in chunks:
            sys.stdout.write(chunk)
            self.answered = True

    def say(self, line: str) -> None:
        """Write a line for people, unless the program is to be quiet."""
        if not self.quiet:
            self.tell(line)

    def tell(self, line: str) -> None:
        """Write a line for people that even a quiet program does not keep to itself."""
        for part in line.split("\n"):
            sys.stdout.write(f"{printable(part)}\n")
        sys.stdout.flush()

    def unsure(self, message: str) -> str:
        """Return the message of an end that leaves open what was done, with what to do."""
        return message if self.advice_in_doubt is None else f"{message}\n{self.advice_in_doubt}"

    def complain(self, message: str, document: dict[str, Any] | None = None) -> None:
        """Write an error to standard error, and as the JSON document if none was given yet.

        Whether anybody reads it does not matter for how the command ends.

        Args:
            message: one line or two.
            document: the JSON document; by default one that says no more than the message.
        """
        try:
            if self.log_as_json:
                self._log("command.failed", document or {}, reason=message)
            else:
                for line in message.split("\n"):
                    sys.stderr.write(f"{PROGRAM}: {printable(line)}\n")
        except OSError:
            discard(sys.stderr)
        if self.as_json and not self.answered:
            from trc_mee6.render.documents import failure

            try:
                self.answer(failure(self.command, message) if document is None else document)
            except OSError:
                discard(sys.stdout)

    def show_traceback(self) -> None:
        """Write the traceback of the error that is being handled to standard error."""
        if self.log_as_json:
            self._log("command.traceback", {}, exc_info=True)
            return
        import traceback

        for line in traceback.format_exc().splitlines():
            sys.stderr.write(f"{printable(line)}\n")

    def _log(self, event: str, document: dict[str, Any], **fields: Any) -> None:
        from trc_mee6.log import configure, log

        if self._settings is None:
            configure("warning", "json")
        guild = document.get("guild_id") or self.guild_id
        log.error(
            event,
            job=self.command,
            guild_id=None if guild is None else str(guild),
            sync_id=document.get("sync_id"),
            status=document.get("status", "failed"),
            **fields,
        )


def discard(stream: TextIO) -> None:
    """Let what is left to be written, by the interpreter's last flush for one, have a place."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _speak_utf8() -> None:
    """Write JSON as every JSON is written, whatever the locale can spell (RFC 8259, 8.1)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def guild_or_only(settings: "Settings", store: "Store") -> int:
    """Return the guild named, or the only one that the database knows.

    Raises:
        ConfigError: none was named and there is not just one.
    """
    from trc_mee6.settings import require_guild
    from trc_mee6.store.guilds import only_guild

    if settings.guild_id is None:
        only = only_guild(store)
        if only is not None:
            return only
    return require_guild(settings)
