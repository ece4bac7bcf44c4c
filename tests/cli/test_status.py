"""`trc-mee6 status` as a process."""

from datetime import UTC, datetime, timedelta

import pytest
from cli.conftest import plain
from cli.schemas import STATUS, conforms
from support import GUILD

from trc_mee6.standin import faults

ADA = 100000000000000000


@pytest.fixture
def player(board):
    board.join(ADA, 550, "Ada")
    return board


def test_before_the_first_sync_it_is_unhealthy(run):
    ran = run("status", "--check")
    assert (ran.code, ran.err) == (
        1, "trc-mee6: not healthy: no sync has done its work yet; run: trc-mee6 sync\n",
    )  # fmt: skip
    assert "Last good sync     never\n" in ran.out
    assert f"Guild              {GUILD}\n" in ran.out
    assert "Members            0 linked of 0 known\n" in ran.out
    quiet = run("-q", "status")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_after_a_sync_it_is_healthy_and_shows_how_things_stand(run, terminal, player, sqlite_url):
    run("sync", "--enroll-all")
    ran = run("status", "--check", MEE6_GUILD_ID=None)  # the only guild there is
    assert (ran.code, ran.err) == (0, "")
    rows = dict(line.split("  ", 1) for line in ran.out.splitlines()[1:])
    said = {title: value.strip() for title, value in rows.items()}
    assert said["Guild"] == f"The Stand-In ({GUILD})"
    assert said["Database"] == sqlite_url
    assert said["Last sync"].startswith("ok at 20")
    assert said["Cooldown"] == said["Hold"] == "none"
    assert (said["Members"], said["Check"]) == ("1 linked of 1 known", "passed")
    assert "│ Check             │ passed" in plain(terminal("status").out)
    assert run("-q", "status", "--check").out == ""


def test_a_failure_a_cooldown_and_a_stale_sync_are_shown(run, run_at, player, stand_in):
    run("sync", "--enroll-all")
    stand_in.misbehave(faults.too_many())
    run("sync")
    table = run("status").out
    assert "rate limited at 20" in table
    assert "MEE6 said 429" in table
    assert "Cooldown           until 20" in table
    assert "Failures in a row  1\n" in table
    later = run_at(datetime.now(UTC) + timedelta(hours=2), "status", "--check", "--format", "json")
    assert later.code == 1
    conforms(later.document, STATUS)
    assert later.document["cooldown_until"] is None
    assert later.document["consecutive_failures"] == 1
    assert "more than an hour ago" in later.err
    assert run_at(datetime.now(UTC) + timedelta(minutes=50), "status", "--check").code == 0


def test_a_hold_is_shown_with_since_when(run, board):
    for number in range(4):
        board.join(ADA + number, 1000)
    run("sync", "--enroll-all")
    board.reset()
    assert run("sync").code == 65
    ran = run("status", "--check")
    assert ran.code == 1
    assert "Hold               since 20" in ran.out
    assert "4 of 4 members" in ran.out
    assert "runs are held since" in ran.err
