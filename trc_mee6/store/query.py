"""MEMBERS_SQL: the operator's own query for who is a member, run read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from trc_mee6.errors import ConfigError
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.store.connect import Store, connected
from trc_mee6.store.registry import Entry
from trc_mee6.text import is_text, printable, quoted


def registry_entries(url: str, setting: str, query: str) -> list[Entry]:
    """Return what the query gives, each id once.

    Args:
        url: the database to ask.
        setting: the setting that named it, for messages.
        query: gives `discord_id` and optionally `member_id`, by these names or in this order.

    Raises:
        ConfigError: the query fails, gives nothing, or gives something else. Nobody is unlinked
            then.
        DatabaseUnavailable: the database cannot be reached.
    """
    with connected(url, setting, create=False) as store, _read_only(store):
        try:
            # psycopg takes a percent sign for the start of a placeholder.
            asked = query.replace("%", "%%") if store.is_postgres else query
            cursor = store.database.execute_sql(asked)
            names = [column[0].lower() for column in cursor.description or ()]
            rows = cursor.fetchall() if names else []
        except (peewee.PeeweeException, sqlite3.Error, sqlite3.Warning) as error:
            if store.is_cut_off:
                raise
            said = printable((str(error).strip() or type(error).__name__).splitlines()[0])
            raise ConfigError(
                f"MEMBERS_SQL failed: {said}. Nobody was linked or unlinked; mend the query."
            ) from None
    if not rows:
        raise ConfigError(
            "MEMBERS_SQL gave no row. Nobody was linked or unlinked; if your table is meant to be"
            " empty, unset MEMBERS_SQL."
        )
    id_at = names.index("discord_id") if "discord_id" in names else 0
    member_at = names.index("member_id") if "member_id" in names else None
    if member_at is None and "discord_id" not in names and len(names) > 1:
        member_at = 1
    found: dict[int, Entry] = {}
    for number, row in enumerate(rows, start=1):
        entry = _entry(row[id_at], None if member_at is None else row[member_at], number)
        if found.setdefault(entry.discord_id, entry) != entry:
            raise ConfigError(
                f"MEMBERS_SQL gave {entry.discord_id} twice, with different member_id (row"
                f" {number}). Nobody was linked or unlinked; mend the query."
            )
    return list(found.values())


def _entry(discord_id: object, member_id: object, number: int) -> Entry:
    own = None if member_id in (None, "") else str(member_id)
    if own is not None and not is_text(own):
        raise ConfigError(
            f"MEMBERS_SQL, row {number}: member_id {quoted(own)} is no text a database can keep."
            " Nobody was linked or unlinked; mend the query."
        )
    try:
        return Entry(snowflake(str(discord_id)), own)
    except ValueError as error:
        raise ConfigError(
            f"MEMBERS_SQL, row {number}: discord_id is {quoted(discord_id)}; {error}."
            " Nobody was linked or unlinked; mend the query."
        ) from None


@contextmanager
def _read_only(store: Store) -> Iterator[None]:
    if store.is_postgres:
        store.sql("SET default_transaction_read_only = on")
    else:
        store.sql("PRAGMA query_only = ON")
    yield
