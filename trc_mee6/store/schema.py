"""Brings the tables up to date, and refuses a database of another version.

The scripts in `migrations/` are applied in the order of their numbers by `playhouse.migrations`
and never changed once released.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee

from trc_mee6.errors import ConfigError, LockHeld
from trc_mee6.store.connect import Store, lock_number
from trc_mee6.store.locks import lock_file_unusable

_SCRIPTS = Path(__file__).parent / "migrations"
_HISTORY = "schema_migration"


def ensure_current(store: Store) -> None:
    """Bring an empty database up to date.

    Raises:
        ConfigError: it is older than this program (say how to upgrade) or newer.
    """
    applied = _applied(store)
    if applied:
        _refuse_older(store, applied)
    else:
        upgrade(store)


def require_current(store: Store, setting: str) -> None:
    """Refuse what `ensure_current` would refuse or change, and change nothing.

    Raises:
        ConfigError: it is empty, older than this program (say how to upgrade) or newer.
    """
    applied = _applied(store)
    if not applied:
        raise ConfigError(
            f"{setting}: {store.address} has no tables of this program. Nothing was changed; check"
            " the address."
        )
    _refuse_older(store, applied)


def _refuse_older(store: Store, applied: set[str]) -> None:
    if _missing(store, applied):
        with _alone(store):  # another process may just be bringing it up to date
            missing = pending(store)
        if missing:
            raise ConfigError(
                f"The database {store.address} was made by an older version ({missing[0]} is"
                " missing). Make a backup, then run: trc-mee6 db upgrade"
            )


def upgrade(store: Store) -> list[str]:
    """Apply what is missing, one process at a time, and return its names.

    Raises:
        ConfigError: the database is newer than this program.
    """
    from playhouse.migrations import Runner

    with _alone(store):
        _refuse_newer(store, _applied(store))
        if not store.is_postgres:
            store.sql("PRAGMA journal_mode = WAL")
        names: list[str] = Runner(store.database, str(_SCRIPTS), table_name=_HISTORY).up()
        return names


def pending(store: Store) -> list[str]:
    """Return the names that `upgrade` would apply; raises as it does."""
    return _missing(store, _applied(store))


def _missing(store: Store, applied: set[str]) -> list[str]:
    _refuse_newer(store, applied)
    return sorted(_known() - applied)


def _known() -> set[str]:
    return {script.stem for script in _SCRIPTS.glob("[0-9]*.py")}


def _applied(store: Store) -> set[str]:
    """Return the names of the applied migrations, none for an empty database."""
    try:
        return {name for (name,) in store.sql(f"SELECT name FROM {_HISTORY}")}
    except (peewee.OperationalError, peewee.ProgrammingError) as error:
        if is_absent(error):
            return set()
        raise


def is_absent(error: Exception) -> bool:
    """Say whether a statement failed because its table is not there."""
    return "no such table" in str(error) or "does not exist" in str(error)


def _refuse_newer(store: Store, applied: set[str]) -> None:
    unknown = applied - _known()
    if unknown:
        raise ConfigError(
            f"The database {store.address} was made by a newer version ({max(unknown)}). Nothing"
            " was changed; upgrade this program."
        )


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    if store.file is not None:
        from filelock import FileLock, Timeout

        lock = FileLock(f"{store.file}.schema.lock", timeout=60, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise LockHeld(
                f"Another process has been bringing {store.address} up to date for a minute."
                " Nothing was done; try again later."
            ) from None
        except OSError as error:
            raise lock_file_unusable(lock.lock_file, error) from None
        try:
            yield
        finally:
            lock.release()
        return
    key = lock_number("schema")
    store.sql("SELECT pg_advisory_lock(:key)", key=key)
    try:
        yield
    finally:
        store.sql("SELECT pg_advisory_unlock(:key)", key=key)
