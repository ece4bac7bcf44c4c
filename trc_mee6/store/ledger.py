"""Awards: ledger lines that an application asks for, each key once (R4).

Call everything here inside `store.writing`.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple

from trc_mee6.errors import LedgerConflict
from trc_mee6.report import LedgerLine
from trc_mee6.rules.points import SOURCE, move
from trc_mee6.store import guilds
from trc_mee6.store.connect import Store
from trc_mee6.store.gains import add_gains
from trc_mee6.store.history import booked_line
from trc_mee6.text import printable

_OF_MEMBER = "guild_id = :guild_id AND discord_id = :discord_id"


class MemberRef(NamedTuple):
    """One member."""

    guild_id: int
    discord_id: int
    linked: bool = True


class Booked(NamedTuple):
    """What an award did: whether now or before, the points, the member's leftover XP after it."""

    now: bool
    points: int
    leftover: int


def members_known_as(
    store: Store, guild_id: int | None, *, member_id: str | None = None, discord_id: int = 0
) -> list[MemberRef]:
    """Return who has this member_id, or this Discord id, in one guild or (None) in all."""
    rows = store.sql(
        f"""SELECT guild_id, discord_id, linked FROM member
        WHERE {"member_id = :member_id" if member_id is not None else "discord_id = :discord_id"}
        {"" if guild_id is None else "AND guild_id = :guild_id"}""",
        guild_id=guild_id,
        member_id=member_id,
        discord_id=discord_id,
    )
    return [MemberRef(guild, person, bool(linked)) for guild, person, linked in rows]


def award_points(
    store: Store,
    member: MemberRef,
    points: int,
    *,
    source: str,
    key: str,
    occurred_at: datetime,
    reason: str | None,
    now: datetime,
) -> Booked:
    """Book points of another source than MEE6.

    Raises:
        LedgerConflict: the key booked other points before.
    """
    before = booked_line(store, member.guild_id, member.discord_id, source, key)
    if before is not None and before.points != points:
        asked = _described(points, occurred_at.astimezone(UTC).date(), reason)
        raise LedgerConflict(_conflict(before, asked))
    if before is None:
        _book(store, member, points, source, key, occurred_at, reason, now)
        if points > 0:
            _mark_active(store, member, occurred_at)
    return Booked(before is None, points, _leftover(store, member))


def award_xp(
    store: Store, member: MemberRef, xp_delta: int, *, key: str, xp_per_point: int, now: datetime
) -> Booked:
    """Award XP that is not on the board, under R1.

    Args:
        key: of the award, in the same space as the sync ids.
        xp_per_point: for a guild whose ledger was not begun yet.

    Raises:
        LedgerConflict: the key recorded something else before.
    """
    who = {"guild_id": member.guild_id, "discord_id": member.discord_id}
    before = store.row(
        f"""SELECT activity_type, xp_delta FROM discord_activity
        WHERE {_OF_MEMBER} AND sync_id = :key""",
        **who,
        key=key,
    )
    leftover = _leftover(store, member)
    if before is not None:
        if tuple(before) != ("award", xp_delta):
            raise LedgerConflict(
                f"Sync id {_quoted(key)} has recorded {before[1]} XP for this member"
                f" ({before[0]}); it cannot award {xp_delta}. Use another."
            )
        return Booked(
            now=False, points=_points_of(store, member, SOURCE, key) or 0, leftover=leftover
        )
    rate = guilds.guild(store, member.guild_id).xp_per_point or xp_per_point
    guilds.update_guild(store, member.guild_id, xp_per_point=rate)
    moved = move(leftover, xp_delta, rate)
    store.sql(
        f"""INSERT INTO discord_activity (guild_id, discord_id, member_id, activity_type, xp_delta,
            synced_at, day, sync_id)
        SELECT guild_id, discord_id, member_id, 'award', :delta, :now, :day, :key
        FROM member WHERE {_OF_MEMBER}""",
        **who,
        delta=xp_delta,
        now=now,
        day=now.astimezone(UTC).date(),
        key=key,
    )
    _add_gain(store, member, now, xp=xp_delta)
    if moved.points != 0:
        _book(store, member, moved.points, SOURCE, key, now, None, now)
    store.sql(
        f"""UPDATE member SET leftover_xp = :leftover, awarded_xp = awarded_xp + :delta,
            mee6_points = mee6_points + :points WHERE {_OF_MEMBER}""",
        **who,
        leftover=moved.leftover,
        delta=xp_delta,
        points=moved.points,
    )
    if xp_delta > 0:
        _mark_active(store, member, now)
    return Booked(now=True, points=moved.points, leftover=moved.leftover)


