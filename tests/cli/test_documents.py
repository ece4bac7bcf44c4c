"""`--format json`: exactly one document on standard output, as documented, of every command."""

import pytest
from cli import schemas
from cli.schemas import conforms
from support import GUILD, PASSWORD

from trc_mee6.standin import faults

ADA = 100000000000000000


@pytest.fixture
def measured():
    """Nothing: each command's own tests run the same lines."""
    return {}


@pytest.fixture
def full(run, board):
    """A guild with points, a member of the operator's own and one who was never seen."""
    board.join(ADA, 500, "Ada")
    board.join(ADA + 1, 300, None)
    run("members", "link", str(ADA), "--member-id", "7")
    run("members", "link", str(ADA + 2))
    run("sync", "--enroll-all")
    board.gain(ADA, 250)
    return board


def test_every_command_answers_with_its_document(run, full):
    for words, schema in (
        ("sync --dry-run", schemas.DRY_SYNC),
        ("sync", schemas.SYNC),
        ("backfill-baseline --dry-run", schemas.DRY_BACKFILL),
        ("backfill-baseline", schemas.BACKFILL),
        ("leaderboard", schemas.LEADERBOARD),
        ("leaderboard --by xp --period 7d --top 1", schemas.LEADERBOARD),
        ("leaderboard --by streak", schemas.LEADERBOARD),
        ("leaderboard --source mee6", schemas.LEADERBOARD),
        (f"forecast {ADA}", schemas.FORECAST),
        (f"forecast {ADA} --xp 10 --days 7", schemas.FORECAST),
        (f"forecast {ADA + 1} --overtake {ADA}", schemas.FORECAST),
        ("members list", schemas.MEMBERS_LIST),
        (f"members show {ADA}", schemas.MEMBERS_SHOW),
        (f"members show {ADA + 2}", schemas.MEMBERS_SHOW),
        (f"members link {ADA + 3} --dry-run", schemas.LINKED),
        ("members import -", schemas.LINKED),
        (f"members unlink {ADA + 2}", schemas.UNLINKED),
        ("points award 7 5 --source quiz --key q1 --dry-run", schemas.AWARDED),
        ("points award 7 5 --source quiz --key q1", schemas.AWARDED),
        ("points adjust 7 -5 --reason oops", schemas.AWARDED),
        ("points history", schemas.HISTORY_SUMS),
        ("points history 7", schemas.HISTORY_LINES),
        ("points history --lines --limit 1", schemas.HISTORY_LINES),
        ("streaks", schemas.JUDGED),
        ("streaks --rebuild --dry-run", schemas.JUDGED),
        ("status", schemas.STATUS),
        ("status --check", schemas.STATUS),
        ("db upgrade", schemas.UPGRADED),
        ("db upgrade --dry-run", schemas.UPGRADED),
        ("db check", schemas.CHECKED),
    ):
        for quiet in ((), ("--quiet",)) if words in ("sync", "leaderboard", "status") else ((),):
            ran = run(*quiet, *words.split(), "--format", "json", stdin=f"{ADA},7,Ada\n")
            assert (ran.code, ran.err) == (0, ""), words
            conforms(ran.document, schema)


def test_documents_say_what_happened(run, full):
    synced = run("sync", "--format", "json").document
    assert synced | {"members": {}} == {
        "command": "sync",
        "status": "ok",
        "guild_id": str(GUILD),
        "sync_id": synced["sync_id"],
        "started_at": synced["started_at"],
        "finished_at": synced["finished_at"],
        "requests": 2,
        "pages": 2,
        "complete_sweep": True,
        "players_seen": 2,
        "members": {},
        "xp": {"gained": 250, "lost": 0},
        "points": {"awarded": 2, "deducted": 0},
        "cooldown_until": None,
        "reason": None,
        "dry_run": False,
    }
    assert synced["members"] == {
        "tracked": 3, "observed": 3, "baselined": 0, "changed": 1, "absent": 1, "enrolled": 0,
    }  # fmt: skip
    assert synced["started_at"] <= synced["finished_at"]
    shown = run("members", "show", str(ADA), "--format", "json").document
    member = shown["member"]
    assert (member["xp_total"], member["baseline_xp"]) == (750, 500)
    assert (member["points"], member["leftover_xp"], member["member_id"]) == (2, 50, "7")
    assert [row["activity_type"] for row in shown["activity"]] == ["xp", "baseline"]
    assert shown["activity"][1]["xp_delta"] is None  # R3
    (line,) = shown["transactions"]
    assert (line["source"], line["key"], line["points"]) == ("mee6", synced["sync_id"], 2)
    listed = run("members", "list", "--format", "json").document["members"]
    assert listed[0] == member
    assert (listed[1]["username"], listed[2]["xp_total"]) == (None, 0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("members import nowhere.csv", 65),
        ("members import -", 65),
        (f"forecast {ADA + 9}", 78),
        (f"forecast {ADA} --days 6", 2),
        (f"members show {ADA + 9}", 78),
        (f"members unlink {ADA + 9}", 78),
        ("points award 7 0 --source quiz --key q1", 2),
        ("points adjust 7 -1", 2),
        ("points history --since yesterday", 2),
        ("points history", 78),
        ("leaderboard --output nowhere/board.json", 78),
        ("status --guild 12", 2),
    ],
)
def test_a_command_that_fails_says_why_in_its_document(run, words, code):
    ran = run(*words.split(), "--format", "json")
    assert ran.code == code
    conforms(ran.document, schemas.FAILURE)
    assert ran.document["command"] == " ".join(
        words.split()[: 2 if words.startswith(("members", "points")) else 1]
    )
    said = ran.document["reason"].splitlines()
    assert ran.err == "".join(f"trc-mee6: {line}\n" for line in said)


@pytest.mark.parametrize(
    ("command", "schema"),
    [
        ("sync", schemas.FAILURE),
        ("backfill-baseline", schemas.FAILURE),
        ("leaderboard", schemas.FAILURE),
        ("members list", schemas.FAILURE),
        ("points history", schemas.FAILURE),
        ("status", schemas.FAILURE),
        ("db check", schemas.FAILURE),
        ("db upgrade", schemas.FAILURE),
    ],
)
def test_a_database_out_of_reach_is_told_in_the_document(run, command, schema):
    url = f"postgresql://u:{PASSWORD}@127.0.0.1:9/db"
    ran = run(*command.split(), "--format", "json", DATABASE_URL=url)
    assert ran.code == 69
    conforms(ran.document, schema)
    assert ran.document["command"] == command
    assert PASSWORD not in ran.out + ran.err


def test_a_failed_backfill_has_the_shape_of_a_good_one(run, full, stand_in):
    stand_in.misbehave(faults.status(401))
    ran = run("backfill-baseline", "--format", "json")
    assert ran.code == 77
    conforms(ran.document, schemas.BACKFILL)
    assert ran.document["status"] == "failed"
