"""From a database URL to an open store: SQLite by default, Postgres through psycopg 3.

`open_store` is the one way in. It brings an empty database up to date, refuses one that is older
or newer than this program, and turns every database error into one of ours.
"""

import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import peewee

from trc_mee6.errors import ConfigError, DatabaseUnavailable, Interrupted
from trc_mee6.log import log
from trc_mee6.store.moments import as_text, plain
from trc_mee6.text import printable

BUSY_TIMEOUT = 30.0  # seconds a SQLite write waits for another program's
_BUSY_AT_ONCE = 0.5  # seconds of those in which SQLite sees no signal
_STEPS_AT_ONCE = 100_000  # of SQLite's virtual machine, in which it sees none either: milliseconds
STATEMENT_TIMEOUT = 600  # seconds after which Postgres ends a statement
_STREAMED_AT_ONCE = 5_000  # rows fetched of a long result
_LOCK_TIMEOUT = 120  # seconds after which Postgres ends a statement that waits for another session
_CONNECT_TIMEOUT = 10  # seconds to reach a Postgres server
# A server that fell silent is given up after a minute; else it is the kernel's two hours.
_KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
_LARGEST_PORT = 65535
_POSTGRES = ("postgresql://", "postgres://")
_OF_NONSENSE = (ValueError, TypeError, LookupError, ArithmeticError)  # read from a damaged file


class Store:
    """An open database. SQL is the same text for both kinds.

    Attributes:
        database: the Peewee database.
        address: where it is, without any password; for people.
        file: the SQLite file, None for Postgres.
    """

    def __init__(self, database: peewee.Database, address: str, file: Path | None) -> None:
        self.database = database
        self.address = address
        self.file = file
        self._streams = count(1)
        self._opened: tuple[int, int] | None = None

    @property
    def is_postgres(self) -> bool:
        """Say which of the two kinds this is."""
        return self.file is None

    @property
    def is_cut_off(self) -> bool:
        """Say whether a Postgres server, or the way to it, has gone."""
        return self.is_postgres and bool(self.database.connection().closed)

    @property
    def bigint(self) -> str:
        """The type that makes a 64-bit primary key: SQLite's rowid is spelled INTEGER."""
        return "BIGINT" if self.is_postgres else "INTEGER"

    def sql(self, text: str, **params: Any) -> Any:
        """Run one statement with `:name` parameters and return its cursor."""
        return self.database.execute_sql(_pyformat(text) if self.is_postgres else text, params)

    def row(self, text: str, **params: Any) -> Any:
        """Return the first row of a query, None if there is none."""
        return self.sql(text, **params).fetchone()

    def stream(self, text: str, **params: Any) -> Generator[Any, None, None]:
        """Give the rows of a query without holding all of them; inside a transaction.

        psycopg would fetch the whole result, but for a cursor of the server's.
        """
        if not self.is_postgres:
            yield from self.sql(text, **params)
            return
        name = f"stream_{next(self._streams)}"
        with self.database.connection().cursor(name=name) as cursor:
            cursor.itersize = _STREAMED_AT_ONCE
            yield from cursor.execute(_pyformat(text), params)

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows at once, by the quickest way each database has."""
        names = ", ".join(columns)
        cursor = self.database.cursor()
        if self.is_postgres:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            with self.database.atomic(lock_type="deferred"):  # a temporary table locks nobody
                cursor.executemany(statement, rows)

    def analyze_new(self, *tables: str) -> None:
        """Let Postgres count tables that it never has, which it does by itself in a minute or so.

        Until then it takes them for empty, and the plan of a query over many rows takes minutes.
        """
        if not self.is_postgres:
            return
        new = self.sql(
            "SELECT relname FROM pg_class WHERE oid = ANY(:tables::regclass[]) AND reltuples <= 0",
            tables=list(tables),
        ).fetchall()
        for (name,) in new:
            self.sql(f"ANALYZE (SKIP_LOCKED) {name}")

    def analyze(self, table: str) -> None:
        """Let Postgres count a temporary table, which it never does by itself."""
        if self.is_postgres:
            self.sql(f"ANALYZE {table}")

    @contextmanager
    def writing(self, guild_id: int) -> Iterator[Any]:
        """Hold a transaction that is alone in changing this guild's members and ledger.

        Whoever reads a leftover and writes another must not be interleaved with somebody doing
        the same: SQLite has one writer anyway, Postgres gets a lock per guild.
        """
        with self.database.atomic() as transaction:
            if self.is_postgres:
                self.sql(
                    "SELECT pg_advisory_xact_lock(:key)", key=lock_number(f"ledger {guild_id}")
                )
            yield transaction
            self.refuse_another_file()

    @contextmanager
    def alone(self, tables: Iterable[str]) -> Iterator[None]:
        """Hold a transaction in which nobody else writes to these tables; others may read.

        It may last: on Postgres the usual limits on time do not count in it.
        """
        with self.database.atomic():
            if self.is_postgres:
                self.sql("SET LOCAL statement_timeout = 0")
                self.sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                self.sql(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
            yield

    def note_file(self) -> None:
        """Remember which file was opened, whatever its path leads to later."""
        self._opened = self._inode()

    def _inode(self) -> tuple[int, int] | None:
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def refuse_another_file(self) -> None:
        """Refuse to commit to a file that nobody would find again.

        The kernel goes on writing into a file that was deleted or replaced, and SQLite says
        nothing.

        Raises:
            DatabaseUnavailable: the file was deleted or replaced.
        """
        if self._inode() != self._opened:
            raise DatabaseUnavailable(
                f"The database {self.address} was deleted or replaced while it was open. What was"
                " under way was undone. Put the right file into its place, or the next run"
                " starts from what is there."
            )

    def undo(self) -> None:
        """Roll back what a signal left open: Peewee does so too, but not in a commit."""
        connection = self.database.connection()
        if self.is_postgres:
            is_open = connection.info.transaction_status.name in ("INTRANS", "INERROR")
        else:
            is_open = connection.in_transaction
        if is_open:
            self.database.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of the block see the same moment, whatever others write meanwhile."""
        if self.is_postgres:
            with self.database.atomic():
                self.sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield
        else:
            with self.database.atomic(lock_type="deferred"):
                yield

    def stored(self, moment: datetime | None) -> Any:
        """Return a moment as a bulk row needs it."""
        return moment if self.is_postgres or moment is None else as_text(moment)


