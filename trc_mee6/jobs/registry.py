"""Changes of the registry by hand."""

from collections.abc import Sequence
from datetime import datetime

from trc_mee6.errors import ConfigError
from trc_mee6.report import MemberState
from trc_mee6.store import registry
from trc_mee6.store.connect import Store
from trc_mee6.store.members import state
from trc_mee6.store.registry import Entry, RegistryChange


def link_members(
    store: Store, guild_id: int, entries: Sequence[Entry], now: datetime, *, dry_run: bool = False
) -> RegistryChange:
    """Link these members, all or none."""
    with store.writing(guild_id) as transaction:
        change = registry.link(store, guild_id, entries, now)
        if dry_run:
            transaction.rollback()
    return change


def unlink_member(store: Store, guild_id: int, discord_id: int, *, dry_run: bool = False) -> bool:
    """Stop tracking a member, and say whether they were tracked.

    Raises:
        ConfigError: nobody of that id was ever known.
    """
    known_member(store, guild_id, discord_id)
    with store.writing(guild_id) as transaction:
        unlinked = registry.unlink(store, guild_id, discord_id)
        if dry_run:
            transaction.rollback()
    return unlinked


def require_members(store: Store, guild_id: int) -> None:
    """Refuse a guild of which the database knows nobody.

    Raises:
        ConfigError: it is one.
    """
    if registry.known_members(store, guild_id) == 0:
        raise ConfigError(
            f"This database ({store.address}) knows no member of guild {guild_id}. Check the id and"
            " DATABASE_URL, or run first: trc-mee6 sync"
        )


def known_member(store: Store, guild_id: int, discord_id: int) -> MemberState:
    """Return a member.

    Raises:
        ConfigError: nobody of that id was ever known.
    """
    found = state(store, guild_id, discord_id)
    if found is None:
        raise ConfigError(
            f"{discord_id} is no member of guild {guild_id}. See who is: trc-mee6 members list"
        )
    return found
