"""A signal ends a process within seconds also while it writes, or waits for another program (R15).

How it is stopped while it waits for its slot or its turn to try again, or while MEE6 is slow, is
shown with the commands.
"""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from support import GUILD, PROGRAM, Ran, Started, is_being_written, run_to_end, until

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.stop import PATIENCE
from trc_mee6.settings import load
from trc_mee6.standin import Board, faults
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import states
from trc_mee6.store.runs import last

SLOWEST_STOP = 5.0
AT_ONCE = 2.0
UNDONE = "stopped by signal {}; what was under way was undone, the next run carries on"
STOPPED = "trc-mee6: Stopped. What was not committed was undone.\n"
SEE = "trc-mee6: What was committed stands; see: trc-mee6 status\n"
REPEAT = "trc-mee6: It may be booked all the same. To make sure: repeat it with --key {}\n"
# What makes a statement that writes to a table take about so long, inside the database.
COUNTING = """SELECT max(n) AS discord_id FROM (WITH RECURSIVE counted(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM counted LIMIT {seconds} * 3000000) SELECT n FROM counted)
"""
SLOW_ON_SQLITE = f"""CREATE TRIGGER slow BEFORE {{event}} ON {{table}}
WHEN {{one}} BEGIN {COUNTING}; END"""
OF_ONE = "NEW.discord_id = (SELECT max(discord_id) FROM member)"
SLOW_ON_POSTGRES = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
CREATE TRIGGER slow AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION slow();
"""
SLOW_COMMIT = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON point_transaction DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.discord_id = {who}) EXECUTE FUNCTION slow();
"""


@pytest.fixture
def board(database_url, stand_in, clock):
    """A board of 20, of whom a member each is made, who all gain 250 XP then."""
    board = stand_in.add(Board(GUILD, 20))
    settings = load(mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=database_url)
    with open_store(database_url) as store:
        assert sync(Job(settings, store, clock, GUILD), enroll_all=True).exit_code == 0
    for who in list(board.players):
        board.gain(who, 250)
    return board


@pytest.fixture
def slow_writes(database_url):
    """Let what a statement does to a table take so many seconds more."""

    def slow(event, table, seconds):
        with open_store(database_url) as store:
            text = SLOW_ON_POSTGRES if store.is_postgres else SLOW_ON_SQLITE
            one = "TRUE" if event == "DELETE" else OF_ONE
            text = text.format(event=event, table=table, seconds=seconds, one=one)
            store.database.execute_sql(text)

    return slow


def ended(process, signum, gap=None):
    """Send a signal, and another if there is a gap, and say how long after the last it ended."""
    process.send_signal(signum)
    if gap is not None:
        time.sleep(gap)
        process.send_signal(signum)
    sent = time.monotonic()
    out, err = process.communicate(timeout=30)
    return Ran(process.returncode, out, err), time.monotonic() - sent


@pytest.fixture
def stop(start, database_url):
    """Send a signal to a command that writes already, and say how long it took to end."""

    def stop_writer(signum, *arguments, gap=None):
        process = start(*arguments, DATABASE_URL=database_url)
        until(lambda: is_writing_slowly(database_url))
        return ended(process, signum, gap)

    return stop_writer


def recorded(url, job="sync"):
    """How the last run of a job ended, by its record."""
    with open_store(url) as store:
        run = last(store, GUILD, job)
        return run.status, run.exit_code


@pytest.fixture
def slow_commit(board, postgres_url):
    """Let the commit of a member's first ledger line take so many seconds."""

    def slow(seconds):
        with psycopg.connect(postgres_url) as server:
            server.execute(SLOW_COMMIT.format(seconds=seconds, who=max(board.players)))

    return slow


def is_writing_slowly(url):
    if url.startswith("sqlite"):
        return is_being_written(url.removeprefix("sqlite:///"), 0.2)
    with psycopg.connect(url) as other:
        count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        return other.execute(count).fetchone() == (1,)


