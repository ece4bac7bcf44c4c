"""`trc-mee6 streaks` as a process: what it prints and answers, and its exit codes."""

from datetime import UTC, datetime, timedelta

import pytest
from cli.conftest import plain
from cli.schemas import FAILURE, JUDGED, conforms
from filelock import FileLock
from support import GUILD, PASSWORD

ADA, BOB = 100000000000000000, 100000000000000001
MONDAY = datetime(2026, 1, 5, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def day_passes(board, sync_at):
    """Let these gain XP at noon of the next day, and a sync see the day's end."""
    board.join(ADA, 100, "Ada")
    board.join(BOB, 100, "Bob")
    sync_at(MONDAY)
    begins = [MONDAY]

    def pass_day(*active):
        for who in active:
            board.gain(who, 50)
        sync_at(begins[-1] + timedelta(hours=12))
        begins.append(begins[-1] + timedelta(days=1))
        sync_at(begins[-1])

    return pass_day


def test_r10_a_night_is_told_in_one_line(run_at, day_passes):
    day_passes(ADA, BOB)
    dry = run_at("2026-01-06 00:05:00", "streaks", "--dry-run")
    first = run_at("2026-01-06 00:05:00", "streaks")
    assert (first.code, first.err) == (0, "")
    assert first.out == "streaks ok: judged through 2026-01-05: 2 extended, 0 broken, 0 unchanged\n"
    assert dry.out == first.out.replace("ok:", "ok (dry run, nothing was written):")
    day_passes(ADA)
    second = run_at("2026-01-07 00:05:00", "streaks").out
    assert second == "streaks ok: judged through 2026-01-06: 1 extended, 1 broken, 0 unchanged\n"
    assert run_at("2026-01-07 00:06:00", "-q", "streaks").out == ""
    unseen = run_at("2026-01-08 00:05:00", "streaks").out
    assert unseen == (
        "streaks ok: judged through 2026-01-06: 0 extended, 0 broken, 0 unchanged, 2 pending (not"
        " observed since 2026-01-07 ended)\n"
    )


def test_r11_a_rebuild_and_its_document(run_at, day_passes):
    day_passes(ADA, BOB)
    run_at("2026-01-06 00:05:00", "streaks")
    ran = run_at("2026-01-06 00:07:00", "streaks", "--rebuild", "--format", "json")
    conforms(ran.document, JUDGED)
    assert ran.document == {
        "command": "streaks",
        "status": "ok",
        "guild_id": str(GUILD),
        "sync_id": ran.document["sync_id"],
        "started_at": ran.document["started_at"],
        "finished_at": ran.document["finished_at"],
        "judged_through": "2026-01-05",
        "members": {"total": 2, "extended": 0, "broken": 0, "unchanged": 2, "pending": 0},
        "rebuilt": True,
        "reason": None,
        "dry_run": False,
    }
    shown = run_at("2026-01-06 00:08:00", "status", "--format", "json").document
    assert shown["runs"]["streaks"]["sync_id"] == ran.document["sync_id"]


def test_a_terminal_shows_a_table(terminal, day_passes):
    day_passes(ADA)
    shown = plain(terminal("streaks", "--dry-run").out)
    for words in (
        "streaks ok",
        "through 2026-01-05",
        "Members",
        "2, not observed since",
        "dry run",
    ):
        assert words in shown


def test_with_nobody_observed_nothing_is_judged(run):
    run("members", "link", str(ADA))
    ran = run("streaks")
    assert ran.code == 0
    assert ran.out.startswith("streaks ok: judged no day, for none is over and observed yet: 0 ext")
    assert "1 pending" in ran.out


@pytest.mark.parametrize(
    ("words", "settings", "code", "says"),
    [
        ((), {}, 78, "knows no member of guild"),
        ((), {"MEE6_GUILD_ID": None}, 78, "MEE6_GUILD_ID"),
        (("--guild", "12"), {}, 2, "17 to 19 digits"),
        (
            (),
            {"DATABASE_URL": f"postgresql://u:{PASSWORD}@127.0.0.1:9/db"},
            69,
            "cannot be reached",
        ),
    ],
)
def test_what_cannot_be_judged_says_why(run, words, settings, code, says):
    ran = run("streaks", *words, "--format", "json", **settings)
    assert ran.code == code
    conforms(ran.document, FAILURE)
    assert says in ran.err
    assert PASSWORD not in ran.out + ran.err


def test_a_second_run_at_the_same_time_is_told(run, day_passes, tmp_path):
    with FileLock(tmp_path / f"trc-mee6.db.streaks-{GUILD}.lock"):
        ran = run("streaks", "--format", "json")
        plainly = run("-q", "streaks")
    assert (ran.code, plainly.code) == (75, 75)
    conforms(ran.document, JUDGED)
    assert ran.document["status"] == "locked"
    assert plainly.err == f"trc-mee6: streaks locked: {ran.document['reason']}\n"
