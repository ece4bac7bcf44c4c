"""`trc-mee6 db`, and databases that cannot be used: each is named, and nothing is changed."""

import socket
import struct
import threading

import pytest
from cli.schemas import CHECKED, FAILURE, conforms
from support import GUILD, PASSWORD

from trc_mee6.store.connect import open_store

ADA = 100000000000000000


def test_r1_the_audit_passes_and_then_names_the_member_that_does_not_add_up(run, board, sqlite_url):
    board.join(ADA, 1000, "Ada")
    run("sync", "--enroll-all")
    board.gain(ADA, 250)
    run("sync")
    good = run("db", "check")
    assert (good.code, good.err) == (0, "")
    assert good.out == (
        "db check: 1 member audited, every point and streak accounted for (1 to be judged by:"
        " trc-mee6 streaks)\n"
    )
    run("streaks")
    judged = run("db", "check").out
    assert judged == "db check: 1 member audited, every point and streak accounted for\n"
    assert run("-q", "db", "check").out == ""
    with open_store(sqlite_url) as store:
        store.sql("UPDATE point_transaction SET points = 3")
    bad = run("db", "check", "--format", "json")
    assert bad.code == 1
    conforms(bad.document, CHECKED)
    assert bad.document["findings"] == [
        {"guild_id": str(GUILD), "discord_id": str(ADA), "what": what}
        for what in (
            "its ledger lines from XP do not make up its XP since the baseline (R1)",
            "its stored points are not the sum of its ledger lines",
            "its sums by day and month are not those of its lines (R8)",
        )
    ]
    quiet = run("-q", "db", "check")
    assert (quiet.code, quiet.out) == (1, "")
    *named, what_to_do = quiet.err.splitlines()
    assert named == [
        f"trc-mee6: member {ADA} of guild {GUILD}: {found['what']}"
        for found in bad.document["findings"]
    ]
    assert what_to_do.endswith("trc-mee6 db check --repair --dry-run")


@pytest.fixture
def damaged(run, board, sqlite_url):
    """A sound ledger whose member's stored numbers were changed by hand."""
    board.join(ADA, 1000, "Ada")
    run("sync", "--enroll-all")
    board.gain(ADA, 250)
    run("sync")
    with open_store(sqlite_url) as store:
        store.sql("UPDATE member SET points = 7, last_active_on = NULL")
    return store


def test_a_repair_says_what_it_set_and_leaves_nothing_wrong(run, damaged):
    dry = run("db", "check", "--repair", "--dry-run")
    assert dry.code == 0
    first, last = dry.out.splitlines()
    assert (
        f"member {ADA} of guild {GUILD}: would set points 7 -> 2, last_active_on none -> " in first
    )
    assert last == "db check: 1 member audited; this was a dry run, nothing was written"
    assert run("db", "check").code == 1
    done = run("db", "check", "--repair", "--format", "json")
    assert (done.code, done.err) == (0, "")
    conforms(done.document, CHECKED)
    assert done.document["status"] == "ok"
    assert len(done.document["findings"]) == 2
    assert [(set_["column"], set_["from"]) for set_ in done.document["repaired"]] == [
        ("points", 7),
        ("last_active_on", None),
    ]
    again = run("db", "check", "--repair")
    assert (again.code, again.out.count("\n")) == (0, 1)
    assert "every point and streak accounted for" in again.out


