"""Which UTC day a change of XP belongs to (R8), and the periods a leaderboard covers."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)


def day_of_gain(window_start: datetime, window_end: datetime) -> date:
    """Return the UTC day that holds the largest part of a window; ties go to the earlier (R8).

    Args:
        window_start: the member's previous observation, aware.
        window_end: this observation, aware; if it is not after the start, its own day counts.
    """
    end = window_end.astimezone(UTC)
    start = min(window_start.astimezone(UTC), end)

    def part(day: date) -> timedelta:
        return min(end, midnight(day) + _DAY) - max(start, midnight(day))

    # In between, one whole day is as long as another, so the earliest will do.
    first, last = start.date(), end.date()
    return max((first, first + _DAY, last), key=part)


def midnight(day: date) -> datetime:
    """Return the moment at which a UTC day begins."""
    return datetime.combine(day, time(), tzinfo=UTC)


class Period(NamedTuple):
    """Days over which a leaderboard counts, both ends included; `since` None for all time."""

    name: str
    since: date | None
    until: date


def period(name: str, today: date) -> Period:
    """Return the days meant by all, day, week (from Monday), month or Nd (N days with today).

    Raises:
        ValueError: the name is none of these.
    """
    if name == "all":
        return Period(name, None, today)
    if name == "day":
        return Period(name, today, today)
    if name == "week":
        return Period(name, today - timedelta(days=today.weekday()), today)
    if name == "month":
        return Period(name, today.replace(day=1), today)
    days = re.fullmatch(r"([1-9][0-9]{0,4})d", name)
    if days is None or int(days[1]) > today.toordinal():
        raise ValueError(
            f"{name!r} is not a period; use all, day, week, month or a number of days such as 30d"
        )
    return Period(name, today - timedelta(days=int(days[1]) - 1), today)


def between(since: date, until: date) -> Period:
    """Return the period of these days, both included.

    Raises:
        ValueError: it ends before it begins.
    """
    if until < since:
        raise ValueError(f"{until} is before {since}")
    return Period("dates", since, until)


def period_before(period: Period) -> Period | None:
    """Return the period that a period is compared with, None where all time is meant.

    A week and a month, which are under way, are compared with the whole week and month before;
    other periods with as many days before them.
    """
    if period.since is None or period.since < date.min + timedelta(days=32):
        return None  # nobody's history goes back to there
    last = period.since - _DAY
    if period.name == "week":
        return Period(period.name, period.since - timedelta(weeks=1), last)
    if period.name == "month":
        return Period(period.name, last.replace(day=1), last)
    days = (period.until - period.since).days
    if days >= last.toordinal():
        return None
    return Period(period.name, last - timedelta(days=days), last)
