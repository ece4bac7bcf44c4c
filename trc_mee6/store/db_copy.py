"""Everything in one database, written into another of either kind, and read back.

The tables come from the models, so that a new one is copied without a word here.
"""

from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from itertools import zip_longest
from typing import Any

from peewee import AutoField, Model, OperationalError, ProgrammingError, TextField

from trc_mee6.clock import unique_id
from trc_mee6.errors import ConfigError, CopyDiffers
from trc_mee6.store.connect import Store, blamed, lock_number
from trc_mee6.store.moments import plain
from trc_mee6.store.schema import is_absent
from trc_mee6.store.tables import TABLES, RequestPace, RunLock

# Who took a lock last means nothing elsewhere.
COPIED = tuple(table for table in TABLES if table is not RunLock)
NAMES = tuple(table._meta.table_name for table in COPIED)


def counted(store: Store) -> dict[str, int]:
    """Return how many rows there are to copy, by table."""
    return {name: int(store.row(f"SELECT count(*) FROM {name}")[0]) for name in NAMES}


def require_empty(store: Store, setting: str) -> None:
    """Refuse a database that is in use; one without tables, or not all of them, is not.

    Raises:
        ConfigError: it holds a row, other than the one that a fresh database has.
    """
    for table, name in zip(COPIED, NAMES, strict=True):
        if table is not RequestPace and _has_rows(store, name):
            raise ConfigError(
                f"{setting}: {store.address} is not empty, {name} has rows. Nothing was written;"
                " name a new file, or an empty database."
            )


def _has_rows(store: Store, name: str) -> bool:
    try:
        return store.row(f"SELECT 1 FROM {name} LIMIT 1") is not None
    except (OperationalError, ProgrammingError) as error:
        if is_absent(error):
            return False
        raise


def require_another(source: Store, target: Store, now: datetime) -> None:
    """Refuse to copy a database into itself, whatever its two addresses.

    Raises:
        ConfigError: both are the same.
    """
    if source.file is not None and target.file is not None:
        same = source.file.samefile(target.file)
    elif source.is_postgres and target.is_postgres:
        key = lock_number(unique_id(now))  # a lock of the session, and of the database
        with blamed(source):
            source.sql("SELECT pg_advisory_lock(:key)", key=key)
        same = not target.row("SELECT pg_try_advisory_lock(:key)", key=key)[0]
    else:
        same = False
    if same:
        raise ConfigError(
            f"FROM and TO are the same database, {source.address}. Nothing was written; name"
            " another as TO."
        )


def copy_rows(source: Store, target: Store) -> dict[str, int]:
    """Write every row into an empty database, and return how many there are, by table.

    Call it inside a transaction of each, in which nobody else writes.

    Raises:
        CopyDiffers: a table read back is not what was written.
    """
    target.sql(f"DELETE FROM {RequestPace._meta.table_name}")
    return {
        name: _copy_table(source, target, table, name)
        for table, name in zip(COPIED, NAMES, strict=True)
    }


def _copy_table(source: Store, target: Store, table: type[Model], name: str) -> int:
    with closing(_rows(source, table)) as rows:
        target.fill(name, _columns(table), rows)
    target.analyze(name)
    if target.is_postgres and isinstance(table._meta.primary_key, AutoField):
        # NULL, so nothing, for a table without rows or without numbers of the database's own.
        numbers = f"pg_get_serial_sequence('{name}', 'id')"
        target.sql(f"SELECT setval({numbers}, max(id)) FROM {name}")
    return _rows_alike(source, target, table)


def _rows_alike(source: Store, target: Store, table: type[Model]) -> int:
    """Read both, side by side, and return how many rows there are."""
    count = 0
    with closing(_rows(source, table)) as theirs, closing(_rows(target, table)) as ours:
        for count, (before, after) in enumerate(zip_longest(theirs, ours), start=1):
            if before != after:
                raise CopyDiffers(
                    f"{target.address} did not keep what was copied into {table._meta.table_name}"
                    f" (row {count:,}), so all of it was undone. Look for triggers and rules on its"
                    " tables, or copy into a new database."
                )
    return count


def _rows(store: Store, table: type[Model]) -> Generator[Any, None, None]:
    """Give the rows as SQLite keeps them, which Postgres takes as well, in order of their key."""
    key = ", ".join(_in_order(store, field) for field in table._meta.get_primary_keys())
    query = f"SELECT {', '.join(_columns(table))} FROM {table._meta.table_name} ORDER BY {key}"
    with blamed(store):
        for row in store.stream(query):
            yield tuple(map(plain, row)) if store.is_postgres else row


def _columns(table: type[Model]) -> list[str]:
    return [field.column_name for field in table._meta.sorted_fields]


def _in_order(store: Store, field: Any) -> str:
    """Return what sorts a column alike in both kinds, and every locale."""
    is_text = isinstance(field, TextField) and store.is_postgres
    return f'{field.column_name} COLLATE "C"' if is_text else str(field.column_name)
