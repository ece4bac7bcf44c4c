"""What is kept with a guild: MEE6's description of it, the hold, the rate of the ledger."""

from datetime import datetime
from typing import Any

from trc_mee6.store.connect import Store
from trc_mee6.store.tables import Guild


def guild(store: Store, guild_id: int) -> Guild:
    """Return the guild's row, made if there was none."""
    store.sql(
        "INSERT INTO guild (guild_id) VALUES (:guild_id) ON CONFLICT (guild_id) DO NOTHING",
        guild_id=guild_id,
    )
    return Guild.select().where(Guild.guild_id == guild_id).bind(store.database).get()


def known_guild(store: Store, guild_id: int) -> Guild | None:
    """Return the guild's row, None if nothing was ever recorded for it."""
    found: Guild | None = (
        Guild.select().where(Guild.guild_id == guild_id).bind(store.database).first()
    )
    return found


def guild_ids(store: Store) -> list[int]:
    """Return every guild of which anything is kept, a run's record at least."""
    rows = store.sql(
        """SELECT guild_id FROM guild UNION SELECT guild_id FROM member
        UNION SELECT guild_id FROM sync_run"""
    )
    return [guild_id for (guild_id,) in rows]


def only_guild(store: Store) -> int | None:
    """Return the guild that all members belong to, None if there is none or more than one."""
    known = store.sql("SELECT DISTINCT guild_id FROM member LIMIT 2").fetchall()
    return int(known[0][0]) if len(known) == 1 else None


def update_guild(store: Store, guild_id: int, **values: Any) -> None:
    """Set columns of the guild's row."""
    Guild.update(**values).where(Guild.guild_id == guild_id).bind(store.database).execute()


def hold(store: Store, guild_id: int, since: datetime, reason: str) -> None:
    """Hold the guild from now on, if it is not held already (R7)."""
    Guild.update(held_since=since, held_reason=reason).where(
        Guild.guild_id == guild_id, Guild.held_since.is_null()
    ).bind(store.database).execute()
