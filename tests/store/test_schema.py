"""Migrations: an empty database is brought up to date, another version's is refused."""

import threading

import filelock
import pytest

from trc_mee6.errors import ConfigError, LockHeld
from trc_mee6.store import schema
from trc_mee6.store.connect import connected, open_store

ALL = ["0001_the_ledger", "0002_streaks", "0003_gains", "0004_posts"]


def test_an_empty_database_is_brought_up_to_date(database_url):
    with connected(database_url, "DATABASE_URL") as store:
        assert schema.pending(store) == ALL
        assert schema.upgrade(store) == ALL
        assert schema.pending(store) == []
        assert schema.upgrade(store) == []


def test_a_database_of_a_newer_version_is_refused_untouched(database_url):
    with open_store(database_url) as store:
        store.sql(
            "INSERT INTO schema_migration (name, applied) VALUES ('0999_later', :n)", n="2030-01-01"
        )
    with pytest.raises(ConfigError, match=r"newer version .0999_later"), open_store(database_url):
        pass
    with connected(database_url, "DATABASE_URL") as store:
        with pytest.raises(ConfigError, match="upgrade this program"):
            schema.upgrade(store)


def test_a_database_of_an_older_version_says_how_to_upgrade(database_url, monkeypatch):
    with open_store(database_url):
        pass
    monkeypatch.setattr(schema, "_known", lambda: {*ALL, "9999_next"})
    with pytest.raises(ConfigError, match="trc-mee6 db upgrade"), open_store(database_url):
        pass


def test_processes_that_start_at_once_on_an_empty_database_do_not_collide(database_url):
    failed = []

    def start():
        try:
            with open_store(database_url) as store:
                store.sql("SELECT * FROM member")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_an_upgrade_under_way_for_long_is_told(sqlite_url, monkeypatch):
    def held(*_, **__):
        raise filelock.Timeout("schema.lock")

    monkeypatch.setattr(filelock.FileLock, "acquire", held)
    with pytest.raises(LockHeld, match="up to date for a minute"), open_store(sqlite_url):
        pass


def test_another_trouble_with_the_history_is_not_taken_for_an_empty_database(sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql("ALTER TABLE schema_migration RENAME COLUMN name TO title")
    with pytest.raises(Exception, match="no such column"), open_store(sqlite_url):
        pass
