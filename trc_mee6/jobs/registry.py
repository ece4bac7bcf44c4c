"""Changes of the registry by hand."""

from collections.abc import Sequence
from datetime import datetime

from trc_mee6.errors import ConfigError
from trc_mee6.report import MemberState
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.store import registry
from trc_mee6.store.connect import Store
from trc_mee6.store.ledger import MemberRef, members_known_as
from trc_mee6.store.members import states
from trc_mee6.store.registry import Entry, RegistryChange
from trc_mee6.text import is_text, quoted

_NAMED = 5  # members of the same id that a message names


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
    return known_among(store, guild_id, [discord_id])[0]


def known_among(store: Store, guild_id: int, discord_ids: Sequence[int]) -> list[MemberState]:
    """Return these members, in this order.

    Raises:
        ConfigError: nobody of one of these ids was ever known.
    """
    found = {one.discord_id: one for one in states(store, guild_id, discord_ids)}
    for discord_id in discord_ids:
        if discord_id not in found:
            raise ConfigError(
                f"{discord_id} is no member of guild {guild_id}. See who is: trc-mee6 members list"
            )
    return [found[discord_id] for discord_id in discord_ids]


def member_known_as(store: Store, guild_id: int | None, member_id: str) -> MemberRef:
    """Return the member of this member_id or, if there is none, of this Discord id.

    Args:
        guild_id: the guild, None for all of them.

    Raises:
        ConfigError: no such member, or more than one.
    """
    name = str(member_id)
    found = members_known_as(store, guild_id, member_id=name) if is_text(name) else []
    if not found:
        try:
            discord_id = snowflake(name)
        except ValueError:
            discord_id = 0
        found = members_known_as(store, guild_id, discord_id=discord_id)
    if not found:
        where = "" if guild_id is None else f" in guild {guild_id}"
        raise ConfigError(
            f"No member {quoted(name)} is known{where}. See who is: trc-mee6 members list\n"
            "Link them with: trc-mee6 members link DISCORD_ID"
        )
    linked = [member for member in found if member.linked] or found
    if len(linked) > 1:
        raise ConfigError(
            f"{len(linked)} members are known as {quoted(name)}: {_listed(linked)}.\n"
            "Name the one you mean by the Discord id, and the guild with --guild or MEE6_GUILD_ID;"
            " or give them ids of their own."
        )
    return linked[0]


def _listed(members: list[MemberRef]) -> str:
    shown = [f"{one.discord_id} in guild {one.guild_id}" for one in members[:_NAMED]]
    return ", ".join(shown) + (", ..." if len(members) > _NAMED else "")