def lock_number(name: str) -> int:
    """Return the 64-bit number that stands for a lock's name in Postgres."""
    digest = blake2b(f"trc-mee6 {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=256)
def _pyformat(text: str) -> str:
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", text.replace("%", "%%"))


class _Sqlite(peewee.SqliteDatabase):
    server_keeps_moments = False
    field_types = {**peewee.SqliteDatabase.field_types, "MOMENT": "TEXT"}  # noqa: RUF012 - peewee's way

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if isinstance(params, dict):
            params = {name: plain(value) for name, value in params.items()}
        elif params:
            params = [plain(value) for value in params]
        run = super().execute_sql
        return self._patiently(lambda: run(sql, params))  # type: ignore[no-untyped-call] # peewee has no types

    def begin(self, lock_type: str | None = None) -> None:
        run = super().begin
        self._patiently(lambda: run(lock_type))

    def commit(self) -> None:
        self._patiently(super().commit)

    def _patiently(self, run: Callable[[], Any]) -> Any:
        """Run a statement, again and again while another program holds the file.

        SQLite would wait by itself, but deaf to signals, so it is given little time at once.
        """
        for _ in range(int(BUSY_TIMEOUT / _BUSY_AT_ONCE)):
            try:
                return run()
            except (peewee.OperationalError, sqlite3.OperationalError) as error:
                if "is locked" not in str(error):
                    raise
        return run()

    def _connect(self) -> Any:
        connection = self._patiently(super()._connect)  # type: ignore[misc] # peewee's, untyped
        connection.set_progress_handler(_see_to_signals, _STEPS_AT_ONCE)
        return connection


def _see_to_signals() -> int:
    """Let Python run what waits for a long statement; 0 lets the statement go on."""
    return 0


class _Postgres(peewee.PostgresqlDatabase):
    server_keeps_moments = True
    field_types = {**peewee.PostgresqlDatabase.field_types, "MOMENT": "TIMESTAMPTZ"}  # noqa: RUF012 - peewee's way

    def _connect(self) -> Any:
        import psycopg

        connection = psycopg.connect(**self.connect_params, autocommit=True)
        try:
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET default_transaction_isolation = 'read committed'")
            connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}s'")
            connection.execute(  # unless the role or the URL has one of its own
                f"SELECT set_config('lock_timeout', '{_LOCK_TIMEOUT}s', false)"
                " WHERE current_setting('lock_timeout') = '0'"
            )
        except BaseException:  # a signal among them: nobody else knows of it yet
            connection.close()
            raise
        return connection


