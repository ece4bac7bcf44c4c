"""Processes are stopped at any moment of their lives, and nobody's points are ever wrong (R4, R15).

Each command is run again and again on one database while people chat on the board, and is stopped
each time: by the clock, at moments spread over its whole life, or before its Nth word to the
database. After each stop the audit passes, the next run succeeds without help, and everybody has
what the model says.
"""

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from model import Model
from support import GUILD, PROGRAM, Ran, Started, long_form, run_to_end

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.streaks import streaks
from trc_mee6.settings import load
from trc_mee6.standin import Board
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import states
from trc_mee6.store.moments import as_moment
from trc_mee6.store.runs import last

STOPS = long_form("STOPS", short=2)  # of each command, by each signal, on each database
MOST_MISSED = 10
PAGE = 10
KILLED_AT = Path(__file__).with_name("killed_at.py")
COMMANDS = ("sync", "streaks", "backfill-baseline", "points award")
SLOWEST_STOP = 5.0  # seconds in which a process must have ended after a signal


@pytest.fixture
def world(database_url, stand_in, clock, usual, tmp_path):
    environment = usual | {"DATABASE_URL": database_url, "MEE6_PAGE_SIZE": str(PAGE)}
    del environment["PYTHONWARNINGS"]  # who is stopped leaves files to the garbage collector
    return World(database_url, stand_in, clock, environment, tmp_path)


def is_pythons_own(said):
    """Say whether Ctrl-C came before the program's first line, when Python shows a traceback."""
    of_loading = r'trc_mee6/(__init__\.py|__main__\.py", line \d+, in <module>)'
    return "KeyboardInterrupt" in said and "trc_mee6/" not in re.sub(of_loading, "", said)


