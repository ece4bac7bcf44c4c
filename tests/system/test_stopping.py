"""A signal ends a process within seconds also while it writes, or waits for another program (R15).

How it is stopped while it waits for its slot or its turn to try again, or while MEE6 is slow, is
shown with the commands.
"""

import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from support import GUILD, Ran, is_being_written, run_to_end, until

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.stop import PATIENCE
from trc_mee6.settings import load
from trc_mee6.standin import Board
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import states
from trc_mee6.store.runs import last

SLOWEST_STOP = 5.0
# What makes a statement that writes to a table take about so long, inside the database.
SLOW_ON_SQLITE = """CREATE TRIGGER slow BEFORE {event} ON {table}
WHEN NEW.discord_id = (SELECT max(discord_id) FROM member) BEGIN
    SELECT max(n) FROM (WITH RECURSIVE counted(n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM counted LIMIT {seconds} * 3000000)
        SELECT n FROM counted);
END"""
SLOW_ON_POSTGRES = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END';
CREATE TRIGGER slow AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION slow();
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
            store.database.execute_sql(text.format(event=event, table=table, seconds=seconds))

    return slow


@pytest.fixture
def stop(start, database_url):
    """Send a signal to a command that writes already, and say how long it took to end."""

    def stop_writer(signum, *arguments):
        process = start(*arguments, DATABASE_URL=database_url)
        until(lambda: is_writing_slowly(database_url))
        sent = time.monotonic()
        process.send_signal(signum)
        out, err = process.communicate(timeout=30)
        return Ran(process.returncode, out, err), time.monotonic() - sent

    return stop_writer


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
    assert ran.document["reason"] == (
        f"stopped by signal {signum} before anything was applied; the next run carries on"
    )
    assert ran.err.count("\n") == 1
    assert points(database_url) == [0] * 20
    with open_store(database_url) as store:
        recorded = last(store, GUILD, "sync")
        assert (recorded.status, recorded.exit_code) == ("interrupted", code)
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
    assert ran.err == (
        "trc-mee6: streaks interrupted: stopped by signal 15 before anything was applied; the next"
        " run carries on\n"
    )
    with open_store(database_url) as store:
        assert {member.current_streak for member in states(store, GUILD)} == {None}
        assert last(store, GUILD, "streaks").status == "interrupted"


def test_a_command_that_is_no_job_is_stopped_at_once(board, slow_writes, stop, database_url):
    slow_writes("INSERT", "point_transaction", 60)
    who = max(board.players)
    line = ("points", "award", str(who), "5", "--source", "quiz", "--key", "k")
    ran, seconds = stop(signal.SIGTERM, *line, "--format", "json")
    assert (ran.code, seconds < 3) == (143, True)
    assert ran.document == {
        "command": "points award",
        "status": "failed",
        "reason": "Stopped. What was not committed was undone.",
    }
    assert ran.err == "trc-mee6: Stopped. What was not committed was undone.\n"
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
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - sent < SLOWEST_STOP
    assert (process.returncode, err) == (
        143, "trc-mee6: Stopped. What was not committed was undone.\n"
    )  # fmt: skip


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
    assert (ran.code, ran.err) == (143, "trc-mee6: Stopped. What was not committed was undone.\n")
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
    assert (ran.code, ran.err) == (143, "trc-mee6: Stopped. What was not committed was undone.\n")