@contextmanager
def open_store(url: str, setting: str = "DATABASE_URL") -> Iterator[Store]:
    """Open the database, brought up to date if it was empty, and close it at the end.

    Args:
        url: `sqlite:///PATH` (three slashes and a path; four for an absolute one) or any libpq
            URI.
        setting: the setting that the URL came from, for messages.

    Raises:
        ConfigError: the URL is wrong, or the database needs another version of this program.
        DatabaseUnavailable: it cannot be reached, read or written.
    """
    from trc_mee6.store.schema import ensure_current

    with connected(url, setting) as store:
        ensure_current(store)
        yield store


@contextmanager
def connected(url: str, setting: str, *, create: bool = True) -> Iterator[Store]:
    """Open a database as it is, without looking at its tables; raises as `open_store` does.

    Args:
        create: make a SQLite file that is not there.
    """
    if url.startswith(_POSTGRES):
        store = _postgres(url, setting)
    else:
        store = _sqlite(url, setting, create=create)
    try:
        store.database.connect()
        store.note_file()
    except Exception as error:
        if is_database_error(error):
            raise _not_connected(store, error, setting) from error
        raise
    try:
        with blamed(store):
            yield store
    finally:
        try:
            store.database.close()
        except Exception as error:
            log.debug("database.close_failed", reason=str(error))


@contextmanager
def blamed(store: Store) -> Iterator[None]:
    """Turn an error of this database into one of ours, where two are open.

    Raises:
        DatabaseUnavailable: it failed, or what was read from it is nonsense and it is damaged.
    """
    try:
        yield
    except Exception as error:
        if is_database_error(error):
            raise _unavailable(store, error) from error
        if isinstance(error, _OF_NONSENSE):
            refuse_damaged(store)
        raise


def is_database_error(error: BaseException) -> bool:
    """Say whether the database failed; a bulk copy goes past Peewee and its errors."""
    return isinstance(error, peewee.PeeweeException | sqlite3.Error) or type(
        error
    ).__module__.startswith("psycopg")


@contextmanager
def best_effort(tell: Callable[..., None], event: str) -> Iterator[None]:
    """Do what follows a run that is recorded already; nothing here changes how that ended.

    Args:
        tell: the log's method for it.
        event: what to log if the database fails, or a signal ends it.
    """
    try:
        yield
    except (Exception, Interrupted) as error:
        if isinstance(error, Exception) and not is_database_error(error):
            raise
        tell(event, reason=what_failed(error))


def _sqlite(url: str, setting: str, *, create: bool) -> Store:
    file = _file_named(url, setting)
    if create:
        _make_file(file, setting)
    elif not file.is_file():
        raise ConfigError(f"{setting}: there is no file {printable(str(file))}. Check the path.")
    database = _Sqlite(
        str(file),
        pragmas={"cache_size": -32_000},
        timeout=_BUSY_AT_ONCE,
        lock_type="immediate",
        autoconnect=False,
    )
    return Store(database, f"sqlite:///{printable(str(file))}", file)


