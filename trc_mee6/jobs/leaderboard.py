"""The leaderboard, from the database alone."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.registry import known_member, require_members
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period, period_before
from trc_mee6.store import ranking
from trc_mee6.store.connect import Store
from trc_mee6.store.daily import daily
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.history import has_source
from trc_mee6.store.ranking import ACTIVE_DAYS, Asked

NEIGHBOURS = 5  # on each side of a member
TREND_DAYS = 14
_DAY = timedelta(days=1)
_COMPARED = 250  # the first so many of the period before are known, or as many as are shown
_MOST_COMPARED = 10_000
_AT_ONCE = 500  # members whose trends are in memory at a time


def leaderboard(
    store: Store,
    guild_id: int,
    by: str,
    period: Period,
    top: int | None,
    now: datetime,
    source: str | None = None,
    *,
    active: int | None = None,
    around: int | None = None,
    trend: bool = False,
) -> Leaderboard:
    """Return the linked members in order of `by` over a period.

    Args:
        by: points, xp, gain, level, messages or streak.
        top: how many at most, None for all.
        now: the present moment, for the record.
        source: count the points of this source only.
        active: only members who gained at least so much XP in the last 30 days.
        around: the Discord id of a member whose neighbours are wanted instead of the first.
        trend: say what each gained on each of the last 14 days.

    Raises:
        ConfigError: the database knows nobody of this guild, or the member is not ranked.
    """
    guild = known_guild(store, guild_id)
    require_members(store, guild_id)
    asked = Asked(by, period, source, active, now.date())
    before = period_before(period) if asked.is_over_a_period else None
    if around is None:
        entries = ranking.ranking(store, guild_id, asked, top)
    else:
        entries = iter(_around(store, guild_id, asked, around))
    if before is not None:
        compared = min(max(_COMPARED, top or _MOST_COMPARED), _MOST_COMPARED)
        ranks = ranking.places(store, guild_id, asked._replace(period=before), compared)
        entries = (one._replace(rank_before=ranks.get(one.discord_id)) for one in entries)
    if trend:
        entries = _with_trends(store, guild_id, entries, now.date())
    return Leaderboard(
        guild_id,
        None if guild is None else guild.name,
        now,
        by,
        period,
        ranking.ranked_members(store, guild_id, asked),
        entries,
        source,
        source is None or has_source(store, guild_id, source),
        before,
        active,
        around,
        trend,
    )


def _around(store: Store, guild_id: int, asked: Asked, discord_id: int) -> list[Ranked]:
    member = known_member(store, guild_id, discord_id)
    found = ranking.around(store, guild_id, asked, discord_id, NEIGHBOURS)
    if found:
        return found
    if not member.linked:
        raise ConfigError(
            f"{discord_id} is not linked, so on no leaderboard. Link with: trc-mee6 members link"
            f" {discord_id}"
        )
    raise ConfigError(
        f"{discord_id} gained less than {asked.active:,} XP in the last {ACTIVE_DAYS} days, so is"
        " not among those asked for. Ask without --active."
    )


def _with_trends(
    store: Store, guild_id: int, entries: Iterable[Ranked], today: date
) -> Iterator[Ranked]:
    rest = iter(entries)
    first = today - (TREND_DAYS - 1) * _DAY
    while some := list(islice(rest, _AT_ONCE)):
        gains: dict[int, list[int]] = {one.discord_id: [0] * TREND_DAYS for one in some}
        for gain in daily(store, guild_id, gains, first, today):
            gains[gain.discord_id][(gain.day - first).days] = gain.xp
        for one in some:
            yield one._replace(trend=tuple(gains[one.discord_id]))
