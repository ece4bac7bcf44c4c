"""One run per guild and database: who comes second is told who was first."""

import pytest
from support import START

from trc_mee6.errors import LockHeld
from trc_mee6.store.connect import open_store
from trc_mee6.store.locks import run_lock


def test_who_comes_second_is_told_who_holds_the_lock_and_since_when(store, database_url):
    with run_lock(store, "board-1", "sync", START), open_store(database_url) as other:
        with pytest.raises(LockHeld, match=r"sync .process .* since 2026-01-05 12:00:00 UTC"):
            with run_lock(other, "board-1", "backfill-baseline", START):
                pass


def test_other_guilds_are_not_in_the_way(store, database_url):
    with run_lock(store, "board-1", "sync", START), open_store(database_url) as other:
        with run_lock(other, "board-2", "sync", START):
            assert other.row("SELECT count(*) FROM run_lock") == (2,)


def test_the_lock_ends_with_its_holder(database_url):
    for _ in range(2):
        with open_store(database_url) as store, run_lock(store, "board-1", "sync", START):
            pass


def test_the_moment_before_the_holder_has_signed_is_covered(store, database_url):
    with run_lock(store, "board-1", "sync", START), open_store(database_url) as other:
        store.sql("DELETE FROM run_lock")
        with pytest.raises(LockHeld, match="just started"), run_lock(other, "board-1", "x", START):
            pass


def test_a_link_to_the_database_leads_to_the_same_lock(tmp_path):
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with open_store(f"sqlite:///{tmp_path / 'real.db'}") as store:
        with run_lock(store, "board-1", "sync", START):
            with open_store(f"sqlite:///{tmp_path / 'link.db'}") as other:
                with pytest.raises(LockHeld), run_lock(other, "board-1", "sync", START):
                    pass