def _file_named(url: str, setting: str) -> Path:
    path = unquote(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path in ("", ":memory:"):
        raise ConfigError(
            f"{setting} is not a database this program knows. Use sqlite:///PATH for a file, or"
            " postgresql://USER@HOST/DATABASE."
        )
    return Path(path).resolve()  # its lock is named after it, whatever link led here


def file_to_make(url: str, setting: str) -> str | None:
    """Return the address of a SQLite file that is not there yet, None if there is a database.

    Raises:
        ConfigError: the URL is wrong, or the file's folder is not there either.
    """
    if url.startswith(_POSTGRES):
        return None
    file = _file_named(url, setting)
    if file.exists():
        return None
    if not file.parent.is_dir():
        raise _no_folder(file, setting)
    return f"sqlite:///{printable(str(file))}"


def _no_folder(file: Path, setting: str) -> ConfigError:
    return ConfigError(
        f"{setting}: the folder {printable(str(file.parent))} does not exist. Create it, or"
        " name another file."
    )


def _make_file(file: Path, setting: str) -> None:
    try:
        if file.parent == _data_folder():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
    except FileNotFoundError:
        raise _no_folder(file, setting) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{setting}: {printable(str(file))} cannot be created: {reason}. Name a file in a"
            " folder that you may write to."
        ) from None


def _data_folder() -> Path | None:
    """Return the folder of the default database, None for a user without a home."""
    from platformdirs import user_data_path

    try:
        return user_data_path("trc-mee6").absolute()
    except RuntimeError:
        return None


def _postgres(url: str, setting: str) -> Store:
    try:
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise ConfigError(
            f"{setting} names a Postgres database, but its driver is not installed. Install"
            " trc-mee6 with its extra postgres (README.md, Install)."
        ) from None
    known = _parts(url, conninfo_to_dict)
    if known is None:
        raise ConfigError(
            f"{setting} is not a Postgres address. It should be like"
            " postgresql://USER:PASSWORD@HOST:5432/DATABASE, special characters in the password"
            " percent-encoded."
        )
    usual = {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "trc-mee6"} | _KEEPALIVE
    known = {**usual, **known}
    database = _Postgres(url, prefer_psycopg3=True, autoconnect=False, **known)
    return Store(database, _address(known), None)


