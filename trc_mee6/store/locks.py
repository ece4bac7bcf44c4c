"""One run of a job per guild and database.

SQLite: a file lock beside the database, released by the kernel when the process dies. Postgres:
an advisory lock of the session, because hosts do not share a disk; released by the server when
the connection ends.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from trc_mee6.errors import DatabaseUnavailable, LockHeld
from trc_mee6.log import log
from trc_mee6.store.connect import Store, best_effort, lock_number
from trc_mee6.store.moments import as_moment
from trc_mee6.text import printable

BOARD = "board"  # sync and backfill-baseline, of one guild
STREAKS = "streaks"
POST = "post"  # leaderboard --post


@contextmanager
def run_lock(store: Store, name: str, command: str, now: datetime) -> Iterator[None]:
    """Hold the lock `name` while the block runs.

    Args:
        command: what the holder does, told to whoever comes second.

    Raises:
        LockHeld: another run has it; says which and since when.
    """
    with unsigned_lock(store, name):
        store.sql(
            """INSERT INTO run_lock (name, holder, since) VALUES (:name, :holder, :now)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, since = excluded.since""",
            name=name,
            holder=f"{command} (process {os.getpid()} on {socket.gethostname()})",
            now=now,
        )
        yield
        # Not on the way of an error, which may be that the database is gone.
        with best_effort(log.info, "lock.not_tidied"):
            store.sql("DELETE FROM run_lock WHERE name = :name", name=name)


@contextmanager
def runs_kept_out(store: Store, guild_ids: Iterable[int]) -> Iterator[None]:
    """Hold the locks of all runs of these guilds, without a word in the database.

    Raises:
        LockHeld: a run is under way.
    """
    with ExitStack() as held:
        for guild_id in guild_ids:
            for of_job in (BOARD, STREAKS, POST):
                held.enter_context(unsigned_lock(store, f"{of_job}-{guild_id}"))
        yield


@contextmanager
def unsigned_lock(store: Store, name: str) -> Iterator[None]:
    """Hold the lock `name`; raises as `run_lock` does, and tells nobody who comes second."""
    with _file_lock(store, name) if store.file is not None else _advisory_lock(store, name):
        yield


@contextmanager
def _file_lock(store: Store, name: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(f"{store.file}.{name}.lock", blocking=False, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise _held(store, name) from None
    except OSError as error:
        raise lock_file_unusable(lock.lock_file, error) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(store: Store, name: str) -> Iterator[None]:
    key = lock_number(name)
    (taken,) = store.row("SELECT pg_try_advisory_lock(:key)", key=key)
    if not taken:
        raise _held(store, name)
    yield
    # An error ends the session, and the lock with it.
    with best_effort(log.info, "lock.not_released"):
        store.sql("SELECT pg_advisory_unlock(:key)", key=key)


def lock_file_unusable(file: str, error: OSError) -> DatabaseUnavailable:
    """Return what to say of a lock file that cannot be opened."""
    return DatabaseUnavailable(
        f"The lock file {printable(file)} cannot be used: {error.strerror}. Nothing was done; it"
        " and its folder must belong to the user that runs this program (a run as another user,"
        " root for example, leaves its own)."
    )


def _held(store: Store, name: str) -> LockHeld:
    row = store.row("SELECT holder, since FROM run_lock WHERE name = :name", name=name)
    if row is None:
        return LockHeld("Another run has just started. Nothing was done; try again later.")
    since = as_moment(row[1])
    return LockHeld(
        f"Another run is under way: {printable(row[0])}, since {since:%Y-%m-%d %H:%M:%S} UTC."
        " Nothing was done; the next run carries on."
    )