def _conflict(before: LedgerLine, asked: str) -> str:
    booked = _described(before.points, before.day or before.occurred_at.date(), before.reason)
    return (
        f"Key {_quoted(before.key)} of source {_quoted(before.source)} is taken for this member:"
        f" {booked}, was booked on {before.recorded_at:%Y-%m-%d %H:%M:%S} UTC.\n"
        f"Not booked: {asked}. Use another key, or correct what was booked with: trc-mee6 points"
        " adjust"
    )


def _described(points: int, day: date, reason: str | None) -> str:
    why = "no reason" if reason is None else f"reason {_quoted(reason)}"
    return f"{points:+,} for {day}, {why}"


def _quoted(text: str) -> str:
    return f"'{printable(text)}'"


def _points_of(store: Store, member: MemberRef, source: str, key: str) -> int | None:
    row = store.row(
        f"""SELECT points FROM point_transaction
        WHERE {_OF_MEMBER} AND source = :source AND key = :key""",
        guild_id=member.guild_id,
        discord_id=member.discord_id,
        source=source,
        key=key,
    )
    return None if row is None else int(row[0])


def _leftover(store: Store, member: MemberRef) -> int:
    row = store.row(
        f"SELECT leftover_xp FROM member WHERE {_OF_MEMBER}",
        guild_id=member.guild_id,
        discord_id=member.discord_id,
    )
    return int(row[0])


def _mark_active(store: Store, member: MemberRef, moment: datetime) -> None:
    """Make the moment's day active (R8); if it was judged, let the member be judged anew (R11)."""
    store.sql(
        f"""UPDATE member SET
            last_active_on = CASE WHEN last_active_on >= :day THEN last_active_on ELSE :day END,
            judged_before = CASE WHEN judged_before <= :day THEN judged_before END
        WHERE {_OF_MEMBER}""",
        guild_id=member.guild_id,
        discord_id=member.discord_id,
        day=moment.astimezone(UTC).date(),
    )


def _book(
    store: Store,
    member: MemberRef,
    points: int,
    source: str,
    key: str,
    occurred_at: datetime,
    reason: str | None,
    now: datetime,
) -> None:
    """Write a ledger line and add it to the member's balance."""
    who = {"guild_id": member.guild_id, "discord_id": member.discord_id, "points": points}
    store.sql(
        f"""INSERT INTO point_transaction (guild_id, discord_id, member_id, source, key, points,
            occurred_at, day, reason, recorded_at)
        SELECT guild_id, discord_id, member_id, :source, :key, :points, :at, :day, :reason, :now
        FROM member WHERE {_OF_MEMBER}""",
        **who,
        source=source,
        key=key,
        at=occurred_at,
        day=occurred_at.astimezone(UTC).date(),
        reason=reason,
        now=now,
    )
    store.sql(f"UPDATE member SET points = points + :points WHERE {_OF_MEMBER}", **who)
    _add_gain(store, member, occurred_at, points=points)


def _add_gain(
    store: Store, member: MemberRef, moment: datetime, *, xp: int = 0, points: int = 0
) -> None:
    add_gains(
        store,
        "SELECT :discord_id AS discord_id, :day AS day, :xp AS xp, :points AS points",
        guild_id=member.guild_id,
        discord_id=member.discord_id,
        day=moment.astimezone(UTC).date(),
        xp=xp,
        points=points,
    )