def points(url):
    with open_store(url) as store:
        return [member.points for member in states(store, GUILD)]


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_r15_a_write_that_takes_too_long_is_undone_as_a_whole(
    board, slow_writes, stop, run, database_url, signum, code
):
    slow_writes("INSERT", "point_transaction", 60)
    ran, seconds = stop(signum, "sync", "--format", "json")
    assert (ran.code, seconds < SLOWEST_STOP) == (code, True)
    assert ran.document["status"] == "interrupted"
    assert ran.document["members"]["observed"] == 0
    assert ran.document["reason"] == UNDONE.format(signum)
    assert ran.err.count("\n") == 1
    assert points(database_url) == [0] * 20
    assert recorded(database_url) == ("interrupted", code)
    with open_store(database_url) as store:
        store.sql("DROP TRIGGER slow" + (" ON point_transaction" if store.is_postgres else ""))
    assert run("sync", DATABASE_URL=database_url).code == 0
    assert points(database_url) == [2] * 20


def test_r15_a_write_that_is_done_in_time_is_kept(board, slow_writes, stop, database_url):
    slow_writes("INSERT", "point_transaction", 1)
    ran, seconds = stop(signal.SIGTERM, "sync", "--format", "json")
    assert (ran.code, seconds < PATIENCE) == (143, True)
    assert (ran.document["status"], ran.document["points"]["awarded"]) == ("interrupted", 40)
    assert points(database_url) == [2] * 20


def test_streaks_that_take_too_long_are_undone_too(board, slow_writes, stop, database_url):
    slow_writes("UPDATE", "member", 60)
    ran, seconds = stop(signal.SIGTERM, "streaks", "--rebuild")
    assert (ran.code, seconds < SLOWEST_STOP, ran.out) == (143, True, "")
    assert ran.err == f"trc-mee6: streaks interrupted: {UNDONE.format(15)}\n"
    with open_store(database_url) as store:
        assert {member.current_streak for member in states(store, GUILD)} == {None}
    assert recorded(database_url, "streaks") == ("interrupted", 143)


def test_a_command_that_is_no_job_is_stopped_at_once(board, slow_writes, stop, database_url):
    slow_writes("INSERT", "point_transaction", 60)
    who = max(board.players)
    line = ("points", "award", str(who), "5", "--source", "quiz", "--key", "k")
    ran, seconds = stop(signal.SIGTERM, *line, "--format", "json")
    assert (ran.code, seconds < 3) == (143, True)
    assert ran.err == STOPPED + REPEAT.format("k")
    reason = ran.err.removesuffix("\n").replace("trc-mee6: ", "")
    assert ran.document == {"command": "points award", "status": "failed", "reason": reason}
    assert points(database_url) == [0] * 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_waits_for_a_file_that_another_program_holds_is_stopped_in_time(
    board, start, database_url
):
    path = database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        lock = Path(f"{path}.board-{GUILD}.lock")
        lock.unlink()
        process = start("sync")
        until(lock.exists)
        time.sleep(0.3)  # from the lock file to the database
        ran, seconds = ended(process, signal.SIGTERM)
    assert (ran.code, ran.err, seconds < SLOWEST_STOP) == (143, STOPPED + SEE, True)


def test_a_second_signal_ends_what_the_first_let_go_on(board, slow_writes, stop, database_url):
    slow_writes("INSERT", "point_transaction", 60)
    ran, seconds = stop(signal.SIGTERM, "sync", "--format", "json", gap=0.3)
    assert (ran.code, ran.document["status"], seconds < AT_ONCE) == (143, "interrupted", True)
    assert ran.err == f"trc-mee6: sync interrupted: {UNDONE.format(15)}\n"
    assert recorded(database_url) == ("interrupted", 143)
    assert points(database_url) == [0] * 20


def test_a_query_for_members_that_takes_too_long_is_ended_and_not_blamed(
    board, start, database_url
):
    slow = COUNTING if database_url.startswith("sqlite") else "SELECT {seconds} FROM pg_sleep(60)"
    process = start("sync", DATABASE_URL=database_url, MEMBERS_SQL=slow.format(seconds=60))
    with open_store(database_url) as store:
        until(lambda: last(store, GUILD, "sync").status == "running")
    time.sleep(0.3)  # from the record to the query
    ran, seconds = ended(process, signal.SIGTERM)
    assert (ran.code, seconds < SLOWEST_STOP) == (143, True)
    assert ran.err == f"trc-mee6: sync interrupted: {UNDONE.format(15)}\n"
    assert recorded(database_url) == ("interrupted", 143)


