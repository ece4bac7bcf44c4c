"""Weekday streaks: what a day was for a member, and what days do to a streak (R9, R10).

A stretch of days is cut at the active ones. What each piece does depends on two things only:
whether its first day was active, and whether a required day in it was neither active nor grace.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from trc_mee6.rules.days import day_of_gain, midnight

_DAY = timedelta(days=1)
_HALF = timedelta(hours=12)
_SATURDAY = 5


class Kind(StrEnum):
    """What a day is for a member; a day not yet over and observed may still become active."""

    ACTIVE = "active"
    GRACE = "grace"
    INACTIVE = "inactive"
    UNJUDGED = "unjudged"


class Span(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date


class DayKind(NamedTuple):
    """A day, and what it is for a member."""

    day: date
    kind: Kind


class Grounds(NamedTuple):
    """What a streak rests on: the first day that counts, and the last one that ended a streak."""

    counts_from: date | None
    last_inactive: date | None


class Streak(NamedTuple):
    """A member's streak in active required days: what it is, and the longest it ever was."""

    current: int = 0
    longest: int = 0


class Effect(NamedTuple):
    """What a piece of days does to a streak: so many days added, then perhaps it broke."""

    added: int
    broken: bool


def is_required(day: date) -> bool:
    """Say whether a streak needs this day: Monday to Friday."""
    return day.weekday() < _SATURDAY


def covered_days(window_start: datetime, window_end: datetime) -> Span | None:
    """Return the UTC days of which at least half (12 h) lies in a window, None for no day.

    Args:
        window_start: a member's previous observation, aware.
        window_end: the next one, aware.
    """
    start, end = window_start.astimezone(UTC), window_end.astimezone(UTC)
    first = start.date() if start - midnight(start.date()) <= _HALF else start.date() + _DAY
    last = end.date() if end - midnight(end.date()) >= _HALF else end.date() - _DAY
    return None if end - max(start, midnight(first)) < _HALF else Span(first, last)


def grace_of_gain(window_start: datetime, window_end: datetime) -> Span | None:
    """Return the days that a gain's window excuses, None if it covers none but the gain's own (R9).

    The gain's own day may be inside the span; it is active whatever excuses it.
    """
    covered = covered_days(window_start, window_end)
    own = day_of_gain(window_start, window_end)
    return None if covered == Span(own, own) else covered


def kind_of(day: date, active: Collection[date], grace: Sequence[Span]) -> Kind:
    """Return what a day that is over and observed was for a member (R8, R9)."""
    if day in active:
        return Kind.ACTIVE
    excused = not is_required(day) or any(span.first <= day <= span.last for span in grace)
    return Kind.GRACE if excused else Kind.INACTIVE


def kinds(
    first: date, last: date, observed_on: date, active: Collection[date], grace: Sequence[Span]
) -> list[DayKind]:
    """Return what each day from `first` to `last` is for a member.

    Args:
        observed_on: the day of the last observation; only days before it are over and observed.
    """
    days = (first + n * _DAY for n in range((last - first).days + 1))
    return [
        DayKind(
            day,
            kind_of(day, active, grace) if day < observed_on or day in active else Kind.UNJUDGED,
        )
        for day in days
    ]


def grounds(days: Sequence[DayKind]) -> Grounds:
    """Return what the streak at the end of these days, in order, rests on (R10)."""
    counts_from = last_inactive = None
    for day, kind in days:
        if kind is Kind.INACTIVE:
            counts_from, last_inactive = None, day
        elif kind is Kind.ACTIVE and is_required(day) and counts_from is None:
            counts_from = day
    return Grounds(counts_from, last_inactive)


@lru_cache(maxsize=4096)  # members have many of their gaps in common
def effect(first: date, end: date, *, first_active: bool, grace: tuple[Span, ...] = ()) -> Effect:
    """Return what days do to a streak of which none but perhaps the first is active (R10).

    Args:
        first: the first day.
        end: the day after the last; there is one day at least.
        first_active: the first day was active.
        grace: days that are excused.
    """
    added = int(first_active and is_required(first))
    quiet = range(int(first_active), (end - first).days)
    broken = any(kind_of(first + n * _DAY, (), grace) is Kind.INACTIVE for n in quiet)
    return Effect(added, broken)


def judged(
    streak: Streak, first: date, end: date, active: Collection[date], grace: Sequence[Span]
) -> Streak:
    """Return a streak after the days from `first` up to, not including, `end` (R10)."""
    if first >= end:
        return streak
    excused = tuple(grace)
    marks = sorted({day for day in active if first < day < end})
    for start, until in pairwise([first, *marks, end]):
        added, broken = effect(start, until, first_active=start in active, grace=excused)
        grown = streak.current + added
        streak = Streak(0 if broken else grown, max(streak.longest, grown))
    return streak
