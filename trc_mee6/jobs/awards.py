"""Points and XP from elsewhere, for applications that share the database.

Both functions open the database named by the settings (or by `database_url`), book one line in
one transaction and close it again. They may be called from several processes at once.
"""

from dataclasses import dataclass
from datetime import datetime

from trc_mee6.clock import Clock, SystemClock
from trc_mee6.errors import ConfigError
from trc_mee6.rules.points import SOURCE
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.settings import Settings, load
from trc_mee6.store import ledger
from trc_mee6.store.connect import Store, open_store
from trc_mee6.store.ledger import MemberRef

LARGEST_POINTS = 2**31 - 1
_LONGEST_TEXT = 200  # characters of a source, key or reason
_LARGEST_XP = 2**53


@dataclass(frozen=True, slots=True)
class AwardResult:
    """What an award did.

    Attributes:
        awarded: True if it was booked now, False if the key had booked the same before (R4).
        points: points it moved, now or then.
        leftover: the member's XP carried to the next change.
    """

    awarded: bool
    points: int
    leftover: int


def award_discord_points(
    member_id: str,
    xp_delta: int,
    sync_id: str,
    *,
    guild_id: int | None = None,
    database_url: str | None = None,
    clock: Clock | None = None,
) -> AwardResult:
    """Award XP that MEE6 does not know of, an event's for example, under R1.

    It counts in R1's sum beside the board's XP. The same `sync_id` awards once.

    Args:
        member_id: your application's id of the member, or the Discord id of one without.
        xp_delta: XP, negative to take some away.
        sync_id: the key.
        guild_id: the guild; by default MEE6_GUILD_ID.
        database_url: by default DATABASE_URL.
        clock: by default the machine's.

    Raises:
        ValueError: an argument is out of range or empty.
        LedgerConflict: the key was used before with other XP.
        ConfigError: no such member, or a setting is wrong.
        DatabaseUnavailable: the database failed; nothing was awarded.
    """
    _require_whole("xp_delta", xp_delta, _LARGEST_XP)
    _require_text("sync_id", sync_id)
    settings = load(mee6_guild_id=guild_id, database_url=database_url)
    with open_store(settings.database_url.get_secret_value()) as store:
        member = _member(store, settings, member_id)
        with store.writing(member.guild_id):
            booked = ledger.award_xp(
                store,
                member,
                xp_delta,
                key=sync_id,
                xp_per_point=settings.xp_per_point,
                now=_now(clock),
            )
    return AwardResult(*booked)


def award_points(
    member_id: str,
    points: int,
    *,
    source: str,
    key: str,
    occurred_at: datetime | None = None,
    reason: str | None = None,
    guild_id: int | None = None,
    database_url: str | None = None,
    clock: Clock | None = None,
) -> AwardResult:
    """Award points of another source than MEE6. The same source and key award once (R4).

    Args:
        member_id: your application's id of the member, or the Discord id of one without.
        points: whole points, negative to take some away; not 0, within 2^31.
        source: where they come from; not "mee6".
        key: what makes this award the only one of its kind for the member.
        occurred_at: when they were earned, aware; its UTC day is made active (R8). By default now.
        reason: for people.
        guild_id: the guild; by default MEE6_GUILD_ID.
        database_url: by default DATABASE_URL.
        clock: by default the machine's.

    Raises:
        ValueError: an argument is out of range or empty.
        LedgerConflict: the key was used before with other points.
        ConfigError: no such member, or a setting is wrong.
        DatabaseUnavailable: the database failed; nothing was awarded.
    """
    _require_whole("points", points, LARGEST_POINTS)
    _require_text("source", source)
    _require_text("key", key)
    if reason is not None:
        _require_text("reason", reason)
    if points == 0:
        raise ValueError("points is 0; there is nothing to award")
    if source == SOURCE:
        raise ValueError(f"source {SOURCE!r} is for XP; use award_discord_points")
    now = _now(clock)
    at = now if occurred_at is None else occurred_at
    if at.tzinfo is None:
        raise ValueError("occurred_at has no time zone")
    if at > now:
        raise ValueError("occurred_at lies in the future")
    settings = load(mee6_guild_id=guild_id, database_url=database_url)
    with open_store(settings.database_url.get_secret_value()) as store:
        member = _member(store, settings, member_id)
        with store.writing(member.guild_id):
            booked = ledger.award_points(
                store,
                member,
                points,
                source=source,
                key=key,
                occurred_at=at,
                reason=reason,
                now=now,
            )
    return AwardResult(*booked)


def _member(store: Store, settings: Settings, member_id: str) -> MemberRef:
    name = str(member_id)
    found = ledger.members_known_as(store, settings.guild_id, member_id=name)
    if not found:
        try:
            discord_id = snowflake(name)
        except ValueError:
            discord_id = 0
        found = ledger.members_known_as(store, settings.guild_id, discord_id=discord_id)
    if not found:
        raise ConfigError(
            f"No member {name!r} is known. Link them with: trc-mee6 members link DISCORD_ID"
        )
    linked = [member for member in found if member.linked] or found
    if len(linked) > 1:
        raise ConfigError(
            f"{len(linked)} members are known as {name!r}. Name the guild, or give them ids of"
            " their own."
        )
    return linked[0]


def _require_whole(name: str, value: int, largest: int) -> None:
    if type(value) is not int or not -largest <= value <= largest:
        raise ValueError(f"{name} is {value!r}; it should be a whole number within {largest}")


def _require_text(name: str, value: str) -> None:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError(f"{name} is empty or no text")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"{name} has more than {_LONGEST_TEXT} characters")


def _now(clock: Clock | None) -> datetime:
    return (clock or SystemClock()).now()
