"""Who is tracked: linking, unlinking, and keeping in step with the operator's own table."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from trc_mee6.store.connect import Store
from trc_mee6.store.members import SWEPT_AT, last_observation

BY_HAND = "hand"
BY_QUERY = "query"


# What a registry says about a member; MEE6's own name for them goes before the operator's.
_NAMES = """member_id = coalesce(r.member_id, member.member_id),
    username = coalesce(member.username, r.name)"""


class Entry(NamedTuple):
    """One line of a registry; `member_id` and `name` None where it does not say."""

    discord_id: int
    member_id: str | None = None
    name: str | None = None


class RegistryChange(NamedTuple):
    """Members newly linked, unlinked, and already linked whose member_id or name changed."""

    linked: int
    unlinked: int
    updated: int


def link(
    store: Store,
    guild_id: int,
    entries: Iterable[Entry],
    now: datetime,
    *,
    linked_by: str = BY_HAND,
    all_there_are: bool = False,
) -> RegistryChange:
    """Link these members; one linked again after having been unlinked gets a new baseline (R3).

    Call it inside `store.writing`.

    Args:
        entries: no id twice; an entry without member_id or name leaves the stored one.
        linked_by: where they come from.
        all_there_are: whoever came from there before and is missing now is unlinked.
    """
    _stage(store, entries)
    here = {"guild_id": guild_id, "now": now}
    matched = "member.guild_id = :guild_id AND member.discord_id = r.discord_id"
    renamed = store.row(
        f"""SELECT 1 FROM member JOIN registry AS r ON {matched}
        WHERE coalesce(r.member_id, member.member_id, '') <> coalesce(member.member_id, '')
        LIMIT 1""",
        guild_id=guild_id,
    )
    updated = store.sql(
        f"""UPDATE member SET {_NAMES}, linked_by = :by
        FROM registry AS r WHERE {matched} AND member.linked AND (member.linked_by <> :by
            OR coalesce(r.member_id, member.member_id, '') <> coalesce(member.member_id, '')
            OR (member.username IS NULL AND r.name IS NOT NULL))""",
        guild_id=guild_id,
        by=linked_by,
    ).rowcount
    relinked = store.sql(
        f"""UPDATE member SET {_NAMES}, linked = TRUE, linked_at = :now, linked_by = :by,
            xp_total = NULL,
            baseline_xp = NULL, baseline_at = NULL, leftover_xp = 0, awarded_xp = 0,
            baseline_points = mee6_points, on_board = FALSE, presumed_zero = FALSE
        FROM registry AS r WHERE {matched} AND NOT member.linked""",
        **here,
        by=linked_by,
    ).rowcount
    if renamed is not None:
        _follow_member_ids(store, guild_id)
    new = store.sql(
        """INSERT INTO member (guild_id, discord_id, member_id, username, linked_at, linked_by)
        SELECT :guild_id, r.discord_id, r.member_id, r.name, :now, :by FROM registry AS r
        LEFT JOIN member m ON m.guild_id = :guild_id AND m.discord_id = r.discord_id
        WHERE m.discord_id IS NULL ORDER BY r.discord_id""",
        **here,
        by=linked_by,
    ).rowcount
    gone = 0
    if all_there_are:
        gone = _unlink_where(
            store,
            guild_id,
            "linked_by = :by AND discord_id NOT IN (SELECT discord_id FROM registry)",
            by=linked_by,
        )
    return RegistryChange(new + relinked, gone, updated)


def unlink(store: Store, guild_id: int, discord_id: int) -> bool:
    """Stop tracking a member, keeping the history; say whether they were linked.

    Call it inside `store.writing`.
    """
    return _unlink_where(store, guild_id, "discord_id = :discord_id", discord_id=discord_id) == 1


def linked_members(store: Store, guild_id: int) -> int:
    """Return how many members are linked."""
    row = store.row(
        "SELECT count(*) FROM member WHERE guild_id = :guild_id AND linked", guild_id=guild_id
    )
    return int(row[0])


def known_members(store: Store, guild_id: int) -> int:
    """Return how many members there are, linked or not."""
    row = store.row("SELECT count(*) FROM member WHERE guild_id = :guild_id", guild_id=guild_id)
    return int(row[0])


def _stage(store: Store, entries: Iterable[Entry]) -> None:
    store.sql(f"DROP TABLE IF EXISTS {'pg_temp' if store.is_postgres else 'temp'}.registry")
    store.sql(
        f"""CREATE TEMPORARY TABLE registry
        (discord_id {store.bigint} PRIMARY KEY, member_id TEXT, name TEXT)"""
    )
    store.fill("registry", Entry._fields, entries)
    store.analyze("registry")


def _follow_member_ids(store: Store, guild_id: int) -> None:
    """Let the lines say the operator's id that their member has now: a label, no content."""
    for table in ("discord_activity", "point_transaction"):
        store.sql(
            f"""UPDATE {table} SET member_id = r.member_id FROM registry AS r
            WHERE {table}.guild_id = :guild_id AND {table}.discord_id = r.discord_id
                AND r.member_id IS NOT NULL AND coalesce({table}.member_id, '') <> r.member_id""",
            guild_id=guild_id,
        )


def _unlink_where(store: Store, guild_id: int, condition: str, **params: object) -> int:
    # A complete sweep observed every linked member; once unlinked, that must be said per member.
    return int(
        store.sql(
            f"""UPDATE member SET linked = FALSE,
                observed_at = {last_observation("member", SWEPT_AT)}
            WHERE guild_id = :guild_id AND linked AND {condition}""",
            guild_id=guild_id,
            **params,
        ).rowcount
    )
