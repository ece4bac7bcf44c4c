"""Backup and restore exactly as docs/operating.md says, with its own commands, while syncs run."""

import os
import re
import shutil
import signal
import sqlite3
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from support import GUILD, PASSWORD, is_being_written, run_to_end, until

from trc_mee6 import award_points
from trc_mee6.standin import Board
from trc_mee6.store.connect import open_store

pytestmark = pytest.mark.skipif(
    shutil.which("sqlite3") is None and "CI" not in os.environ,
    reason="needs the program sqlite3 (Debian package of that name)",
)

SMALL, LARGE = GUILD, GUILD + 1
FEW, MANY = 25, 2500
PAGE = 4096  # bytes, of a SQLite file
DOCS = Path(__file__).parents[2] / "docs"


class Commands(NamedTuple):
    """What the section of the docs says to type, block by block."""

    sqlite_backup: str
    sqlite_move_away: str
    sqlite_restore: str
    postgres_backup: str
    postgres_restore: str
    afterwards: str


def docs_commands():
    section = (DOCS / "operating.md").read_text().split("\n## Backup and restore\n")[1]
    section = section.split("\n## ")[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    return Commands(*map(textwrap.dedent, blocks))


def docs_sql(file, opening):
    """The statements of a block in the docs, the one that begins so."""
    [block] = re.findall(rf"```sql\n({opening}.*?)\s*```", (DOCS / file).read_text(), re.DOTALL)
    return re.sub("^ +", "", block, flags=re.MULTILINE)


SAYS = docs_commands()


class Held:
    """A fault that keeps a request waiting until it is let go; the client then asks again."""

    def __init__(self):
        self.reached, self.let_go = threading.Event(), threading.Event()

    def __call__(self, handler):
        self.reached.set()
        self.let_go.wait(60)
        handler.close_connection = True


class Sqlite:
    """The file where the program looks for it by itself, in the user's data folder."""

    backup, restore = SAYS.sqlite_backup, SAYS.sqlite_restore
    programs = ()

    def __init__(self, home):
        self.settings = {}
        self.file = home / ".local/share/trc-mee6/trc-mee6.db"
        self.url = f"sqlite:///{self.file}"

    def is_being_written(self):
        return is_being_written(self.file)

    def let_read(self):
        """Grant nothing: whoever may read the file may read it."""

    def members_read(self):
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as reader:
            return reader.execute("SELECT count(*) FROM member").fetchone()[0]

    def spoil(self):
        with closing(sqlite3.connect(self.file, timeout=30)) as other, other:
            other.execute("UPDATE member SET points = 0, xp_total = 7")
            other.execute("DELETE FROM point_transaction")


class Postgres:
    """A database and a user made as the docs say, and a role that only reads."""

    backup, restore = SAYS.postgres_backup, SAYS.postgres_restore

    def __init__(self, server):
        self._admin = server
        self.make()
        with psycopg.connect(server) as admin:
            [self.programs] = admin.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        self.url = server.replace(
            f"postgres:{PASSWORD}@/postgres?", "trc_mee6:change-me@/trc_mee6?"
        )
        self.settings = {"DATABASE_URL": self.url}

    def make(self):
        with psycopg.connect(self._admin, autocommit=True) as admin:
            for statement in docs_sql("operating.md", " *CREATE ROLE").split(";\n"):
                admin.execute(statement)

    def lose(self):
        """Lose the database and everybody who used it."""
        with psycopg.connect(self._admin, autocommit=True) as admin:
            admin.execute("DROP DATABASE IF EXISTS trc_mee6 WITH (FORCE)")
            for role in ("trc_mee6", "app_reader"):
                admin.execute(f"DROP ROLE IF EXISTS {role}")

    def let_read(self):
        with psycopg.connect(self._admin.replace("/postgres?", "/trc_mee6?")) as admin:
            admin.execute(docs_sql("database.md", "-- Postgres\nCREATE ROLE"))

    def members_read(self):
        reader = self.url.replace("trc_mee6:change-me@", "app_reader:change-me-too@")
        with psycopg.connect(reader) as connection:
            return connection.execute("SELECT count(*) FROM member").fetchone()[0]

    def is_being_written(self):
        with psycopg.connect(self.url) as other:
            return bool(
                other.execute(
                    "SELECT count(*) FROM pg_locks WHERE relation = 'member'::regclass"
                    " AND mode = 'RowExclusiveLock' AND granted"
                ).fetchone()[0]
            )

    def spoil(self):
        with psycopg.connect(self.url) as other:
            other.execute("UPDATE member SET points = 0, xp_total = 7")
            other.execute("TRUNCATE point_transaction")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    if request.param == "sqlite":
        yield Sqlite(tmp_path)
        return
    postgres = Postgres(request.getfixturevalue("postgres_server"))
    yield postgres
    postgres.lose()


@pytest.fixture
def usual(usual, database):
    """The environment of all processes here."""
    given = {name: value for name, value in usual.items() if name != "DATABASE_URL"}
    path = (str(Path(sys.executable).parent), *database.programs, usual["PATH"])
    more = {"MEE6_TIMEOUT": "60", "PATH": os.pathsep.join(path)}
    return given | database.settings | more


@pytest.fixture
def type_in(usual, tmp_path):
    """Type commands into a shell, as they stand in the docs."""

    def typed(commands, **settings):
        return run_to_end(["sh", "-c", commands], usual | settings, tmp_path)

    return typed


def points_of(url, guild):
    """Points from XP, and of all sources, by member."""
    with open_store(url) as store:
        rows = store.sql(
            "SELECT discord_id, mee6_points, points FROM member WHERE guild_id = :guild",
            guild=guild,
        ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def runs_of(url, guild):
    with open_store(url) as store:
        return store.sql(
            "SELECT status, exit_code FROM sync_run WHERE guild_id = :guild ORDER BY id",
            guild=guild,
        ).fetchall()


class Cron:
    """Two guilds on one database, one with little to read and one with much to write."""

    def __init__(self, database, stand_in, type_in, start):
        self.database, self.stand_in = database, stand_in
        self.type_in, self.start = type_in, start
        self.boards = {
            SMALL: stand_in.add(Board(SMALL, FEW, seed=1)),
            LARGE: stand_in.add(Board(LARGE, MANY, seed=2)),
        }
        self.baselines = {guild: self.xp(guild) for guild in self.boards}

    def xp(self, guild):
        return {person: player.xp for person, player in self.boards[guild].players.items()}

    def chat(self):
        for board in self.boards.values():
            board.chat(1.0)

    def sync(self, *guilds):
        for guild in guilds:
            done = self.type_in(f"trc-mee6 sync --enroll-all --guild {guild}")
            assert (done.code, done.err) == (0, "")

    def sync_held_in_its_sweep(self):
        held = Held()
        self.stand_in.misbehave(held, page=0)
        process = self.start("sync", "--enroll-all", "--guild", str(SMALL))
        assert held.reached.wait(20)
        return process, held.let_go.set

    def sync_stopped_in_its_write(self):
        """Stop a sync in the middle of its transaction, once its board is read."""
        read = MANY // 1000
        self.stand_in.asked.clear()
        process = self.start("sync", "--enroll-all", "--guild", str(LARGE))
        until(lambda: (LARGE, read) in {(at.guild_id, at.page) for at in self.stand_in.asked})
        until(self.database.is_being_written)
        os.kill(process.pid, signal.SIGSTOP)
        assert self.database.is_being_written()
        return process, lambda: os.kill(process.pid, signal.SIGCONT)

    def award(self, person, key):
        where = {"guild_id": SMALL, "database_url": self.database.url}
        return award_points(str(person), 5, source="quiz", key=key, **where).awarded

    def points(self):
        return {guild: points_of(self.database.url, guild) for guild in self.boards}

    def points_by_the_boards(self, awarded):
        return {
            guild: {
                person: (earned, earned + awarded.get(person, 0) * (guild == SMALL))
                for person, xp in self.xp(guild).items()
                for earned in [(xp - self.baselines[guild][person]) // 100]
            }
            for guild in self.boards
        }

    def last_runs(self):
        return [runs_of(self.database.url, guild)[-1] for guild in self.boards]


@pytest.fixture
def cron(database, stand_in, type_in, start):
    return Cron(database, stand_in, type_in, start)


def ended_well(process):
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    return out


def backed_up_amid_syncs(cron):
    """Take the backup while one sync is in its sweep and another in its write."""
    cron.chat()
    sweeping, let_sweep = cron.sync_held_in_its_sweep()
    writing, let_write = cron.sync_stopped_in_its_write()
    backup = cron.type_in(cron.database.backup)
    assert backup.code == 0, backup.err
    let_sweep()
    let_write()
    assert " changed (XP +" in ended_well(sweeping)
    assert " changed (XP +" in ended_well(writing)


def restored_under_a_sync(cron):
    """Put the backup back while a sync is in its sweep, and give what the database is then."""
    cron.chat()
    sweeping, let_sweep = cron.sync_held_in_its_sweep()
    restore = cron.type_in(cron.database.restore)
    assert restore.code == 0, restore.err
    assert f"{FEW + MANY:,} members audited" in restore.out
    restored = cron.points(), cron.last_runs()
    let_sweep()
    assert "1 enrolled" in ended_well(sweeping)
    return restored


@pytest.mark.long
def test_backed_up_amid_syncs_and_restored_under_one_nothing_from_xp_is_lost(cron):
    ada, bea, *_ = cron.boards[SMALL].players
    cron.sync(SMALL, LARGE)
    cron.database.let_read()
    cron.chat()
    cron.sync(SMALL)
    assert cron.award(ada, "before")
    kept = cron.points()
    backed_up_amid_syncs(cron)

    newcomer = 5
    cron.boards[SMALL].join(newcomer, 1000)
    cron.chat()
    cron.sync(SMALL, LARGE)
    assert cron.award(ada, "after")
    cron.database.spoil()
    assert cron.type_in("trc-mee6 db check").code == 1

    points, runs = restored_under_a_sync(cron)
    assert points == kept
    assert runs == [("running", None)] * 2
    # Who was enrolled since the backup starts anew, from what the sync under way has seen.
    cron.baselines[SMALL][newcomer] = cron.xp(SMALL)[newcomer]

    cron.chat()
    cron.boards[SMALL].gain(newcomer, 250)
    cron.boards[SMALL].gain(bea, -150)
    for guild in cron.boards:
        done = cron.type_in(SAYS.afterwards, MEE6_GUILD_ID=str(guild))
        assert (done.code, done.err) == (0, "")
        assert runs_of(cron.database.url, guild).count(("failed", 137)) == 1
    assert (cron.award(ada, "before"), cron.award(ada, "after")) == (False, True)
    assert cron.points() == cron.points_by_the_boards({ada: 10})
    check = cron.type_in("trc-mee6 db check")
    assert (check.code, check.err) == (0, "")
    assert cron.database.members_read() == FEW + MANY + 1


@pytest.fixture
def small(stand_in):
    return stand_in.add(Board(SMALL, FEW))


@pytest.fixture
def sqlite(tmp_path, usual, type_in, small):
    """A database in the user's data folder, with a backup beside it."""
    assert type_in("trc-mee6 sync --enroll-all").code == 0
    assert type_in(SAYS.sqlite_backup).code == 0
    return Sqlite(tmp_path)


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@only_sqlite
def test_a_damaged_file_is_moved_away_and_the_backup_takes_its_place(type_in, sqlite):
    kept = points_of(sqlite.url, SMALL)
    sqlite.file.write_bytes(b"no database" * 1000)
    assert "It is damaged, or no database." in type_in("trc-mee6 status").err
    refused = type_in(SAYS.sqlite_restore)
    assert (refused.code, refused.out) == (1, "ok\n")
    assert "file is not a database" in refused.err
    assert type_in(SAYS.sqlite_move_away).code == 0
    assert type_in(SAYS.sqlite_restore).code == 0
    assert points_of(sqlite.url, SMALL) == kept
    folder = sqlite.file.parent
    assert (folder / "damaged.db").read_bytes() == b"no database" * 1000
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.db*")} == {0o600}


@only_sqlite
def test_without_a_file_there_is_no_backup_and_without_a_backup_no_restore(type_in, sqlite):
    good = sqlite.file.with_name("backup.db")
    kept = points_of(sqlite.url, SMALL)
    good.unlink()
    assert "unable to open" in type_in(SAYS.sqlite_restore).err
    assert points_of(sqlite.url, SMALL) == kept
    sqlite.file.unlink()
    refused = type_in(SAYS.sqlite_backup)
    assert (refused.code, refused.out) == (1, "")
    assert "unable to open" in refused.err
    assert not sqlite.file.exists()


@only_sqlite
def test_a_copy_of_the_file_alone_is_old_or_torn(type_in, sqlite, small):
    """What the docs warn of: cp takes nothing of what is in the -wal file, nor one moment."""
    before, kept = sqlite.file.read_bytes(), points_of(sqlite.url, SMALL)
    with closing(sqlite3.connect(sqlite.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM guild").fetchone()
        for number in range(300):
            small.join(number + 1, 500)
        small.chat(1.0)
        assert "changed (XP +" in type_in("trc-mee6 sync --enroll-all").out
        copied = sqlite.file.read_bytes()
        reader.execute("COMMIT")
    assert points_of(sqlite.url, SMALL) != kept  # and what was in the -wal file is moved over
    after = sqlite.file.read_bytes()

    assert copied == before
    old = sqlite.file.with_name("old.db")
    old.write_bytes(copied)
    check = type_in("trc-mee6 db check", DATABASE_URL=f"sqlite:///{old}")
    assert (check.code, check.err) == (0, "")  # nobody can tell
    assert points_of(f"sqlite:///{old}", SMALL) == kept

    torn = sqlite.file.with_name("backup.db")
    torn.write_bytes(before[:PAGE] + after[PAGE:])
    check = type_in("trc-mee6 db check", DATABASE_URL=f"sqlite:///{torn}")
    assert (check.code, check.out) == (69, "")
    assert "It is damaged, or no database. Restore it from a backup" in check.err
    refused = type_in(SAYS.sqlite_restore)
    assert (refused.code, refused.out) == (1, "")
    assert sqlite.file.read_bytes() == after


@only_postgres
def test_a_lost_database_is_made_again_and_filled_or_nothing_is(type_in, database, small):
    """A role that the backup grants something to is missing first."""
    assert type_in("trc-mee6 sync --enroll-all").code == 0
    database.let_read()
    small.chat(1.0)
    assert type_in("trc-mee6 sync").code == 0
    kept = points_of(database.url, SMALL)
    assert type_in(database.backup).code == 0
    database.lose()
    database.make()
    refused = type_in(database.restore)
    assert refused.code == 1
    assert 'role "app_reader" does not exist' in refused.err
    with psycopg.connect(database.url) as connection:
        there = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert there.fetchall() == []
    assert type_in("trc-mee6 sync --enroll-all").code == 0  # cron was too quick
    done = type_in(database.restore.replace("--no-owner", "--no-owner --no-privileges"))
    assert (done.code, done.err) == (0, "")
    assert points_of(database.url, SMALL) == kept
