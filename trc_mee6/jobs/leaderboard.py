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
_COMPARED = 10_000  # ranks of the period before that are known, where there are no more members
_COMPARED_OF_MORE = 100  # or as many as are shown, which is quickly answered
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
    total = ranking.ranked_members(store, guild_id, asked)
    if around is None:
        entries = ranking.ranking(store, guild_id, asked, top)
        compared, neighbours = total, None
        if total > _COMPARED:
            compared = min(max(_COMPARED_OF_MORE, top or _COMPARED), _COMPARED)
    else:
        found = _around(store, guild_id, asked, around)
        entries = iter(found)
        compared, neighbours = total, [one.discord_id for one in found]
    if before is not None:
        earlier = asked._replace(period=before)
        ranks = ranking.places(store, guild_id, earlier, compared, neighbours)
        entries = _compared(store, guild_id, earlier, entries, ranks)
    if trend:
        entries = _with_trends(store, guild_id, entries, now.date())
    return Leaderboard(
        guild_id,
        None if guild is None else guild.name,
        now,
        by,
        period,
        total,
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


def _compared(
    store: Store, guild_id: int, earlier: Asked, entries: Iterator[Ranked], ranks: dict[int, int]
) -> Iterator[Ranked]:
    """Give the entries with their ranks in an earlier period."""
    while some := list(islice(entries, _AT_ONCE)):
        unknown = [one.discord_id for one in some if one.discord_id not in ranks]
        known = ranking.had_any(store, guild_id, earlier, unknown) if unknown else set()
        for one in some:
            value = one.points if earlier.by == "points" else one.xp_gained
            rank = ranks.get(one.discord_id)
            is_new = rank is None and value > 0 and one.discord_id not in known
            yield one._replace(rank_before=rank, is_new=is_new)


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
