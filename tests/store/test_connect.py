"""From a URL to an open store, and what is said when that fails."""

import sqlite3
import stat
import traceback
from contextlib import closing

import psycopg
import pytest
from support import PASSWORD

from trc_mee6.errors import ConfigError, DatabaseUnavailable
from trc_mee6.store.connect import STATEMENT_TIMEOUT, connected, lock_number, open_store
from trc_mee6.store.tables import TABLES


def everything_of(caught):
    """What a traceback shows, causes and all."""
    return "".join(traceback.format_exception(caught.value))


def test_a_sqlite_file_is_nobody_elses_business(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    file = tmp_path / "data" / "trc-mee6" / "trc-mee6.db"
    with open_store(f"sqlite:///{file}") as store:
        assert store.row("PRAGMA journal_mode") == ("wal",)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_relative_sqlite_path_is_taken_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///a%20b.db") as store:
        assert store.file == tmp_path / "a b.db"


def test_postgres_speaks_utc_and_ends_statements_that_hang(postgres_url):
    with open_store(postgres_url) as store:
        assert store.row("SHOW TIME ZONE") == ("UTC",)
        (limit,) = store.row("SELECT setting::int FROM pg_settings WHERE name='statement_timeout'")
        assert limit == STATEMENT_TIMEOUT * 1000
        assert store.row("SHOW application_name") == ("trc-mee6",)


def test_a_lock_of_another_session_is_waited_for_two_minutes_unless_told_otherwise(postgres_url):
    with open_store(postgres_url) as store:
        assert store.row("SHOW lock_timeout") == ("2min",)
    with open_store(f"{postgres_url}&options=-c%20lock_timeout%3D5s") as store:
        assert store.row("SHOW lock_timeout") == ("5s",)


def test_a_silent_server_is_given_up_after_a_minute_unless_told_otherwise(postgres_url):
    def kept(url):
        with open_store(url) as store:
            return store.database.connection().info.get_parameters()

    usual = kept(postgres_url)
    asked = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    assert [usual[name] for name in asked] == ["30", "10", "3", "60000"]
    assert kept(f"{postgres_url}&keepalives_idle=7")["keepalives_idle"] == "7"


def test_a_percent_sign_and_a_cast_survive_in_postgres(postgres_url):
    with open_store(postgres_url) as store:
        assert store.row("SELECT '50%', 7::int, CAST(:n AS int)", n=3) == ("50%", 7, 3)


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{PASSWORD}@host/db",
        f"jdbc:postgresql://host/db?user=me&password={PASSWORD}",
        f"postgresql+psycopg://me:{PASSWORD}@host/db",
        f"postgresql:/me:{PASSWORD}@host/db",
        f" postgresql://me:{PASSWORD}@host/db",
        f"host=127.0.0.1 password={PASSWORD}",
        f"sqlite://me:{PASSWORD}@host/db",
        PASSWORD,
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "nonsense",
        "",
    ],
)
def test_a_url_of_another_kind_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="DATABASE_URL") as refused, open_store(url):
        pass
    assert PASSWORD not in everything_of(refused)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@[host/db",
        f"postgres://me:{PASSWORD}@host/db?{PASSWORD}=1",
        f"postgresql://me:hun/{PASSWORD}@127.0.0.1:9/db",
        f"postgresql://me:hun@{PASSWORD}@127.0.0.1:9/db",
        f"postgresql://me:{PASSWORD}@127.0.0.1:99999/db",
        f"postgresql://me%3A{PASSWORD}@127.0.0.1:9/db",
        f"postgresql://127.0.0.1:9/db?user=me%3A{PASSWORD}",
        f"postgresql://me:{PASSWORD}%zz@127.0.0.1:9/db",
        f"postgresql://me:{PASSWORD}%00@127.0.0.1:9/db",
        f"postgresql://me:{PASSWORD}",
        f"postgresql://127.0.0.1:9/db;password={PASSWORD}",
        f"postgresql://127.0.0.1:9/db&password={PASSWORD}",
        f"postgresql://127.0.0.1:9/?dbname=password%3D{PASSWORD}",
        f"postgresql://127.0.0.1:9/?dbname=postgresql://me:{PASSWORD}@host/db",
        f"postgresql://127.0.0.1:9/db?passwd={PASSWORD}",
        f"postgresql://127.0.0.1:9/db?password={PASSWORD}&nonsense",
    ],
)
def test_a_malformed_postgres_url_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="percent-encoded") as refused, open_store(url):
        pass
    assert PASSWORD not in everything_of(refused)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/db",
        f"postgresql://me@127.0.0.1:1/db?password={PASSWORD}",
        f"postgresql://me:p%40%2F{PASSWORD}@127.0.0.1:1/db",
        f"postgresql://me@127.0.0.1:1/db?sslpassword={PASSWORD}",
        "postgresql://me@127.0.0.1:1/db",  # with PGPASSWORD
        "postgresql://me@127.0.0.1:1/db?passfile=passwords",
        "postgresql://me@127.0.0.1:1/db?service=ours",
    ],
)
def test_an_unreachable_server_is_named_without_the_password(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("PGSERVICEFILE", "services")
    (tmp_path / "services").write_text(f"[ours]\npassword={PASSWORD}\n")
    (tmp_path / "passwords").write_text(f"*:*:*:*:{PASSWORD}\n")
    (tmp_path / "passwords").chmod(0o600)
    with pytest.raises(DatabaseUnavailable, match=r"me@127\.0\.0\.1:1/db") as refused:
        with open_store(url):
            pass
    assert PASSWORD not in everything_of(refused)


def test_a_slip_in_a_service_file_shows_no_password(tmp_path, monkeypatch):
    (tmp_path / "services").write_text(f"[ours]\npassword {PASSWORD}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    with pytest.raises(DatabaseUnavailable, match="service file") as refused:
        with open_store("postgresql://me@127.0.0.1:1/db?service=ours"):
            pass
    assert PASSWORD not in everything_of(refused)


def test_a_database_that_does_not_exist_is_a_wrong_setting(postgres_url):
    base, _, rest = postgres_url.partition("/test_")
    url = f"{base}/absent?{rest.split('?')[1]}"
    with pytest.raises(ConfigError, match="refused the connection"), open_store(url):
        pass


@pytest.mark.parametrize("folder", ["missing/deep", "file.txt"])
def test_a_file_that_cannot_be_made_is_named(tmp_path, folder):
    (tmp_path / "file.txt").touch()
    with pytest.raises(ConfigError, match="DATABASE_URL"):
        with open_store(f"sqlite:///{tmp_path / folder / 'x.db'}"):
            pass


def test_a_damaged_file_is_told_apart(tmp_path):
    file = tmp_path / "x.db"
    file.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DatabaseUnavailable, match="Restore it"), open_store(f"sqlite:///{file}"):
        pass


def test_a_file_that_may_only_be_read_is_told_apart(sqlite_url):
    with open_store(sqlite_url):
        pass
    with (
        pytest.raises(DatabaseUnavailable, match="check the owner and mode"),
        open_store(sqlite_url) as s,
    ):
        s.sql("PRAGMA query_only = ON")
        s.sql("DELETE FROM member")


def test_an_error_of_the_database_says_what_happened_to_the_data(store):
    with pytest.raises(DatabaseUnavailable, match="What was not committed was undone"):
        with connected_again(store) as again:
            again.sql("SELECT * FROM no_such_table")


def connected_again(store):
    if store.file is not None:
        return connected(f"sqlite:///{store.file}", "DATABASE_URL")
    return connected(_url_of(store), "DATABASE_URL")


def _url_of(store):
    known = store.database.connect_params
    return f"postgresql://{known['user']}@/{known['dbname']}?host={known['host']}"


def test_a_connection_that_breaks_in_a_bulk_copy_is_our_error_too(postgres_url):
    with pytest.raises(DatabaseUnavailable), open_store(postgres_url) as store:
        store.sql("CREATE TEMPORARY TABLE numbers (n BIGINT)")
        store.fill("numbers", ("n",), [("no number",)])


def test_a_sqlite_error_in_a_bulk_insert_is_our_error_too(sqlite_url):
    with pytest.raises(DatabaseUnavailable), open_store(sqlite_url) as store:
        store.fill("no_such_table", ("n",), [(1,)])


def test_a_server_that_ends_our_connection_is_our_error(postgres_url):
    with pytest.raises(DatabaseUnavailable), open_store(postgres_url) as store:
        (pid,) = store.row("SELECT pg_backend_pid()")
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        store.row("SELECT 1")


def test_our_own_errors_pass_through(sqlite_url):
    with pytest.raises(KeyError), open_store(sqlite_url):
        raise KeyError


def test_the_models_have_the_tables_and_columns_that_the_database_has(store):
    there = set(store.database.get_tables()) - {"schema_migration", "sqlite_sequence"}
    assert {model._meta.table_name for model in TABLES} == there
    for model in TABLES:
        columns = {column.name for column in store.database.get_columns(model._meta.table_name)}
        assert set(model._meta.columns) == columns


def test_lock_numbers_fit_postgres_and_differ():
    numbers = {lock_number(f"board-{n}") for n in range(1000)}
    assert len(numbers) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)


