"""When an XP total is reached at the pace of past days, and how far their variation moves that.

After a time of t days the total has grown by m·t, give or take k·s·√(t + t²/n): n days gained m
each on average, with a standard deviation of s from one to the next; t days will vary as those did,
and m itself is known from n days only. Four of five outcomes lie within k = 1.28 deviations.

All numbers are whole or fractions, and a root is compared by its square, so a day is never off by
a rounding.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from trc_mee6.rules.streaks import Span

HORIZON = 36_525  # days that are looked ahead, a hundred years
FEWEST_DAYS = 7  # with fewer, a weekend or a busy evening would be the whole pace
_DEVIATIONS = Fraction(128, 100)
_DAY = timedelta(days=1)


class Outlook(NamedTuple):
    """In how many days a distance is made, 0 for today; None for not within HORIZON days.

    Attributes:
        earliest, latest: the range in which four of five outcomes lie.
    """

    expected: int | None
    earliest: int | None
    latest: int | None


def outlook(gains: Sequence[int], distance: int, left_of_day: Fraction) -> Outlook:
    """Return when a distance is made by who gains as on these days.

    Args:
        gains: the XP of each day, those without any included; two days at least.
        distance: XP to go, above 0.
        left_of_day: what is left of today, as a part of a day.
    """
    days = len(gains)
    pace = Fraction(sum(gains), days)
    if pace <= 0:
        return Outlook(None, None, None)
    variance = sum((gain - pace) ** 2 for gain in gains) / (days - 1)

    def first_day(deviations: Fraction) -> int | None:
        def is_made(day: int) -> bool:
            time = day + left_of_day
            ahead = pace * time - distance
            doubt = variance * (time + time**2 / days)
            # ahead >= deviations * sqrt(doubt), squared on both sides with the signs kept
            return ahead * abs(ahead) >= deviations * abs(deviations) * doubt

        found = bisect_left(range(HORIZON), x=True, key=is_made)
        return found if found < HORIZON else None

    return Outlook(first_day(Fraction(0)), first_day(-_DEVIATIONS), first_day(_DEVIATIONS))


def days_of_pace(most: int, observed_on: date, baseline_on: date) -> Span | None:
    """Return the newest whole days of which a member's gains are known, None if too few are.

    Args:
        most: how many days at most.
        observed_on: the day of the last observation, which is not over by then.
        baseline_on: the day of the newest baseline, of which only a part was observed; what was
            gained before it was gained under other conditions, or not observed.
    """
    last = observed_on - _DAY
    first = max(observed_on - most * _DAY, baseline_on + _DAY)
    return Span(first, last) if (observed_on - first).days >= FEWEST_DAYS else None


def first_possible(baseline_on: date) -> date:
    """Return the first day by whose observation enough whole days are known."""
    return baseline_on + (FEWEST_DAYS + 1) * _DAY
