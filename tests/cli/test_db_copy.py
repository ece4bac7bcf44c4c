"""`trc-mee6 db copy` as a process: what it prints, its exit codes, its document."""

import pytest
from cli.schemas import COPIED, FAILURE, conforms
from support import GUILD, PASSWORD, until

from trc_mee6.standin import faults
from trc_mee6.store.connect import open_store

ADA = 100000000000000000


@pytest.fixture
def kept(run, board):
    """A guild of two with a ledger line, in the processes' own database."""
    board.join(ADA, 1000, "Ada")
    board.join(ADA + 1, 5)
    run("sync", "--enroll-all")
    board.gain(ADA, 250)
    run("sync")
    return board


def test_a_ledger_moves_and_the_commands_go_on_in_its_new_place(run, kept, sqlite_url, other_url):
    rows = "2 members, 3 activity rows, 1 ledger line, 2 runs"
    dry = run("db", "copy", sqlite_url, other_url, "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert dry.out.startswith(
        f"db copy (dry run, nothing was written): would copy {rows} from sqli"
    )
    done = run("db", "copy", sqlite_url, other_url)
    assert (done.code, done.err) == (0, "")
    said, then = done.out.splitlines()
    assert said.startswith(f"db copy: {rows} copied to {other_url.partition(':')[0]}:")
    assert then.startswith("Now set DATABASE_URL to the new address on every host")
    kept.gain(ADA, 60)
    moved = {"DATABASE_URL": other_url}
    assert "1 changed (XP +60, points +1)" in run("sync", **moved).out
    check = run("db", "check", **moved)
    assert (check.code, check.err) == (0, "")
    again = run("db", "copy", sqlite_url, other_url)
    assert (again.code, again.out, again.err.count("\n")) == (78, "", 1)
    assert "is not empty, guild has rows. Nothing was written; name a new file" in again.err
    assert run("-q", "db", "copy", other_url, f"{sqlite_url}.back", **moved).out == ""
    assert run("status", DATABASE_URL=f"{sqlite_url}.back").code == 0


def test_the_document_of_a_copy(run, kept, sqlite_url, other_url):
    dry = run("db", "copy", sqlite_url, other_url, "--dry-run", "--format", "json")
    done = run("db", "copy", "--format", "json", sqlite_url, other_url)
    for ran in (dry, done):
        assert (ran.code, ran.err) == (0, "")
        conforms(ran.document, COPIED)
    assert dry.document == done.document | {"dry_run": True, "findings": None}
    assert done.document["rows"] == {
        "guild": 1, "member": 2, "discord_activity": 3, "point_transaction": 1, "member_gain": 2,
        "sync_run": 2, "alert": 0, "discord_post": 0, "request_pace": 1,
    }  # fmt: skip
    again = run("db", "copy", "--format", "json", sqlite_url, other_url)
    assert again.code == 78
    conforms(again.document, FAILURE)


def test_what_was_wrong_before_is_copied_and_told(run, kept, sqlite_url, other_url):
    with open_store(sqlite_url) as store:
        store.sql("UPDATE member SET points = 7")
    done = run("-q", "db", "copy", sqlite_url, other_url)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("trc-mee6: The audit finds 2 things wrong, in sqlite:///")
    assert run("db", "check", DATABASE_URL=other_url).code == 1


@pytest.mark.parametrize(
    ("source", "target", "code", "says"),
    [
        ("sqlite:///nowhere.db", "sqlite:///new.db", 78, "FROM: there is no file"),
        ("{kept}", "{kept}", 78, "FROM and TO are the same database"),
        ("{kept}", "nowhere", 78, "TO is not a database this program knows"),
        ("{kept}", "postgresql://me:{password}@127.0.0.1:9/db", 69, "@127.0.0.1:9/db cannot be"),
        ("postgresql://me:{password}@127.0.0.1:9/db", "sqlite:///new.db", 69, "cannot be reached"),
        ("postgresql://me:{password}@x@y:9/db", "sqlite:///new.db", 78, "FROM is not a Postgres"),
        ("--password={password}", "sqlite:///new.db", 2, "No such option: --password"),
        ("{kept}", None, 2, "Missing argument 'TO'"),
    ],
)
def test_what_cannot_be_copied_is_named_without_a_password(
    run, kept, sqlite_url, tmp_path, source, target, code, says
):
    words = [word.format(kept=sqlite_url, password=PASSWORD) for word in (source, target) if word]
    ran = run("--log-level", "debug", "db", "copy", *words, "--format", "json")
    assert ran.code == code
    conforms(ran.document, FAILURE)
    assert says in ran.err
    assert PASSWORD not in ran.out + ran.err
    assert not (tmp_path / "new.db").exists()


def test_a_file_that_nobody_may_write_beside_is_told(run, kept, sqlite_url, tmp_path):
    (tmp_path / f"trc-mee6.db.board-{GUILD}.lock").unlink()
    (tmp_path / f"trc-mee6.db.board-{GUILD}.lock").mkdir()
    ran = run("db", "copy", sqlite_url, "sqlite:///new.db")
    assert (ran.code, ran.out) == (69, "")
    assert "must belong to the user that runs this program" in ran.err


def test_a_run_under_way_keeps_its_database(run, start, stand_in, kept, sqlite_url):
    stand_in.misbehave(faults.silence(20))
    asked = len(stand_in.asked)
    process = start("sync")
    until(lambda: len(stand_in.asked) > asked)
    ran = run("db", "copy", sqlite_url, "sqlite:///new.db", "--format", "json")
    assert ran.code == 75
    assert f"Another run is under way: sync (process {process.pid} on " in ran.document["reason"]
