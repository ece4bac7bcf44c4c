"""Points and XP from elsewhere: for applications that share the database, and by hand.

`award_discord_points` and `award_points` are for applications. They open the database named by the
settings (or by `database_url`), book one line in one transaction and close it again, and may be
called from several processes at once. `points award` and `points adjust` make an `Award` and
`book` it, as `award_points` does.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from trc_mee6.clock import Clock, SystemClock, unique_id
from trc_mee6.jobs.registry import member_known_as
from trc_mee6.report import Awarded
from trc_mee6.rules.days import midnight
from trc_mee6.rules.points import ADJUSTMENT, SOURCE
from trc_mee6.settings import load
from trc_mee6.store import ledger
from trc_mee6.store.connect import Store, open_store
from trc_mee6.store.history import booked_line
from trc_mee6.text import is_text, quoted

LARGEST_POINTS = 2**31 - 1
_LONGEST_TEXT = 200  # characters of a source, key or reason
_LARGEST_XP = 2**53
_RESERVED = {
    SOURCE: "is for XP, which the board or award_discord_points gives; name another",
    ADJUSTMENT: "is for corrections; make one with: trc-mee6 points adjust",
}


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
        xp_delta: XP, negative to take some away; not 0.
        sync_id: the key.
        guild_id: the guild; by default MEE6_GUILD_ID.
        database_url: by default DATABASE_URL.
        clock: by default the machine's.

    Raises:
        ValueError: an argument is out of range or empty.
        LedgerConflict: the key was used before with other XP.
        ConfigError: no such member, or a setting is wrong.
        DatabaseUnavailable: the database failed. If the connection was lost, the award may have
            been booked: make it again under the same `sync_id`.
    """
    _require_whole("xp_delta", xp_delta, _LARGEST_XP)
    if xp_delta == 0:
        raise ValueError("xp_delta is 0; there is nothing to award")
    require_label("sync_id", sync_id)
    settings = load(mee6_guild_id=guild_id, database_url=database_url)
    with open_store(settings.database_url.get_secret_value()) as store:
        member = member_known_as(store, settings.guild_id, member_id)
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
        source: where they come from; not "mee6" or "adjustment".
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
        DatabaseUnavailable: the database failed. If the connection was lost, the award may have
            been booked: make it again under the same key.
    """
    now = _now(clock)
    award = new_award(points, source, key, now if occurred_at is None else occurred_at, reason, now)
    settings = load(mee6_guild_id=guild_id, database_url=database_url)
    with open_store(settings.database_url.get_secret_value()) as store:
        done = book(store, settings.guild_id, member_id, award, now)
    return AwardResult(done.awarded, done.line.points, done.leftover)


@dataclass(frozen=True, slots=True)
class Award:
    """Points that are fit to be booked; made by `new_award` and `new_adjustment`."""

    points: int
    source: str
    key: str
    occurred_at: datetime
    reason: str | None


def new_award(
    points: int, source: str, key: str, occurred_at: datetime, reason: str | None, now: datetime
) -> Award:
    """Return an award of points of another source than MEE6.

    Raises:
        ValueError: as `award_points`.
    """
    award = Award(points, source, key, occurred_at, reason)
    _require_fit(award, now)
    reserved = _RESERVED.get(source.casefold())
    if reserved is not None:
        raise ValueError(f"source {quoted(source)} {reserved}")
    return award


def new_adjustment(
    points: int, key: str | None, occurred_at: datetime, reason: str, now: datetime
) -> Award:
    """Return a correction, under a key that nobody else uses if none is given.

    Raises:
        ValueError: an argument is out of range or empty.
    """
    award = Award(points, ADJUSTMENT, unique_id(now) if key is None else key, occurred_at, reason)
    _require_fit(award, now)
    return award


def moment_of(day: date | None, now: datetime) -> datetime:
    """Return when points of a UTC day were earned: now if it is today (None), else at its start.

    Raises:
        ValueError: the day lies in the future.
    """
    today = now.astimezone(UTC).date()
    if day is None or day == today:
        return now
    if day > today:
        raise ValueError(f"day {day} lies in the future; in UTC it is {today}")
    return midnight(day)


def book(
    store: Store,
    guild_id: int | None,
    member_id: str,
    award: Award,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Awarded:
    """Book an award, unless its key has booked the same before (R4).

    Args:
        guild_id: the guild, None for whichever the member is in.

    Raises:
        LedgerConflict: the key was used before with other points.
        ConfigError: no such member, or more than one.
    """
    member = member_known_as(store, guild_id, member_id)
    with store.writing(member.guild_id) as transaction:
        booked = ledger.award_points(
            store,
            member,
            award.points,
            source=award.source,
            key=award.key,
            occurred_at=award.occurred_at,
            reason=award.reason,
            now=now,
        )
        line = booked_line(store, member.guild_id, member.discord_id, award.source, award.key)
        if dry_run:
            transaction.rollback()
    return Awarded(member.guild_id, booked.now, line, booked.leftover, dry_run)  # type: ignore[arg-type] # it is booked


def _require_fit(award: Award, now: datetime) -> None:
    _require_whole("points", award.points, LARGEST_POINTS)
    if award.points == 0:
        raise ValueError("points is 0; give how many are awarded, or with a minus taken away")
    require_label("source", award.source)
    require_label("key", award.key)
    if award.reason is not None:
        require_text("reason", award.reason)
    _require_moment("occurred_at", award.occurred_at)
    if award.occurred_at > now:
        raise ValueError(
            f"occurred_at, {award.occurred_at.isoformat()}, lies in the future; it is"
            f" {now.isoformat()}"
        )


def _require_moment(name: str, value: datetime) -> None:
    if not isinstance(value, datetime):
        raise ValueError(f"{name} is {value!r}; it should be a datetime with a time zone")  # noqa: TRY004 - as of every argument
    if value.utcoffset() is None:
        raise ValueError(f"{name} has no time zone")
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name}, {value.isoformat()}, lies outside of UTC's years") from None


def _require_whole(name: str, value: int, largest: int) -> None:
    if type(value) is not int or not -largest <= value <= largest:
        raise ValueError(
            f"{name} is {value!r}; it should be a whole number from -{largest} to {largest}"
        )


def require_text(name: str, value: str) -> None:
    """Refuse a reason that the ledger does not hold.

    Raises:
        ValueError: it is empty, too long or no text.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is empty; it should be text of 1 to {_LONGEST_TEXT} characters")
    if not is_text(value):
        raise ValueError(f"{name} has a character that is no text; it should be UTF-8 without NUL")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(
            f"{name} has {len(value)} characters; it should have at most {_LONGEST_TEXT}"
        )


def require_label(name: str, value: str) -> None:
    """Refuse a source or key that the ledger does not hold.

    Raises:
        ValueError: it is no text as above, or has white space around it.
    """
    require_text(name, value)
    if value != value.strip():  # it would look like another
        raise ValueError(f"{name} {quoted(value)} has white space around it; it should have none")


def _now(clock: Clock | None) -> datetime:
    return (clock or SystemClock()).now()
