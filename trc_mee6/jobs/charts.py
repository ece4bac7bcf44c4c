"""What charts show, from the database alone, as plain values."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from trc_mee6.jobs.member_details import days_of
from trc_mee6.jobs.registry import known_among, known_member, require_members
from trc_mee6.report import (
    ActivityHours,
    Growth,
    GrowthLine,
    Leaderboard,
    Levels,
    MemberState,
    MemberYear,
    YearDay,
)
from trc_mee6.rules.days import Period
from trc_mee6.rules.growth import carried_forward, days_between, hours_of, running_sums
from trc_mee6.rules.streaks import grounds
from trc_mee6.store.connect import Store
from trc_mee6.store.daily import daily
from trc_mee6.store.gain_windows import gain_windows
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.level_counts import level_counts
from trc_mee6.store.ranking import Asked, ranking
from trc_mee6.store.xp_totals import xp_totals

_DAY = timedelta(days=1)
_EVER = date.min
_GAINED = ("gain", "points_gained")  # counted from the first day of the period
_ByDay = dict[int, dict[date, int]]  # a number for a day, by member


def growth(
    store: Store, guild_id: int, by: str, period: Period, top: int, named: Sequence[int] = ()
) -> Growth:
    """Return how members grew: those named or, if none are, the first `top`.

    Args:
        by: see `Growth`. Who gained nothing is not among the first by what is gained.
        named: Discord ids.

    Raises:
        ConfigError: the database knows nobody of this guild, or not a member who is named.
    """
    with store.snapshot():
        require_members(store, guild_id)
        chosen = list(dict.fromkeys(named)) or _leading(store, guild_id, by, period, top)
        found = _growth(store, guild_id, by, period, chosen)
        if by in _GAINED and not named:
            return replace(found, lines=tuple(line for line in found.lines if any(line.values)))
        return found


def growth_of(store: Store, board: Leaderboard, discord_ids: Sequence[int]) -> Growth | None:
    """Return how members grew in what a leaderboard ranks, read in the caller's snapshot.

    None if there is nobody, or if points of one source are ranked: a chart has those of all.
    """
    if not discord_ids or board.source is not None:
        return None
    over_days = board.period.since is not None
    if board.by == "points":
        by = "points_gained" if over_days else "points"
    else:
        by = "gain" if over_days or board.by == "gain" else "xp"
    return _growth(store, board.guild_id, by, board.period, discord_ids)


def _growth(
    store: Store, guild_id: int, by: str, period: Period, discord_ids: Sequence[int]
) -> Growth:
    members = known_among(store, guild_id, discord_ids)
    known = _by_day(store, guild_id, by, discord_ids, period)
    known_on = {day for of_member in known.values() for day in of_member}
    since = period.since or min(known_on | {period.until})
    days = days_between(since, period.until)
    lines = [
        GrowthLine(
            member.discord_id, member.username, _values(by, member, known[member.discord_id], days)
        )
        for member in members
    ]
    lines.sort(key=lambda line: -(line.values[-1] or 0))
    guild = _guild_name(store, guild_id)
    return Growth(guild_id, guild, by, since, period.until, tuple(lines))


def _leading(store: Store, guild_id: int, by: str, period: Period, top: int) -> list[int]:
    """Return who has most now or, by what is gained, gained most in the period."""
    over = period if by in _GAINED else Period("all", None, period.until)
    ranked_by = "points" if by == "points_gained" else by
    return [one.discord_id for one in ranking(store, guild_id, Asked(ranked_by, over), top)]


def _by_day(
    store: Store, guild_id: int, by: str, discord_ids: Sequence[int], period: Period
) -> _ByDay:
    """Return what is known of members by day: totals (by xp), else gains, of later days too."""
    found: _ByDay = defaultdict(dict)
    if by == "xp":
        for who, day, total in xp_totals(store, guild_id, discord_ids, period.until):
            found[who][day] = total
    else:
        since = period.since or _EVER
        for who, day, xp, points in daily(store, guild_id, discord_ids, since, date.max):
            found[who][day] = xp if by == "gain" else points
    return found


def _values(
    by: str, member: MemberState, known: dict[date, int], days: Sequence[date]
) -> tuple[int | None, ...]:
    if by == "xp":
        return carried_forward(known, days)
    opening = 0 if by in _GAINED else member.points - sum(known.values())
    return running_sums(opening, known, days)


def levels(store: Store, guild_id: int) -> Levels:
    """Return how many linked members are at each level.

    Raises:
        ConfigError: the database knows nobody of this guild.
    """
    with store.snapshot():
        require_members(store, guild_id)
        return Levels(guild_id, _guild_name(store, guild_id), level_counts(store, guild_id))


def activity_hours(store: Store, guild_id: int, period: Period) -> ActivityHours:
    """Return in which hours of the week XP was gained, spread evenly over each window.

    Raises:
        ConfigError: the database knows nobody of this guild.
    """
    xp = [[0.0] * 24 for _ in range(7)]
    unplaced, first, last = 0, None, None
    with store.snapshot():
        require_members(store, guild_id)
        for gain in gain_windows(store, guild_id, period):
            shares = list(hours_of(gain.start, gain.end))
            for share in shares:
                xp[share.weekday][share.hour] += gain.xp * share.part
            if not shares:
                unplaced += gain.xp
            first = gain.day if first is None else min(first, gain.day)
            last = gain.day if last is None else max(last, gain.day)
        return ActivityHours(
            guild_id,
            _guild_name(store, guild_id),
            period.since or first,
            last if period.since is None else period.until,
            tuple(tuple(map(round, hours)) for hours in xp),
            unplaced,
        )


def member_year(
    store: Store, guild_id: int, discord_id: int, since: date, until: date, today: date
) -> MemberYear:
    """Return what a member gained on each day from `since` to `until`, and what the days are.

    Args:
        today: days after it have no kind yet.

    Raises:
        ConfigError: nobody of that id was ever known.
    """
    with store.snapshot():
        member = known_member(store, guild_id, discord_id)
        gains = {one.day: one.xp for one in daily(store, guild_id, [discord_id], since, until)}
        days = days_of(store, guild_id, member, today)
        judged = [one for one in days if member.judged_through and one.day <= member.judged_through]
        kind = dict(days)
        return MemberYear(
            guild_id,
            _guild_name(store, guild_id),
            member,
            tuple(
                YearDay(day, gains.get(day, 0), kind.get(day)) for day in days_between(since, until)
            ),
            grounds(judged).counts_from,
        )


def _guild_name(store: Store, guild_id: int) -> str | None:
    guild = known_guild(store, guild_id)
    return None if guild is None else guild.name
