"""The program: global options, its commands, and the one place where errors become exit codes."""

import io
import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from trc_mee6.cli import (
    backfill_baseline,
    chart,
    db,
    demo,
    forecast,
    leaderboard,
    members,
    notify,
    points,
    status,
    streaks,
    sync,
)
from trc_mee6.cli.invocation import PROGRAM, Invocation, Stopped, discard
from trc_mee6.errors import DatabaseUnavailable, Interrupted, TrcMee6Error
from trc_mee6.jobs.stop import STOPPING
from trc_mee6.text import printable
from trc_mee6.version import __version__

_UsageError: type[Exception] = typer.BadParameter.__bases__[
    0
]  # of whichever click this typer is built on
_GLOBAL_OPTIONS = ("--quiet", "-q", "--env-file", "--log-level", "--log-format")
# Where negative numbers are arguments, so is what looks like an option.
_MISPLACED = re.compile(
    rf"(?:No such option: |extra argument[s()]* \()({'|'.join(_GLOBAL_OPTIONS)})(?![\w-])"
)
_SECONDS_TO_STOP = 2.0
_SECONDS_FOR_LAST_WORDS = 1.0
_BROKEN_PIPE = 141  # what a shell reports for a program that SIGPIPE ended

app = typer.Typer(
    name=PROGRAM,
    help="Turns a Discord community's MEE6 XP into points in a ledger that can be trusted.",
    epilog="New here? Run: trc-mee6 demo. Then: trc-mee6 sync --guild YOUR_SERVER_ID --enroll-all."
    " Settings come from the environment or a .env file: MEE6_GUILD_ID, DATABASE_URL and others."
    " COMMAND --help has an example of each."
    "\n\nExit codes: 0 done, or nothing to do; 1 an unexpected error, or a check found trouble; 2"
    " the command line is wrong; 65 the run is held, or an input file is malformed; 69 MEE6 or the"
    " database cannot be reached; 75 try again later; 76 MEE6 answered something unknown; 77 the"
    " board is not public; 78 a setting is wrong; 129, 130, 143 stopped by a signal; 141 nobody"
    " read the output.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("sync", short_help="Read the board and move points.")(sync.sync)
app.command("streaks", short_help="Judge the days that are over.")(streaks.streaks)
app.command("leaderboard", short_help="Show who is where.")(leaderboard.leaderboard)
app.command("forecast", short_help="Say when a member reaches a level.")(forecast.forecast)
app.add_typer(chart.app, name="chart")
app.command("backfill-baseline", short_help="Give members a baseline.")(
    backfill_baseline.backfill_baseline
)
app.add_typer(members.app, name="members")
app.add_typer(points.app, name="points")
app.add_typer(notify.app, name="notify")
app.command("status", short_help="Show how things stand.")(status.status)
app.add_typer(db.app, name="db")
app.command("demo", short_help="Show what this program does, on this machine.")(demo.demo)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    *,
    env_file: Annotated[
        Path | None, typer.Option(help="Read settings from this file instead of ./.env.")
    ] = None,
    log_level: Annotated[
        str | None,
        typer.Option(
            help="debug, info, warning or error; by default LOG_LEVEL.",
            autocompletion=lambda: ["debug", "info", "warning", "error"],
        ),
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(
            help="text or json; by default LOG_FORMAT.", autocompletion=lambda: ["text", "json"]
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing unless something is wrong.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version."),
    ] = False,
) -> None:
    del version
    invocation: Invocation = context.obj
    invocation.env_file = env_file
    invocation.log_level = log_level
    invocation.log_format = log_format
    invocation.quiet = quiet


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    Args:
        arguments: the command line without the program's name; by default this process's.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Until the command is reached, which says so itself, only the words tell what is wanted.
    wants_json = "--format=json" in words or ("--format", "json") in pairwise(words)
    invocation = Invocation(as_json=wants_json, log_as_json=_wants_json_log(words))
    _settle_streams()
    try:
        _stop_on_signals(invocation)
        code = _run(invocation, words)
        _flush()
        invocation.finish_telling()
        _ignore_further_signals()
    except Stopped:
        code = _stopped(invocation)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return code


def _run(invocation: Invocation, words: Sequence[str]) -> int:
    try:
        code = app(args=list(words), prog_name=PROGRAM, standalone_mode=False, obj=invocation)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except _UsageError as error:
        return _misused(invocation, error)
    except typer.Abort:
        invocation.complain("Nothing was done.")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return _unread(invocation)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # which typer turns into this
            return _unread(invocation)
        raise
    except Exception as error:
        # A library may have turned the exception of a signal into one of its own: SQLite, pydantic.
        if invocation.stopped_by is not None:
            return _stopped(invocation)
        if isinstance(error, TrcMee6Error):
            return _failed(invocation, error)
        return _unexpected(invocation, error)


def _wants_json_log(words: Sequence[str]) -> bool:
    """Say how to log until the settings are read, which may be wrong themselves."""
    named = [value for option, value in pairwise(words) if option == "--log-format"]
    named += [word.partition("=")[2] for word in words if word.startswith("--log-format=")]
    return (named[-1] if named else os.environ.get("LOG_FORMAT", "")).lower() == "json"


def _stop_on_signals(invocation: Invocation) -> None:
    """Let SIGINT, SIGTERM and a hang-up end every command with a word and their own exit code.

    One that the caller has us ignore (nohup, a shell's background job) is ignored.
    """

    def stop(signum: int, frame: object) -> None:
        del frame
        _ignore_further_signals()
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_STOP)
        if invocation.stopped_by is None:  # else one that came to a job ends us already
            invocation.stopped_by = signum
            raise Stopped

    def insist(signum: int, frame: object) -> None:
        """Stop where the exception got lost: Python drops those of destructors and callbacks."""
        del signum, frame
        os._exit(_stopped(invocation))

    if threading.current_thread() is threading.main_thread():
        for which in STOPPING:
            if signal.getsignal(which) is not signal.SIG_IGN:
                signal.signal(which, stop)
        signal.signal(signal.SIGALRM, insist)
        sys.unraisablehook = _unraisable


