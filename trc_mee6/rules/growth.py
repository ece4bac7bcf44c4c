"""How gains add up from day to day, and to which hours of the week they belong."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
LONGEST_WINDOW = timedelta(hours=3)  # what is gained in a longer one has no hour


class HourShare(NamedTuple):
    """The part of a window, from 0 to 1, that lies in an hour of a weekday (Monday is 0)."""

    weekday: int
    hour: int
    part: float


def days_between(since: date, until: date) -> list[date]:
    """Return the days from `since` to `until`, both included."""
    return [since + n * _DAY for n in range((until - since).days + 1)]


def running_sums(opening: int, gains: Mapping[date, int], days: Sequence[date]) -> tuple[int, ...]:
    """Return a value before the first of these days, then at the end of each."""
    return tuple(accumulate((gains.get(day, 0) for day in days), initial=opening))


def carried_forward(known: Mapping[date, int], days: Sequence[date]) -> tuple[int | None, ...]:
    """Return the value known before the first of these days, then at the end of each.

    None as long as none is known. A value holds until the next; those before `days` count too.
    """
    earlier = [day for day in known if day < days[0]]
    value = known[max(earlier)] if earlier else None
    values = [value]
    for day in days:
        value = known.get(day, value)
        values.append(value)
    return tuple(values)


def hours_of(start: datetime, end: datetime) -> Iterator[HourShare]:
    """Give the hours of the week (UTC) that a window touches, each with its part of the window.

    Nothing is given for a window longer than LONGEST_WINDOW, or without length: it tells no hour.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if not timedelta(0) < end - start <= LONGEST_WINDOW:
        return
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        inside = min(end, hour + _HOUR) - max(start, hour)
        yield HourShare(hour.weekday(), hour.hour, inside / (end - start))
        hour += _HOUR


def weeks_of(days: Sequence[date]) -> list[int]:
    """Return for each of these days, in order, in which week from the first's it lies, from 0."""
    monday = days[0] - days[0].weekday() * _DAY
    return [(day - monday).days // 7 for day in days]
