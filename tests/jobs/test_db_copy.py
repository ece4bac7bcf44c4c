"""`db copy`: a database with everything in it moves between the kinds, whole or not at all."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hostile import TEXTS
from support import GUILD, PASSWORD, START

from trc_mee6.errors import ConfigError, CopyDiffers, DatabaseUnavailable, LockHeld
from trc_mee6.jobs.awards import book, new_adjustment, new_award
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.db_copy import copy_database
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.report import Status
from trc_mee6.standin import Board, faults
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import connected, open_store
from trc_mee6.store.db_copy import COPIED, NAMES, counted
from trc_mee6.store.ledger import MemberRef, award_xp
from trc_mee6.store.locks import run_lock
from trc_mee6.store.moments import plain
from trc_mee6.store.pace import cooldown
from trc_mee6.store.posts import Place, remember
from trc_mee6.store.registry import Entry
from trc_mee6.store.tables import TABLES

ADA, BOB, CAT, DAN = (100000000000000001 + n for n in range(4))
HELD_GUILD = GUILD + 1


@pytest.fixture
def lived(store, make_job, stand_in, board, clock):
    """Two guilds with all that can happen to them; one is held, and MEE6 has said 429."""
    for who, name in ((ADA, "\\N"), (BOB, "a\tb\\n\"'"), (CAT, "🎮"), (DAN, None)):
        board.join(who, 1000, name)
    for number, name in enumerate(TEXTS.values()):
        board.join(ADA + 100 + number, number, name)
    link_members(store, GUILD, [Entry(ADA, "7"), Entry(ADA + 50, "\\."), Entry(ADA + 51)], START)
    backfill_baseline(make_job(), credit_history=True)
    sync(make_job(), enroll_all=True)
    held = stand_in.add(Board(HELD_GUILD, 30, seed=3, name="Other", xp_rate=0.1))
    for day in range(12):
        clock.forward(hours=24 if day != 6 else 60)  # an outage, and so grace days
        board.gain(ADA, 130)
        board.gain(BOB, 90 if day % 3 else -50)
        held.chat(0.4)
        sync(make_job(), enroll_all=True)
        sync(replace(make_job(), guild_id=HELD_GUILD), enroll_all=True)
        streaks(make_job())
    now = clock.now()
    award = new_award(5, "quiz", "k", now - timedelta(days=5), "Well\tdone\\", now)
    book(store, GUILD, "7", award, now)
    book(store, GUILD, "7", new_adjustment(-(2**31) + 1, None, now, "Wrong", now), now)
    with store.writing(GUILD):
        award_xp(store, MemberRef(GUILD, BOB), -130, key="event", xp_per_point=100, now=now)
    unlink_member(store, GUILD, DAN)
    remember(store, Place(GUILD, 200000000000000001, None), 400000000000000001, now)
    held.reset()
    assert sync(replace(make_job(), guild_id=HELD_GUILD)).status is Status.HELD
    board.gain(ADA, 70)
    stand_in.misbehave(faults.too_many())
    assert sync(make_job()).status is Status.RATE_LIMITED
    assert list(findings(store)) == []
    assert all(counted(store).values())
    return board


@pytest.fixture
def small(store, make_job, board):
    """A guild of one, with points."""
    board.join(ADA, 1000, "Ada")
    sync(make_job(), enroll_all=True)
    board.gain(ADA, 250)
    sync(make_job())
    return board


def contents(url):
    """Everything but who took a lock last, as one kind keeps it, columns in order of the names."""
    with open_store(url) as store:
        return {
            name: sorted(
                (tuple(map(plain, row)) for row in store.sql(f"SELECT {columns} FROM {name}")),
                key=repr,
            )
            for table, name in zip(COPIED, NAMES, strict=True)
            for columns in [", ".join(sorted(table._meta.columns))]
        }


def is_unused(url):
    """Say whether it has at most what a fresh database has."""
    with connected(url, "X") as store:
        tables = set(store.database.get_tables()) & set(NAMES)
        rows = {name: store.row(f"SELECT count(*) FROM {name}")[0] for name in tables}
    return rows in ({}, dict.fromkeys(NAMES, 0) | {"request_pace": 1})


def copy(url, other_url, *, dry_run=False):
    return copy_database(url, other_url, START, dry_run=dry_run)


def test_every_row_is_there_and_nothing_else(lived, database_url, other_url):
    before = contents(database_url)
    copied = copy(database_url, other_url)
    assert contents(other_url) == contents(database_url) == before
    assert copied.rows == {name: len(rows) for name, rows in before.items()}
    assert copied.findings == 0
    with open_store(other_url) as other:
        assert list(findings(other)) == []
        assert other.row("SELECT count(*) FROM run_lock") == (0,)


def what_counts(url):
    """What a run leaves, but for ids that chance or another history of the database makes."""
    kept = contents(url)
    with open_store(url) as store:
        activity = store.sql(
            """SELECT discord_id, activity_type, xp_delta, xp_total, window_start, synced_at, day,
            grace_from, grace_until FROM discord_activity ORDER BY id"""
        )
        ledger = store.sql(
            """SELECT discord_id, source, points, occurred_at, day, reason, recorded_at
            FROM point_transaction ORDER BY id"""
        )
        lines = [[tuple(map(plain, row)) for row in rows] for rows in (activity, ledger)]
    return kept["member"], kept["guild"], kept["alert"], kept["request_pace"], lines


def test_runs_go_on_in_the_copy_as_they_would_have_before(
    lived, make_job, clock, store, database_url, other_url, stand_in
):
    copy(database_url, other_url)
    with open_store(other_url) as other:
        job, copied_job = make_job(), replace(make_job(), store=other)
        assert cooldown(other, clock.now()) == cooldown(store, clock.now()) is not None
        for run in (job, copied_job):
            assert sync(run).status is Status.COOLING_DOWN
        clock.forward(days=3)
        lived.gain(ADA, 345)
        lived.gain(BOB, -20)
        lived.join(ADA + 999, 5, "New")
        for run in (job, copied_job):
            assert sync(run, enroll_all=True).status is Status.OK
            assert sync(replace(run, guild_id=HELD_GUILD)).status is Status.HELD
            assert streaks(run).status is Status.OK
            late = new_award(3, "raffle", "k", clock.now(), None, clock.now())
            assert book(run.store, GUILD, "7", late, clock.now()).awarded
    assert what_counts(other_url) == what_counts(database_url)


def test_a_dry_run_says_what_is_there_and_writes_nothing(lived, database_url, other_url):
    before = contents(database_url)
    dry = copy(database_url, other_url, dry_run=True)
    assert (dry.dry_run, dry.findings) == (True, None)
    assert contents(database_url) == before
    assert is_made(other_url) is False
    assert dry.rows == copy(database_url, other_url).rows


def is_made(url):
    """Say whether it has tables."""
    if url.startswith("sqlite"):
        return Path(url.removeprefix("sqlite:///")).exists()
    with connected(url, "X") as store:
        return bool(store.database.get_tables())


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_database_in_use_is_never_written_to(small, database_url, other_url, dry_run):
    with open_store(other_url) as other:
        link_members(other, GUILD, [Entry(DAN)], START)
    before = contents(other_url)
    with pytest.raises(ConfigError, match=r"TO: .* is not empty, member has rows"):
        copy(database_url, other_url, dry_run=dry_run)
    assert contents(other_url) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_database_is_not_copied_into_itself(small, store, database_url, tmp_path, dry_run):
    another_name = database_url
    if not store.is_postgres:
        (tmp_path / "link.db").symlink_to(store.file)
        another_name = f"sqlite:///{tmp_path / 'link.db'}"
    for name in {database_url, another_name}:
        with pytest.raises(ConfigError, match="are the same database"):
            copy(database_url, name, dry_run=dry_run)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_run_under_way_is_not_copied_from_under(small, store, database_url, other_url, dry_run):
    for lock in (f"board-{GUILD}", f"streaks-{GUILD}", f"post-{GUILD}"):
        with run_lock(store, lock, "sync", START):
            with pytest.raises(LockHeld, match=r"Another run is under way: sync"):
                copy(database_url, other_url, dry_run=dry_run)
    assert is_made(other_url) is False
    copy(database_url, other_url, dry_run=dry_run)


@contextmanager
def changed(url, before, after):
    with open_store(url) as store:
        store.sql(before)
        yield
        store.sql(after)


def test_who_writes_meanwhile_waits_and_who_reads_does_not(small, store, clock, database_url):
    booked = threading.Event()

    def award():
        with open_store(database_url) as other:
            now = clock.now()
            book(other, GUILD, str(ADA), new_award(5, "quiz", "k", now, None, now), now)
            booked.set()

    writer = threading.Thread(target=award)
    with store.alone(NAMES), open_store(database_url) as reader:
        writer.start()
        assert not booked.wait(1)
        assert reader.row("SELECT points FROM member") == (2,)
    writer.join()
    assert store.row("SELECT points FROM member") == (7,)


def test_a_database_of_another_version_is_left_alone(small, database_url, other_url):
    rename = "UPDATE schema_migration SET name = '{}' WHERE name = '{}'"
    later, usual = ("0999_later", "0002_streaks")
    with changed(database_url, rename.format(later, usual), rename.format(usual, later)):
        with pytest.raises(ConfigError, match="made by a newer version"):
            copy(database_url, other_url)
    forget = "DELETE FROM schema_migration WHERE name = '0002_streaks'"
    with open_store(database_url) as store:
        store.sql(forget)
        with pytest.raises(ConfigError, match="Make a backup, then run: trc-mee6 db upgrade"):
            copy(database_url, other_url)
    assert is_made(other_url) is False


def test_what_is_no_database_of_ours_is_neither_read_nor_made(database_url, other_url, tmp_path):
    with connected(database_url, "X"):
        pass
    with pytest.raises(ConfigError, match=r"FROM: .* has no tables of this program"):
        copy(database_url, other_url)
    with pytest.raises(ConfigError, match="FROM: there is no file"):
        copy(f"sqlite:///{tmp_path / 'nowhere.db'}", other_url)
    assert not (tmp_path / "nowhere.db").exists()
    assert is_made(other_url) is False


def test_a_copy_without_a_place_to_go_names_it(small, database_url, tmp_path):
    for dry_run in (False, True):
        with pytest.raises(ConfigError, match=r"TO: the folder .*nowhere does not exist"):
            copy(database_url, f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", dry_run=dry_run)
        with pytest.raises(ConfigError, match="TO is not a database this program knows"):
            copy(database_url, f"mysql://me:{PASSWORD}@host/db", dry_run=dry_run)
        with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:9/db cannot be reached"):
            copy(database_url, f"postgresql://me:{PASSWORD}@127.0.0.1:9/db", dry_run=dry_run)


SPOILS = {
    True: """CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN {what} END'; CREATE TRIGGER spoil BEFORE INSERT ON {table} FOR EACH ROW
        EXECUTE FUNCTION spoil()""",
    False: "CREATE TRIGGER spoil AFTER INSERT ON {table} BEGIN {what} END",
}
CHANGES = {
    True: "NEW.points := NEW.points + 1; RETURN NEW;",
    False: "UPDATE point_transaction SET points = points + 1 WHERE id = NEW.id;",
}
DROPS = {
    True: "RETURN NULL;",
    False: "DELETE FROM discord_activity WHERE id = NEW.id;",
}


@pytest.mark.parametrize(
    ("table", "what"), [("point_transaction", CHANGES), ("discord_activity", DROPS)]
)
def test_a_copy_that_is_not_kept_as_it_was_is_undone(small, database_url, other_url, table, what):
    with open_store(other_url) as other:
        kind = other.is_postgres
        other.database.execute_sql(SPOILS[kind].format(table=table, what=what[kind]))
    with pytest.raises(CopyDiffers, match=f"did not keep what was copied into {table}") as refused:
        copy(database_url, other_url)
    assert refused.value.exit_code == 1
    assert is_unused(other_url)
    with open_store(other_url) as other:
        on = " ON point_transaction" if table == "point_transaction" else " ON discord_activity"
        other.sql("DROP TRIGGER spoil" + (on if other.is_postgres else ""))
    copy(database_url, other_url)
    assert contents(other_url) == contents(database_url)


def test_what_the_audit_finds_is_copied_as_it_is_and_told(small, store, database_url, other_url):
    store.sql("UPDATE member SET points = points + 1 WHERE discord_id = :who", who=ADA)
    assert copy(database_url, other_url).findings == 1
    assert contents(other_url) == contents(database_url)


def test_what_a_kind_cannot_keep_is_copied_by_nobody(small, store, database_url, other_url):
    if store.is_postgres:
        pytest.skip("Postgres keeps no such value")
    store.sql("UPDATE member SET linked_at = 'soon'")
    if other_url.startswith("sqlite"):
        copy(database_url, other_url)
        return
    with pytest.raises(DatabaseUnavailable, match=r"postgresql://.* failed: invalid input syntax"):
        copy(database_url, other_url)
    store.sql("UPDATE member SET linked_at = 'yesterday'")  # which Postgres takes, and reckons with
    with pytest.raises(CopyDiffers, match="did not keep what was copied into member"):
        copy(database_url, other_url)
    assert is_unused(other_url)


def test_no_table_is_forgotten():
    assert {*NAMES, "run_lock"} == {table._meta.table_name for table in TABLES}