def test_a_repair_never_touches_a_line_and_says_what_is_left(run, damaged, sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql("UPDATE point_transaction SET points = 3")
    ran = run("db", "check", "--repair")
    assert ran.code == 1
    assert "set points 7 -> 3, mee6_points 2 -> 3" in ran.out
    assert ran.err == (
        f"trc-mee6: member {ADA} of guild {GUILD}: its ledger lines from XP do not make up its XP"
        " since the baseline (R1); this cannot be worked out anew\n"
        "trc-mee6: These lines were changed or deleted, and are left as they are. Restore a backup,"
        " or book what is missing: trc-mee6 points adjust\n"
    )
    with open_store(sqlite_url) as store:
        assert store.row("SELECT points FROM point_transaction") == (3,)


def test_a_repair_tells_what_it_set_even_when_quiet(run, damaged):
    ran = run("-q", "db", "check", "--repair")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert ran.out.startswith(f"member {ADA} of guild {GUILD}: set points 7 -> 2")


def test_a_database_that_fails_in_the_middle_of_an_audit_is_told_without_a_traceback(
    run, damaged, sqlite_url
):
    with open_store(sqlite_url) as store:
        store.sql("ALTER TABLE point_transaction RENAME COLUMN source TO origin")
    ran = run("db", "check")
    assert (ran.code, ran.err.count("\n")) == (69, 1)
    assert "no such column" in ran.err


def test_a_check_without_repair_has_nothing_to_try(run):
    ran = run("db", "check", "--dry-run")
    assert (ran.code, ran.out) == (2, "")
    assert "give it with --repair" in ran.err


def test_upgrade_brings_an_empty_database_up_to_date(run, database_url):
    settings = {"DATABASE_URL": database_url}
    dry = run("db", "upgrade", "--dry-run", **settings)
    assert (dry.code, dry.out) == (
        0,
        "db upgrade: would apply 0001_the_ledger, 0002_streaks, 0003_gains, 0004_posts\n",
    )
    assert (
        run("db", "upgrade", **settings).out
        == "db upgrade: applied 0001_the_ledger, 0002_streaks, 0003_gains, 0004_posts\n"
    )
    assert run("db", "upgrade", **settings).out == "db upgrade: up to date\n"
    assert run("-q", "db", "upgrade", **settings).out == ""


def test_a_database_of_a_newer_version_is_left_alone(run, sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql(
            """INSERT INTO schema_migration (name, applied)
            SELECT '9999_tomorrow', max(applied) FROM schema_migration"""
        )
    for words in (("sync",), ("status",), ("db", "check"), ("db", "upgrade")):
        ran = run(*words, "--format", "json")
        assert ran.code == 78
        conforms(ran.document, FAILURE)
        assert "made by a newer version (9999_tomorrow)" in ran.err
        assert "upgrade this program" in ran.err


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("nowhere/ledger.db", 78, "nowhere does not exist. Create it, or name another file"),
        ("file/ledger.db", 78, "Not a directory"),
        ("/proc/ledger.db", 78, "/proc"),
        ("damaged.db", 69, "It is damaged, or no database"),
        ("folder", 69, "folder"),
    ],
)
def test_a_sqlite_path_that_does_not_work_is_named(run, tmp_path, path, code, says):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "damaged.db").write_bytes(b"no database at all" * 1000)
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = run("sync", "--enroll-all", DATABASE_URL=f"sqlite:///{path}")
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert says in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.fixture
def refusing_server():
    """Something that speaks just enough Postgres to ask for a password and refuse it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client, client.makefile("rb") as asked:
                _refuse(client, asked)

    threading.Thread(target=serve, daemon=True).start()
    yield f"127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def _refuse(client, asked):
    while True:
        (length,) = struct.unpack("!i", asked.read(4))
        (code,) = struct.unpack("!i", asked.read(length - 4)[:4])
        if code == 196608:  # version 3.0; anything else asks for encryption
            break
        client.sendall(b"N")
    client.sendall(b"R" + struct.pack("!ii", 8, 3))  # a password, in clear
    kind, length = struct.unpack("!ci", asked.read(5))
    assert (kind, PASSWORD.encode() in asked.read(length - 4)) == (b"p", True)
    said = b'SFATAL\0C28P01\0Mpassword authentication failed for user "ledger"\0\0'
    client.sendall(b"E" + struct.pack("!i", 4 + len(said)) + said)


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("postgresql://ledger:{password}@{server}/points", 78, "Check user, password and database"),
        ("postgresql://ledger:{password}@127.0.0.1:9/points", 69, "cannot be reached"),
        ("postgresql://ledger@127.0.0.1:9/points?password={password}", 69, "cannot be reached"),
        (
            "postgresql://ledger:{password}@127.0.0.1/points?nonsense=1",
            78,
            "is not a Postgres address",
        ),
        (
            "postgresql://ledger:{password}%zz@127.0.0.1/points",
            78,
            "special characters in the pass",
        ),
        ("mysql://ledger:{password}@127.0.0.1/points", 78, "Use sqlite:///PATH for a file, or"),
        ("{password}", 78, "Use sqlite:///PATH for a file, or"),
        ("sqlite://{password}", 78, "Use sqlite:///PATH for a file, or"),
    ],
)
def test_a_database_address_that_does_not_work_is_told_without_its_password(
    run, refusing_server, url, code, says
):
    ran = run(
        "--log-level", "debug", "sync", "--format", "json",
        DATABASE_URL=url.format(server=refusing_server, password=PASSWORD),
    )  # fmt: skip
    assert ran.code == code
    conforms(ran.document, FAILURE)
    assert says in ran.err
    assert "DATABASE_URL" in ran.err
    assert "Traceback" in ran.err
    assert PASSWORD not in ran.out + ran.err


def test_a_postgres_without_the_database_named_says_so(run, postgres_server):
    url = postgres_server.replace("/postgres?", "/nowhere?")
    ran = run("sync", DATABASE_URL=url)
    assert ran.code == 78
    assert 'database "nowhere" does not exist' in ran.err


def test_a_check_of_the_wrong_database_says_that_nobody_is_in_it(run):
    ran = run("db", "check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "db check: this database has no members, so there is nothing to audit\n"