def test_two_stores_can_be_open_at_once(tmp_path):
    from trc_mee6.store import guilds

    with (
        open_store(f"sqlite:///{tmp_path / 'a.db'}") as first,
        open_store(f"sqlite:///{tmp_path / 'b.db'}") as second,
    ):
        guilds.guild(first, 1)
        assert guilds.known_guild(second, 1) is None
        assert guilds.known_guild(first, 1).guild_id == 1


def test_a_commit_waits_for_who_still_reads(sqlite_url, monkeypatch):
    """As where the file is not in the mode that lets one read while another writes."""
    monkeypatch.setattr("trc_mee6.store.connect._BUSY_AT_ONCE", 0.01)
    commits: list[str] = []
    with (
        open_store(sqlite_url) as store,
        closing(sqlite3.connect(store.file, isolation_level=None)) as other,
    ):
        store.sql("PRAGMA journal_mode = delete")
        store.sql("PRAGMA busy_timeout = 10")
        other.execute("BEGIN")
        other.execute("SELECT * FROM member").fetchall()

        def listen(said: str) -> None:
            if said == "COMMIT":
                commits.append(said)
                if len(commits) == 3:
                    other.rollback()

        store.database.connection().set_trace_callback(listen)
        with store.database.atomic():
            store.sql("UPDATE request_pace SET next_slot_at = 1")
        assert len(commits) == 3
        assert store.row("SELECT next_slot_at FROM request_pace") == (1,)


def test_a_file_that_another_program_holds_is_waited_for(sqlite_url, monkeypatch):
    from trc_mee6.store import connect

    monkeypatch.setattr(connect, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setattr(connect, "_BUSY_AT_ONCE", 0.05)
    with open_store(sqlite_url) as store:
        other = sqlite3.connect(store.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"), open_store(sqlite_url) as store:
        store.sql("DELETE FROM member")
    other.rollback()
    other.close()