class World:
    """A guild of 25 with two weeks behind it, and what the model makes of all that happens."""

    def __init__(self, url, stand_in, clock, environment, folder):
        self.url, self.environment, self.folder = url, environment, folder
        self.board = stand_in.add(Board(GUILD, 25, seed=3))
        self.model = Model()
        self.keys = itertools.count()
        settings = load(mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=url)
        with open_store(url) as store:
            for _ in range(14):
                clock.forward(days=1)
                self.board.chat(0.6)
                job = Job(settings, store, clock, GUILD)
                assert sync(job, enroll_all=True).exit_code == 0
                self.model.observe(self.totals(), complete=True, now=clock.now())
            assert streaks(job).exit_code == 0

    def totals(self):
        return {player.discord_id: player.xp for player in self.board.players.values()}

    def prepare(self, command):
        """Let there be something to do; return the command line and what its end means."""
        match command:
            case "sync":
                self.board.chat(0.6)
                return ["sync"], self._synced
            case "streaks":
                return ["streaks", "--rebuild"], lambda _: None
            case "backfill-baseline":
                self.board.chat(0.6)
                return ["backfill-baseline", "--reset", "--yes"], self._reset
        who = random.choice(list(self.model.people))
        key = f"quiz-{next(self.keys)}"
        line = ["points", "award", str(who), "5", "--source", "quiz", "--key", key]
        return line, lambda moment: self.model.people[who].award_points(5, moment.date())

    def _synced(self, moment):
        self.model.observe(self.totals(), complete=True, now=moment)

    def _reset(self, moment):
        self.model.reset(self.totals(), moment)

    def run(self, line):
        return run_to_end([*PROGRAM, *line], self.environment, self.folder)

    def audit(self):
        with open_store(self.url) as store:
            assert list(findings(store)) == []

    def check_ended_well(self, command, before, ran, signum, *, early):
        """A signal ends a process with its own code and a line or two; its run's record is ended.

        It may come too early, before the program has taken it, or too late, when all is done.
        """
        if early and signum == signal.SIGINT and is_pythons_own(ran.err):
            return
        if ran.code == 128 + signum:
            lines = ran.err.splitlines()
            assert 1 <= len(lines) <= 2, ran.err
            assert all(line.startswith("trc-mee6: ") for line in lines), ran.err
        else:
            assert ran.code in ((0, -signum) if early else (0,)), ran
            assert ran.err == ""
        with open_store(self.url) as store:
            recorded = store.sql("SELECT status FROM sync_run").fetchall()
            run = last(store, GUILD, command)
        assert {status for (status,) in recorded} <= {"ok", "interrupted"}
        if command != "points award" and (ran.code == 0 or "interrupted: " in ran.err):
            assert run.exit_code == ran.code
        if "what was under way was undone" in ran.err and command != "streaks":  # of many batches
            assert self.points() == before

    @contextmanager
    def next(self, command):
        """Let a command be stopped in the block; then all is well, and the next run of it ends."""
        line, ended = self.prepare(command)
        yield line
        self.audit()
        again = self.run(line)
        assert (again.code, again.err) == (0, ""), again
        ended(self._moment(command))
        self.compare()

    def _moment(self, command):
        with open_store(self.url) as store:
            if command == "points award":
                (recorded,) = store.row("SELECT max(recorded_at) FROM point_transaction")
                return as_moment(recorded)
            return last(store, GUILD, command, good=True).started_at

    def points(self):
        with open_store(self.url) as store:
            return [(one.discord_id, one.points, one.leftover_xp) for one in states(store, GUILD)]

    def compare(self):
        with open_store(self.url) as store:
            for found in states(store, GUILD):
                person = self.model.people[found.discord_id]
                assert (found.points, found.leftover_xp) == (person.points(), person.leftover())

    def compare_streaks(self):
        assert self.run(["streaks"]).code == 0
        with open_store(self.url) as store:
            for found in states(store, GUILD):
                judged = (found.current_streak, found.longest_streak)
                assert judged == self.model.people[found.discord_id].streak()
        checked = self.run(["db", "check"])
        assert (checked.code, checked.err) == (0, "")

    def measure(self, command):
        """How long a process of this command lives, in seconds, and how many words it says."""
        line, ended = self.prepare(command)
        began = time.monotonic()
        ran = self.run_listened_to(0, 0, line)
        seconds = time.monotonic() - began
        assert ran.code == 0
        ended(self._moment(command))
        return seconds, int(ran.err)

    def run_listened_to(self, word, signum, line):
        command = [sys.executable, KILLED_AT, word, signum, *line]
        return run_to_end([str(part) for part in command], self.environment, self.folder)

    def stop_after(self, seconds, signum, line):
        """Send a process a signal so many seconds after its start, if it still lives."""
        process = Started(
            [*PROGRAM, *line],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(seconds)
        process.send_signal(signum)
        sent = time.monotonic()
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - sent < SLOWEST_STOP
        return Ran(process.returncode, out, err)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", COMMANDS)
def test_r4_whenever_a_process_is_stopped_nobodys_points_are_wrong(world, command, signum, request):
    # Each of these tests stops at other moments, so few stops of each are spread well.
    seed = request.node.name if "CI" in os.environ else random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown if it fails
    chance = random.Random(seed)
    seconds, words = world.measure(command)
    ends = Counter[int]()
    hit = -signum if signum == signal.SIGKILL else 128 + signum
    while ends[hit] < STOPS:  # what came before or after the program's own life does not count
        part = ends.total()
        assert part < MOST_MISSED + 3 * STOPS, f"too many stops changed nothing: {ends}"
        where = (part + chance.random()) / STOPS % 1
        with world.next(command) as line:
            before = world.points()
            by_clock = chance.random() < 0.5
            if by_clock:
                stopped = world.stop_after(where * seconds, signum, line)
            else:
                stopped = world.run_listened_to(1 + int(where * words), signum, line)
            ends[stopped.code] += 1
            if signum == signal.SIGKILL:
                assert stopped.code in (0, -signum)
            else:
                world.check_ended_well(command, before, stopped, signum, early=by_clock)
    world.compare_streaks()
    print(f"{signum.name}, {command}: ends by exit code {dict(ends)}")  # noqa: T201 - for make crashes