def _ignore_further_signals() -> None:
    """One is enough, and none matters when all is done but for the interpreter's own end."""
    if threading.current_thread() is threading.main_thread():
        for which in STOPPING:
            signal.signal(which, signal.SIG_IGN)


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    if not issubclass(lost.exc_type, Stopped | Interrupted):
        sys.__unraisablehook__(lost)


def _stopped(invocation: Invocation) -> int:
    code = 128 + (invocation.stopped_by or signal.SIGINT)
    _ignore_further_signals()
    signal.signal(signal.SIGALRM, lambda *_: os._exit(code))  # nobody reads what we say
    signal.setitimer(signal.ITIMER_REAL, _SECONDS_FOR_LAST_WORDS)
    invocation.complain(invocation.unsure("Stopped. What was not committed was undone."))
    _flush()
    return code


def _unread(invocation: Invocation) -> int:
    """End without a word, as every program does whose output nobody reads any more."""
    discard(sys.stdout)
    if invocation.advice_in_doubt is not None:
        invocation.answered = True
        invocation.complain(invocation.unsure("The result could not be written: Broken pipe."))
    return _BROKEN_PIPE


def _settle_streams() -> None:
    """Stand in for standard streams that the caller closed; let no character end a command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _misused(invocation: Invocation, error: Exception) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else PROGRAM
    if path != PROGRAM:
        invocation.command = path.removeprefix(f"{PROGRAM} ")
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if context is not None and message in ("", context.get_help()):  # no command was named
        sys.stderr.write(f"{context.get_help()}\n")
    elif misplaced := _MISPLACED.search(message):
        invocation.complain(f"No such option: {misplaced[1]} here; it stands before the command.")
    else:
        end = "" if message.endswith("?") else "."  # it may ask: did you mean ...?
        invocation.complain(f"{printable(message.rstrip('.'))}{end} Try: {path} --help")
    return 2


def _failed(invocation: Invocation, error: TrcMee6Error) -> int:
    if invocation.debug:
        invocation.show_traceback()
    said = str(error)
    _tell_that_it_failed(invocation, said, error.exit_code)
    invocation.complain(invocation.unsure(said) if isinstance(error, DatabaseUnavailable) else said)
    return error.exit_code


def _tell_that_it_failed(invocation: Invocation, said: str, exit_code: int) -> None:
    """Tell who waits for a run that it failed where no run is recorded: no database, say."""
    if not invocation.is_watched or invocation.telling().end_was_told:
        return
    from trc_mee6.notify.events import Ended, Outcome
    from trc_mee6.report import RunReport, Status

    command = invocation.command
    run = RunReport(
        command,
        Status.FAILED,
        invocation.guild_id,
        invocation.run.sync_id if invocation.run else None,
        reason=said,
        exit_code=exit_code,
    )
    summary = f"{command} failed: {printable(said)}"
    invocation.telling().tell(Ended(run, Outcome.BAD, summary))


def _unexpected(invocation: Invocation, error: Exception) -> int:
    if invocation.debug:
        invocation.show_traceback()
    from trc_mee6.notify.events import Crashed

    invocation.telling().tell(Crashed(error, invocation.command, invocation.run))
    _tell_that_it_failed(invocation, f"unexpected: {type(error).__name__}", 1)
    if isinstance(error, OSError) and error.filename is None:
        said = error.strerror or type(error).__name__
        invocation.answered = True  # there is nowhere to write it
        message = (
            f"The result could not be written: {said}. What the command was to do may be done; see:"
            " trc-mee6 status"
        )
    else:
        message = (
            f"An unexpected error: {type(error).__name__}. What was not committed was undone."
            " Run it again with --log-level debug to see where, and report that."
        )
    invocation.complain(invocation.unsure(message))
    return 1


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # a full disk, most likely what went wrong in the first place
        discard(sys.stdout)
