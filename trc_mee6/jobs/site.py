"""The site: a page for each period, a page for each listed member, and the document beside them.

Everything is written again at every run, and a file that would hold the same is left alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from trc_mee6.jobs.charts import growth_of
from trc_mee6.jobs.site_folder import MEMBERS, SiteFolder, locked_folder
from trc_mee6.render import site
from trc_mee6.render.leaderboard import json_lines
from trc_mee6.report import (
    Growth,
    Leaderboard,
    ListedMember,
    MemberDay,
    Published,
    Ranked,
    Standing,
)
from trc_mee6.rules.days import Period, midnight, period
from trc_mee6.rules.streaks import DayKind, kinds
from trc_mee6.store import runs
from trc_mee6.store.connect import Store
from trc_mee6.store.daily import DayGain, daily
from trc_mee6.store.members import seen
from trc_mee6.store.ranking import OVER_A_PERIOD
from trc_mee6.store.streaks import days_of

_USUAL = ("all", "month", "week", "day")
_AT_ONCE = 200  # members whose year is held in memory at a time
_GROWING = 10  # members in the chart
_ONE_STEP = 2  # values of a line that changed on one day only
_WEEKS = 52  # of the calendar, beside the one under way


class _Ranking(NamedTuple):
    """A leaderboard that was read.

    Attributes:
        board: its `entries` are used up.
        entries: all of them.
        listed: those of them that a page shows.
        grown: how the first of those grew, None if nobody did on more than one day.
    """

    board: Leaderboard
    entries: list[Ranked]
    listed: list[Ranked]
    grown: Growth | None


def publish(
    store: Store,
    guild_id: int,
    board_of: Callable[[Period], Leaderboard],
    first: Period,
    today: date,
    folder: Path,
) -> Published:
    """Write the site into a folder: members' pages and the document, then the rankings.

    Args:
        board_of: gives the leaderboard of a period.
        first: the period of index.html and of the document.

    Raises:
        ConfigError: the folder cannot be used, holds files of others under names of ours, or an
            extra is not installed.
        LockHeld: another run is writing there.
    """
    periods = _periods(first, today)
    with store.snapshot():
        last = runs.last(store, guild_id, "sync", good=True)
        rankings = {each: _read(store, board_of(each)) for each in periods}
    synced_at = None if last is None else last.started_at
    with locked_folder(folder, site.MARK, '{"command": "leaderboard"') as pages:
        pages.refuse_others("leaderboard.json", *(site.file_of(each, first) for each in periods))
        _put_members(pages, store, guild_id, rankings, first, today)
        as_of = replace(
            rankings[first].board,
            generated_at=synced_at or midnight(today),
            entries=iter(rankings[first].entries),
        )
        pages.put("leaderboard.json", "".join(json_lines(as_of)))
        for each in sorted(periods, key=first.__eq__):  # the page that visitors find comes last
            board, _, listed, grown = rankings[each]
            text = site.index_page(board, listed, periods, first, synced_at, grown)
            pages.put(site.file_of(each, first), text)
        pages.remove_others()
        return Published(pages.written, pages.unchanged, pages.removed)


def _periods(first: Period, today: date) -> list[Period]:
    """Return the periods of the switch: the usual ones, and the one asked for."""
    usual = [period(name, today) for name in _USUAL]
    return usual if first in usual else [usual[0], first, *usual[1:]]


def _read(store: Store, board: Leaderboard) -> _Ranking:
    """Read a leaderboard; one that is of a period lists who gained or lost something in it."""
    entries = list(board.entries)
    listed = entries
    if board.period.since is not None and board.by in OVER_A_PERIOD:
        listed = [one for one in entries if one.points or one.xp_gained]
    return _Ranking(board, entries, listed, _grown(store, board, listed))


def _grown(store: Store, board: Leaderboard, listed: Sequence[Ranked]) -> Growth | None:
    if board.period.since == board.period.until:
        return None
    grown = growth_of(store, board, [one.discord_id for one in listed[:_GROWING]])
    if grown and any(len({*line.values} - {None}) > _ONE_STEP for line in grown.lines):
        return grown
    return None


def _put_members(
    pages: SiteFolder,
    store: Store,
    guild_id: int,
    rankings: dict[Period, _Ranking],
    first: Period,
    today: date,
) -> None:
    by_id = [
        (each, {one.discord_id: one for one in ranking.listed})
        for each, ranking in rankings.items()
    ]
    listed = sorted({discord_id for _, ranked in by_id for discord_id in ranked})
    for start in range(0, len(listed), _AT_ONCE):
        members = listed[start : start + _AT_ONCE]
        for discord_id, points, days in _years(store, guild_id, members, today):
            standings = tuple(Standing(each, ranked.get(discord_id)) for each, ranked in by_id)
            known = next(one.ranked for one in standings if one.ranked)
            year = ListedMember(known, standings, points, days)
            text = site.member_page(rankings[first].board, year, first)
            pages.put(f"{MEMBERS}/{discord_id}.html", text)


def _years(
    store: Store, guild_id: int, members: Sequence[int], today: date
) -> Iterator[tuple[int, int, list[MemberDay]]]:
    """Give of each member the id, the points and the days of the last year."""
    since = today - timedelta(days=today.weekday(), weeks=_WEEKS)
    known = seen(store, guild_id, members)
    began = {one.discord_id: max(one.first, since) for one in known if one.first}
    marks = days_of(store, guild_id, list(began.items()))
    gains: dict[int, dict[date, DayGain]] = {}
    for gain in daily(store, guild_id, members, since, today):
        gains.setdefault(gain.discord_id, {})[gain.day] = gain
    for one in known:
        year: list[DayKind] = []
        if one.first and one.last:
            active, grace = marks[one.discord_id]
            year = kinds(began[one.discord_id], today, one.last, active, grace)
        yield one.discord_id, one.points, _with_gains(year, gains.get(one.discord_id, {}))


def _with_gains(year: Sequence[DayKind], gains: dict[date, DayGain]) -> list[MemberDay]:
    none = DayGain(0, date.min, 0, 0)
    found = ((day, kind, gains.get(day, none)) for day, kind in year)
    return [MemberDay(day, kind, gain.xp, gain.points) for day, kind, gain in found]
