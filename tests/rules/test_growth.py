"""How gains add up, and which hours they belong to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.rules.growth import (
    carried_forward,
    days_between,
    hours_of,
    running_sums,
    weeks_of,
)

DAYS = days_between(date(2026, 1, 5), date(2026, 1, 8))
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def test_days_between_has_both_ends():
    assert [day.day for day in DAYS] == [5, 6, 7, 8]
    assert days_between(DAYS[0], DAYS[0]) == [DAYS[0]]


def test_sums_run_over_days_without_a_gain_and_ignore_others():
    gains = {date(2026, 1, 4): 99, DAYS[1]: 5, DAYS[3]: -2, date(2026, 1, 9): 99}
    assert running_sums(10, gains, DAYS) == (10, 10, 15, 15, 13)


def test_a_total_holds_until_the_next_is_known():
    known = {date(2025, 12, 1): 1, date(2026, 1, 2): 7, DAYS[1]: 9, date(2026, 1, 9): 99}
    assert carried_forward(known, DAYS) == (7, 7, 9, 9, 9)
    assert carried_forward({DAYS[2]: 3}, DAYS) == (None, None, None, 3, 3)
    assert carried_forward({}, DAYS) == (None,) * 5


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        (0, 60, [(0, 0, 1.0)]),
        (30, 15, [(0, 0, 1.0)]),
        (45, 60, [(0, 0, 0.25), (0, 1, 0.75)]),
        (60 * 23 + 30, 60, [(0, 23, 0.5), (1, 0, 0.5)]),
        (7 * 24 * 60 - 60, 180, [(6, 23, 1 / 3), (0, 0, 1 / 3), (0, 1, 1 / 3)]),
        (0, 181, []),
        (0, 0, []),
        (10, -5, []),
    ],
)
def test_a_window_is_spread_over_its_hours(start, minutes, expected):
    begin = MONDAY + timedelta(minutes=start)
    assert [tuple(one) for one in hours_of(begin, begin + timedelta(minutes=minutes))] == expected


@given(
    st.timedeltas(timedelta(0), timedelta(days=9)),
    st.timedeltas(timedelta(microseconds=1), timedelta(hours=3)),
)
def test_the_parts_of_a_window_are_the_whole(after, length):
    parts = list(hours_of(MONDAY + after, MONDAY + after + length))
    assert sum(one.part for one in parts) == pytest.approx(1)
    assert 1 <= len(parts) <= 4


def test_weeks_begin_on_monday():
    wednesday = [date(2026, 1, 7) + timedelta(days=n) for n in range(7)]
    assert weeks_of(wednesday) == [0, 0, 0, 0, 0, 1, 1]