def lock_all(url):
    """Take all that a run needs, as another program may; ends with the connection."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(url)
        other.execute("LOCK request_pace, member, sync_run, run_lock, guild")
    return other


def test_a_database_that_gets_stuck_amid_the_pages_holds_nobody_up(
    board, start, stand_in, run, database_url
):
    held = []

    def hold(handler):
        held.append(lock_all(database_url))
        handler.answer(200, board.page(1, 5))

    stand_in.misbehave(hold, page=1)
    settings = {"DATABASE_URL": database_url, "MEE6_PAGE_SIZE": 5, "MEE6_REQUEST_INTERVAL": 0.01}
    process = start("sync", **settings)
    until(lambda: held)
    time.sleep(0.3)  # from the answer to the wait for the next slot
    ran, seconds = ended(process, signal.SIGTERM)
    held[0].close()
    assert (ran.code, ran.err, seconds < SLOWEST_STOP) == (143, STOPPED + SEE, True)
    assert points(database_url) == [0] * 20
    assert run("sync", **settings).code == 0  # which records the other as killed
    assert points(database_url) == [2] * 20


def test_who_has_done_all_but_tidy_up_ends_as_it_would_have(board, slow_writes, stop, database_url):
    slow_writes("DELETE", "run_lock", 60)
    ran, seconds = stop(signal.SIGTERM, "sync", "--format", "json")
    assert (ran.code, ran.document["status"], ran.err) == (0, "ok", "")
    assert seconds < SLOWEST_STOP
    assert recorded(database_url) == ("ok", 0)
    assert points(database_url) == [2] * 20


def test_who_has_done_all_but_note_a_recovery_ends_as_it_would_have(
    board, slow_writes, stop, run, stand_in, database_url
):
    stand_in.misbehave(faults.body(b'{"players": 1}'))
    assert run("sync", DATABASE_URL=database_url).code == 76
    slow_writes("DELETE", "alert", 60)
    ran, seconds = stop(signal.SIGTERM, "sync", "--format", "json")
    assert (ran.code, ran.document["status"]) == (0, "ok")
    assert seconds < SLOWEST_STOP
    assert recorded(database_url) == ("ok", 0)
    assert points(database_url) == [2] * 20


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("takes", "within", "end", "each"),
    [(60, SLOWEST_STOP, ("interrupted", 143), 0), (1, PATIENCE, ("ok", 0), 2)],
    ids=["too long", "done in time"],
)
def test_r15_a_commit_that_takes_too_long_is_undone_and_one_in_time_ends_as_it_would_have(
    board, slow_commit, stop, database_url, takes, within, end, each
):
    slow_commit(takes)
    ran, seconds = stop(signal.SIGTERM, "sync", "--format", "json")
    assert (ran.document["status"], ran.code, seconds < within) == (*end, True)
    assert recorded(database_url) == end
    assert points(database_url) == [each] * 20


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_r4_a_correction_stopped_in_its_commit_says_how_to_repeat_it(
    board, slow_commit, stop, run, database_url
):
    slow_commit(2)
    who = max(board.players)
    line = ("points", "adjust", str(who), "-3", "--reason", "A wrong answer")
    ran, _ = stop(signal.SIGINT, *line)
    key = ran.err.split()[-1]
    assert (ran.code, ran.err) == (130, STOPPED + REPEAT.format(key))
    until(lambda: not is_writing_slowly(database_url))
    assert run(*line, "--key", key, DATABASE_URL=database_url).code == 0
    assert points(database_url) == [0] * 19 + [-3]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("ignored", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_the_caller_has_ignored_stops_nothing(
    board, usual, tmp_path, stand_in, ignored
):
    """As nohup does, and a shell that runs a script's command in the background."""
    reading = threading.Event()

    def answer_late(handler):
        reading.set()
        time.sleep(1)
        handler.answer(200, board.page(0, 1000))

    stand_in.misbehave(answer_late)
    line = f"trap '' {ignored.name}; exec {' '.join(PROGRAM)} sync --enroll-all"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = Started(["bash", "-c", line], env=usual, cwd=tmp_path, **pipes)
    assert reading.wait(20)
    ran, _ = ended(process, ignored)
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("command", ["status", "sync"])
def test_who_writes_to_somebody_who_does_not_read_is_stopped_in_time(
    board, usual, tmp_path, run, command, form
):
    assert run("sync").code == 0
    there, here = os.pipe()
    os.set_blocking(here, False)
    with suppress(BlockingIOError):
        while True:
            os.write(here, b"x" * 4096)
    os.set_blocking(here, True)
    process = Started(
        [*PROGRAM, command, "--format", form],
        env=usual, cwd=tmp_path, stdout=here, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(1.5)  # until it writes; nothing tells when it waits for room
    _, seconds = ended(process, signal.SIGTERM)
    os.close(there)
    os.close(here)
    assert (process.returncode, seconds < SLOWEST_STOP) == (143, True)


TWICE = """
import os, signal, sys
from trc_mee6 import settings
from trc_mee6.__main__ import main
from trc_mee6.cli.invocation import Invocation

def load(*args, **options):
    os.kill(os.getpid(), signal.SIGTERM)

def complain(self, message, _complain=Invocation.complain):
    os.kill(os.getpid(), signal.SIGINT)
    _complain(self, message)

settings.load, Invocation.complain = load, complain
sys.exit(main())
"""


def test_a_second_signal_amid_the_last_words_changes_nothing(usual, tmp_path):
    ran = run_to_end([sys.executable, "-c", TWICE, "leaderboard"], usual, tmp_path)
    assert (ran.code, ran.out, ran.err) == (143, "", STOPPED)


TWICE_TO_A_JOB = """
import os, signal, sys
from trc_mee6.cli import main

def run_lock(*args):
    for _ in range(2):  # the second is felt at once
        os.kill(os.getpid(), signal.SIGTERM)

def stopped(invocation, _stopped=main._stopped):
    os.kill(os.getpid(), signal.SIGINT)
    return _stopped(invocation)

main._stopped = stopped
import trc_mee6.jobs.run

trc_mee6.jobs.run.run_lock = run_lock
sys.exit(main.main())
"""


def test_a_signal_between_a_job_that_was_stopped_and_the_last_words_changes_nothing(
    usual, tmp_path
):
    line = [sys.executable, "-c", TWICE_TO_A_JOB, "sync", "--enroll-all"]
    ran = run_to_end(line, usual, tmp_path)
    assert (ran.code, ran.out, ran.err) == (143, "", STOPPED + SEE)


UNHEARD = """
import os, signal, sys, time
from trc_mee6 import settings
from trc_mee6.__main__ import main

def load(*args, **options):
    time.sleep(0.3)  # until nobody reads
    os.kill(os.getpid(), signal.SIGTERM)

settings.load = load
sys.exit(main())
"""


def test_who_is_stopped_keeps_the_code_though_nobody_reads_the_last_words(usual, tmp_path):
    line = f"{sys.executable} -c {shlex.quote(UNHEARD)} leaderboard --format json 2>&1 | true"
    ran = run_to_end(["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}}"], usual, tmp_path)
    assert (ran.out, ran.err) == ("143\n", "")


def test_an_error_s_last_words_may_be_stopped(usual, tmp_path):
    first = TWICE.replace("os.kill(os.getpid(), signal.SIGTERM)", "raise ValueError")
    ran = run_to_end([sys.executable, "-c", first, "leaderboard"], usual, tmp_path)
    assert (ran.code, ran.out, ran.err) == (130, "", STOPPED)


LOSING = """
import os, signal, sys
from trc_mee6 import settings
from trc_mee6.__main__ import main

class Dropped:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

def load(*args, _load=settings.load, **options):
    Dropped()
    return _load(*args, **options)

settings.load = load
sys.exit(main())
"""


def test_a_signal_whose_exception_python_drops_stops_a_job_all_the_same(
    board, usual, tmp_path, database_url
):
    """Python drops what is raised in a destructor, and some modules have such while they load."""
    command = [sys.executable, "-c", LOSING, "sync"]
    sent = time.monotonic()
    ran = run_to_end(command, usual | {"DATABASE_URL": database_url}, tmp_path)
    assert time.monotonic() - sent < SLOWEST_STOP
    assert (ran.code, ran.err) == (143, STOPPED)
    assert points(database_url) == [0] * 20


TURNING = """
import os, signal, sys
from trc_mee6 import settings
from trc_mee6.__main__ import main

def load(*args, **options):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException as error:
        raise LookupError("of a library") from error

settings.load = load
sys.exit(main())
"""


def test_a_signal_whose_exception_a_library_turned_into_another_stops_the_command(usual, tmp_path):
    """pydantic does so while it builds a schema."""
    ran = run_to_end([sys.executable, "-c", TURNING, "leaderboard"], usual, tmp_path)
    assert (ran.code, ran.err) == (143, STOPPED)