def _parts(url: str, parse: Callable[[str], Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the parts of a Postgres URL, None if it is none.

    A password that holds an @ or a / ends up in other parts, which are printed, and so does one
    behind the wrong sign (%3A for a colon, ; or & for a question mark): such a URL is none. The
    parser's own error repeats the URL, password and all, so it is dropped.
    """
    try:
        known = {name: value for name, value in parse(url).items() if value is not None}
    except Exception:
        return None
    ports = str(known.get("port", "5432")).split(",")
    if any(not port.isdigit() or not 0 < int(port) <= _LARGEST_PORT for port in ports if port):
        return None
    printed = {name: str(known.get(name)) for name in ("host", "hostaddr", "user", "dbname")}
    misplaced = any(sign in part for part in printed.values() for sign in "@=")
    return None if misplaced or ":" in printed["user"] else known


def _address(known: Mapping[str, Any]) -> str:
    host = known.get("host") or known.get("hostaddr") or ""
    user = f"{known['user']}@" if known.get("user") else ""
    port = f":{known['port']}" if known.get("port") else ""
    where = f"{user}{host}{port}" if not host.startswith("/") else f"{user}[{host}]{port}"
    return printable(f"postgresql://{where}/{known.get('dbname', '')}")


def _not_connected(store: Store, error: Exception, setting: str) -> Exception:
    if store.file is not None:
        return _unavailable(store, error)
    said = "; ".join(_each_host_said(error))
    if any(sign in said for sign in _WRONG_SETTING):
        return ConfigError(
            f"{setting}: {store.address} refused the connection: {said}. Check user, password and"
            " database name."
        )
    return DatabaseUnavailable(
        f"The database {store.address} cannot be reached: {said}."
        f" {_advice(said, _AT_THE_DOOR, f'Check that it runs and that {setting} is right')}; the"
        " next run tries again."
    )


# What a server says to who has come to the wrong one, and why another could not be let in.
_WRONG_SETTING = ("authentication failed", "no password supplied", "does not exist", "pg_hba.conf")
_AT_THE_DOOR: Mapping[tuple[str, ...], str] = {
    ("session is read-only",): "None of its hosts takes changes: promote one, or name the primary",
    ("too many", "connection slots"): "End some of its connections, or allow it more",
    ("starting up", "shutting down", "recovery"): "Wait until it is up",
    ("No space left",): "Make room on its disk",
}  # fmt: skip


def _each_host_said(error: Exception) -> list[str]:
    """Return what each host of a URL said; psycopg repeats the last of several above the list."""
    listed = [line for line in str(error).splitlines() if line.startswith("- host: ")]
    said = [line.partition(", hostaddr: ")[2].partition(": ")[2] for line in listed]
    return [printable(one.removeprefix("connection failed: ")) for one in said] or [_said(error)]


# What a database says when it is not just the next run that helps, and what does.
_UNDONE = "What was not committed was undone;"
_OTHERWISE = f"{_UNDONE} the next run carries on."
_OF_SQLITE: Mapping[tuple[str, ...], str] = {
    ("malformed", "not a database"): "It is damaged, or no database. Restore it from a backup, or"
    " move the file away to start anew.",
    ("readonly",): f"{_UNDONE} check the owner and mode of the file and its folder.",
    ("disk is full", "disk I/O error"): f"{_UNDONE} make room on its disk, and on the one for"
    " temporary files (SQLITE_TMPDIR or TMPDIR, else /var/tmp).",
    ("unable to open",): "It is no file, or not yours to open; check the path, and the owner and"
    " mode of the file and its folder.",
    ("is locked",): f"{_UNDONE} another program holds the file, see which and end it.",
    ("already exists",): "It holds tables of something else; give this program a file of its own.",
}  # fmt: skip
_OF_POSTGRES: Mapping[tuple[str, ...], str] = {
    ("read-only transaction", "during recovery"): "It is a standby, or set to be read-only. Nothing"
    " was changed; name its primary, or all hosts and target_session_attrs=read-write.",
    ("No space left",): f"{_UNDONE} make room on the server's disk.",
    ("lock timeout",): f"{_UNDONE} another session holds a lock on its tables (see"
    " pg_stat_activity). The next run carries on once that is gone.",
    ("permission denied",): "Nothing was changed; the user of the database needs the right to"
    " create and change tables in its schema.",
    ("already exists",): "It holds tables of something else; give this program a database of its"
    " own.",
}  # fmt: skip
# What follows an error when SQLite has undone the transaction itself, or the connection is gone.
_ECHOES = ("cannot rollback", "the connection is closed", "the connection is lost")


def refuse_damaged(store: Store) -> None:
    """Look through a SQLite file, indexes and all; a page that was never read says nothing.

    Raises:
        DatabaseUnavailable: it is damaged.
    """
    if store.file is None:
        return
    try:
        (said,) = store.row("PRAGMA integrity_check(1)")
        (page_size,) = store.row("PRAGMA page_size")
    except peewee.PeeweeException as error:
        raise _unavailable(store, error) from error
    if store.file.exists() and store.file.stat().st_size % page_size:
        said = "its end is missing"  # SQLite takes zeros for it
    if said != "ok":
        raise _unavailable(store, peewee.DatabaseError(f"malformed: {said.splitlines()[-1]}"))


def what_failed(error: BaseException) -> str:
    """Return what the database said first; what came after may only be an echo of it."""
    cause = error
    while cause.__context__ is not None and any(echo in str(cause) for echo in _ECHOES):
        cause = cause.__context__
    return _said(cause if is_database_error(cause) else error)


def _unavailable(store: Store, error: BaseException) -> Exception:
    said = what_failed(error)
    if store.is_cut_off:
        room = " Make room on the server's disk." if "No space left" in said else ""
        return DatabaseUnavailable(
            f"The connection to the database {store.address} was lost: {said}.{room} What was under"
            " way is there as a whole or not at all; the next run carries on, and an award can be"
            " repeated under its key."
        )
    advice = _advice(said, _OF_POSTGRES if store.is_postgres else _OF_SQLITE, _OTHERWISE)
    return DatabaseUnavailable(f"The database {store.address} failed: {said}. {advice}")


def _advice(said: str, known: Mapping[tuple[str, ...], str], otherwise: str) -> str:
    return next(
        (what for signs, what in known.items() if any(sign in said for sign in signs)), otherwise
    )


def _said(error: BaseException) -> str:
    """Return the first line of what the database said; the rest repeats the statement."""
    lines = str(error).strip().splitlines()
    return printable(lines[0] if lines else type(error).__name__).rstrip(".")
