"""`db copy` stopped at any moment, and typed as docs/move.md says."""

import os
import re
import signal
import sys
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from support import GUILD, PROGRAM, is_being_written, run_to_end, until

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.streaks import streaks
from trc_mee6.settings import load
from trc_mee6.standin import Board
from trc_mee6.store.connect import connected, open_store
from trc_mee6.store.db_copy import NAMES, counted, require_empty
from trc_mee6.store.schema import pending

KILLED_AT = Path(__file__).with_name("killed_at.py")
DOCS = Path(__file__).parents[2] / "docs"
PARTS = (0.2, 0.5, 0.8, 0.97)  # of all that a copy says to the databases
SLOWEST_STOP = 5.0
MANY = 20_000
STOPPED = [
    "trc-mee6: Stopped. What was not committed was undone.",
    "trc-mee6: TO has everything or nothing. Repeat the command: if all is there, it is refused.",
]


def lived(url, stand_in, clock, players, days=3):
    """Let a guild have a history; return its board."""
    board = stand_in.add(Board(GUILD, players, seed=3))
    settings = load(mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=url)
    with open_store(url) as store:
        for _ in range(days):
            clock.forward(days=1)
            board.chat(0.6)
            assert sync(Job(settings, store, clock, GUILD), enroll_all=True).exit_code == 0
        assert streaks(Job(settings, store, clock, GUILD)).exit_code == 0
    return board


def rows_of(url):
    """How many rows, by table; none if nothing but a fresh database is there."""
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}
    with connected(url, "X") as store:
        if pending(store):
            require_empty(store, "X")
            return {}
        rows = counted(store)
    return {} if rows == dict.fromkeys(NAMES, 0) | {"request_pace": 1} else rows


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_a_copy_stopped_at_any_moment_leaves_nothing_and_is_repeated(
    usual, tmp_path, stand_in, clock, database_url, other_url, signum
):
    lived(database_url, stand_in, clock, 25)
    everything = rows_of(database_url)
    environment = dict(usual)
    del environment["PYTHONWARNINGS"]  # who is stopped leaves files to the garbage collector
    line = ["db", "copy", database_url, other_url]

    def run_listened_to(word, signum):
        command = [sys.executable, KILLED_AT, word, int(signum), *line]
        return run_to_end([str(part) for part in command], environment, tmp_path)

    words = int(run_listened_to(0, 0).err)
    for part in PARTS:
        make_anew(other_url)
        stopped = run_listened_to(int(part * words), signum)
        assert rows_of(other_url) == {}
        if signum == signal.SIGKILL:
            assert stopped.code == -signum
        else:
            assert (stopped.code, stopped.err.splitlines()) == (143, STOPPED)
        again = run_to_end([*PROGRAM, *line], environment, tmp_path)
        assert (again.code, again.err) == (0, "")
        assert rows_of(other_url) == rows_of(database_url) == everything


def make_anew(url):
    """Leave an empty database, or no file."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()
        return
    with psycopg.connect(url) as server:
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")


def is_filled_now(url):
    """Say whether somebody writes rows into it."""
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        return Path(f"{file}-wal").exists() and is_being_written(file)
    query = """SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted
        AND relation = to_regclass('member') AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())"""
    with psycopg.connect(url) as other:
        return other.execute(query).fetchone() == (1,)


def test_a_copy_of_many_ends_within_seconds_of_a_signal(
    start, run, stand_in, clock, database_url, other_url
):
    lived(database_url, stand_in, clock, MANY, days=1)
    process = start("db", "copy", database_url, other_url)
    until(lambda: is_filled_now(other_url))
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - sent < SLOWEST_STOP
    assert (process.returncode, err.splitlines()) == (143, STOPPED)
    assert rows_of(other_url) == {}
    assert run("db", "copy", database_url, other_url).code == 0
    assert rows_of(other_url) == rows_of(database_url)


class Steps(NamedTuple):
    """What docs/move.md says to type, block by block."""

    upgrade: str
    password: str
    addresses: str
    copy: str
    switch: str
    go_on: str


def steps_of_docs():
    blocks = re.findall(
        r"^ *```sh\n(.*?)^ *```$", (DOCS / "move.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return Steps(*map(textwrap.dedent, blocks))


@pytest.fixture
def type_in(environment, tmp_path):
    """Type commands into a shell, of a user whose settings are in ~/trc-mee6.env."""
    path = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))

    def typed(commands, **variables):
        given = environment | {"PATH": path} | variables
        return run_to_end(["sh", "-c", commands], given, tmp_path)

    return typed


def test_the_steps_of_the_docs_move_a_ledger_there_and_back(
    type_in, stand_in, clock, postgres_url, tmp_path
):
    says = steps_of_docs()
    here = type_in(f'{says.addresses}echo "$OLD"').out.strip()
    assert here == f"sqlite:///{tmp_path}/.local/share/trc-mee6/trc-mee6.db"
    Path(here.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    settings = tmp_path / "trc-mee6.env"
    settings.write_text(
        f"MEE6_GUILD_ID={GUILD}\nMEE6_BASE_URL={stand_in.url}\nMEE6_REQUEST_INTERVAL=0\n"
    )
    board = lived(here, stand_in, clock, 25)
    places = {"OLD": here, "NEW": postgres_url}  # in place of the server in the docs
    for commands in (says.upgrade, says.password, says.copy):
        done = type_in(commands, **places)
        assert (done.code, done.err) == (0, "")
    assert (tmp_path / ".pgpass").stat().st_mode & 0o777 == 0o600
    kept = Path(here.removeprefix("sqlite:///")).read_bytes()
    everything = rows_of(here)
    board.chat(1.0)
    assert type_in(says.switch, **places).code == 0
    shown = type_in(says.go_on, **places)
    assert shown.code == 0
    assert "postgresql://" in shown.out
    assert "25 changed (XP +" in shown.out
    assert rows_of(here) == everything
    assert Path(here.removeprefix("sqlite:///")).read_bytes() == kept

    back = {"OLD": postgres_url, "NEW": f"sqlite:///{tmp_path}/back.db"}
    assert type_in(says.upgrade + says.copy + says.switch, **back).code == 0
    assert "back.db" in type_in(says.go_on, **back).out
    assert rows_of(back["NEW"])["sync_run"] == everything["sync_run"] + 2
