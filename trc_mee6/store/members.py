"""What is known of members, for people and other programs."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from trc_mee6.report import Activity, MemberState, SourcePoints, Transaction, XpAccount
from trc_mee6.store.connect import Store
from trc_mee6.store.gains import among
from trc_mee6.store.moments import as_day, as_moment

SWEPT_AT = "(SELECT swept_at FROM guild WHERE guild_id = :guild_id)"


def last_observation(member: str, swept_at: str) -> str:
    """Return the SQL for a member's last observation.

    A complete sweep observed every linked member with a baseline; `observed_at` is for what it
    does not cover.

    Args:
        member: the table or its alias.
        swept_at: the SQL for `guild.swept_at`.
    """
    return f"""CASE WHEN {member}.linked AND {member}.xp_total IS NOT NULL
        AND {swept_at} > {member}.observed_at THEN {swept_at} ELSE {member}.observed_at END"""


_STATE = f"""SELECT m.discord_id, m.member_id, m.username, m.linked, m.xp_total, m.baseline_xp,
        m.leftover_xp, m.points, m.mee6_points, m.level, m.messages,
        {last_observation("m", "g.swept_at")},
        m.current_streak, m.longest_streak, m.last_active_on, m.judged_before
    FROM member m LEFT JOIN guild g ON g.guild_id = m.guild_id
    WHERE m.guild_id = :guild_id"""


def states(
    store: Store, guild_id: int, discord_ids: Collection[int] | None = None
) -> Iterator[MemberState]:
    """Give the members of a guild, linked or not, by id; all of them, or those among these."""
    these = among("m.discord_id", discord_ids)
    for row in store.sql(f"{_STATE} {these} ORDER BY m.discord_id", guild_id=guild_id):
        yield _state(row)


def state(store: Store, guild_id: int, discord_id: int) -> MemberState | None:
    """Return one member, None if unknown."""
    row = store.row(
        f"{_STATE} AND m.discord_id = :discord_id", guild_id=guild_id, discord_id=discord_id
    )
    return None if row is None else _state(row)


def _state(row: Any) -> MemberState:
    *known, observed_at, current, longest, active_on, judged_before = row
    known[3] = bool(known[3])
    before = as_day(judged_before)
    through = None if before is None else before - timedelta(days=1)
    values = (*known, as_moment(observed_at), current, longest, as_day(active_on), through)
    return MemberState(*values)


class Seen(NamedTuple):
    """The days of a member's first and last observation, None if there was none; and points."""

    discord_id: int
    first: date | None
    last: date | None
    points: int


def seen(store: Store, guild_id: int, discord_ids: Collection[int]) -> list[Seen]:
    """Return when these members were observed, by id; a few hundred at a time."""
    rows = store.sql(
        f"""SELECT m.discord_id, date(m.first_observed_at),
            date({last_observation("m", SWEPT_AT)}), m.points
        FROM member m
        WHERE m.guild_id = :guild_id {among("m.discord_id", discord_ids)}
        ORDER BY m.discord_id""",
        guild_id=guild_id,
    )
    return [
        Seen(discord_id, as_day(first), as_day(last), points)
        for discord_id, first, last, points in rows
    ]


def first_observation(store: Store, guild_id: int, discord_id: int) -> datetime | None:
    """Return when a member was observed for the first time."""
    row = store.row(
        """SELECT first_observed_at FROM member
        WHERE guild_id = :guild_id AND discord_id = :discord_id""",
        guild_id=guild_id,
        discord_id=discord_id,
    )
    return None if row is None else as_moment(row[0])


def xp_account(store: Store, guild_id: int, discord_id: int) -> XpAccount:
    """Return what the points from XP of a member that is there are made of (R1)."""
    total, baseline, at, *rest = store.row(
        """SELECT m.xp_total, m.baseline_xp, m.baseline_at, m.awarded_xp, m.baseline_points,
            m.mee6_points, m.leftover_xp, g.xp_per_point
        FROM member m LEFT JOIN guild g ON g.guild_id = m.guild_id
        WHERE m.guild_id = :guild_id AND m.discord_id = :discord_id""",
        guild_id=guild_id,
        discord_id=discord_id,
    )
    return XpAccount(total, baseline, as_moment(at), *rest)


def points_by_source(store: Store, guild_id: int, discord_id: int) -> list[SourcePoints]:
    """Return what each source of points comes to for a member, by name."""
    rows = store.sql(
        """SELECT source, count(*), sum(points) FROM point_transaction
        WHERE guild_id = :guild_id AND discord_id = :discord_id GROUP BY source ORDER BY source""",
        guild_id=guild_id,
        discord_id=discord_id,
    )
    return [SourcePoints(source, lines, int(points)) for source, lines, points in rows]


def activity(store: Store, guild_id: int, discord_id: int, limit: int) -> list[Activity]:
    """Return a member's newest activity rows, newest first."""
    rows = store.sql(
        """SELECT activity_type, xp_delta, xp_total, window_start, synced_at, day, sync_id
        FROM discord_activity WHERE guild_id = :guild_id AND discord_id = :discord_id
        ORDER BY id DESC LIMIT :limit""",
        guild_id=guild_id,
        discord_id=discord_id,
        limit=limit,
    )
    return [
        Activity(kind, delta, total, as_moment(start), as_moment(at), as_day(day), sync_id)  # type: ignore[arg-type] # NOT NULL
        for kind, delta, total, start, at, day, sync_id in rows
    ]


def transactions(store: Store, guild_id: int, discord_id: int, limit: int) -> list[Transaction]:
    """Return a member's newest ledger lines, newest first."""
    rows = store.sql(
        """SELECT source, key, points, occurred_at, day, reason
        FROM point_transaction WHERE guild_id = :guild_id AND discord_id = :discord_id
        ORDER BY id DESC LIMIT :limit""",
        guild_id=guild_id,
        discord_id=discord_id,
        limit=limit,
    )
    return [
        Transaction(source, key, points, as_moment(at), as_day(day), reason)  # type: ignore[arg-type] # NOT NULL
        for source, key, points, at, day, reason in rows
    ]
