"""Several processes at once on one database: R12 and the lock, for real."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise

import pytest
from support import GUILD, until

from trc_mee6.standin import Board, faults

OTHER_GUILD = GUILD + 1


@pytest.fixture
def start(start, database_url):
    """Start `trc-mee6` on either kind of database and do not wait."""
    return partial(start, DATABASE_URL=database_url, MEE6_TIMEOUT=20)


def test_the_second_run_of_a_guild_ends_at_once_and_says_who_runs(start, stand_in):
    stand_in.add(Board(GUILD, 50))
    stand_in.misbehave(faults.silence(20))
    first = start("sync", "--enroll-all")
    until(lambda: stand_in.asked)
    began = time.monotonic()
    second = start("sync", "--enroll-all")
    out, err = second.communicate(timeout=15)
    assert second.returncode == 75
    assert out == ""
    assert f"sync (process {first.pid} on " in err
    assert "since 20" in err
    assert time.monotonic() - began < 5
    assert len(stand_in.asked) == 1


def test_a_lock_dies_with_its_process(start, stand_in):
    stand_in.add(Board(GUILD, 50))
    stand_in.misbehave(faults.silence(20))
    first = start("sync", "--enroll-all")
    until(lambda: stand_in.asked)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = start("sync", "--enroll-all")
    out, err = second.communicate(timeout=20)
    assert (second.returncode, err) == (0, "")
    assert "50 given a baseline" in out


def test_r12_processes_share_one_pace(start, stand_in):
    """Two guilds are swept at once; no two requests are closer than the interval."""
    for guild in (GUILD, OTHER_GUILD):
        stand_in.add(Board(guild, 50))
    interval = 0.5
    runs = [
        start(
            "sync", "--enroll-all", "--guild", str(guild),
            MEE6_PAGE_SIZE=10, MEE6_REQUEST_INTERVAL=interval,
        )
        for guild in (GUILD, OTHER_GUILD)
    ]  # fmt: skip
    for process in runs:
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert "50 given a baseline" in out
    times = [asked.at for asked in stand_in.asked]
    assert len(times) == 12
    # A slot is a moment to send; what the machine needs from there to the server varies a little.
    assert min(later - earlier for earlier, later in pairwise(times)) > interval * 0.4
    assert times[-1] - times[0] > interval * 11 * 0.95


def test_awards_and_a_sync_at_once_lose_nothing(start, stand_in, database_url, environment):
    stand_in.add(Board(GUILD, 5, seed=1))
    person = str(next(iter(stand_in.boards[GUILD].players)))
    first = start("sync", "--enroll-all")
    first.communicate(timeout=20)
    script = (
        "import sys; from trc_mee6 import award_discord_points\n"
        "for n in range(20): award_discord_points(sys.argv[1], 30, f'{sys.argv[2]}-{n}')"
    )
    settings = {"DATABASE_URL": database_url, "MEE6_GUILD_ID": str(GUILD)}
    awarding = [
        subprocess.Popen([sys.executable, "-c", script, person, name], env=environment | settings)
        for name in ("a", "b")
    ]
    for _ in range(3):
        stand_in.boards[GUILD].gain(int(person), 70)
        run = start("sync")
        out, err = run.communicate(timeout=20)
        assert (run.returncode, err) == (0, "")
    assert [process.wait(30) for process in awarding] == [0, 0]
    check = start("db", "check")
    out, err = check.communicate(timeout=20)
    assert (check.returncode, err) == (0, "")
    shown = start("members", "show", person, "--format", "json")
    out, _ = shown.communicate(timeout=20)
    assert '"mee6_points": 14' in out  # 40 x 30 and 3 x 70 XP
    assert '"leftover_xp": 10' in out
