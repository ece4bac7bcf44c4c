"""R8: which day a gain belongs to; and the periods of a leaderboard."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.rules.days import between, day_of_gain, period, period_before


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "day"),
    [
        ("2026-01-05 10:00", "2026-01-05 10:15", "2026-01-05"),
        ("2026-01-05 23:45:05", "2026-01-06 00:00:05", "2026-01-05"),
        ("2026-01-05 23:59", "2026-01-06 00:14", "2026-01-06"),
        ("2026-01-05 23:50", "2026-01-06 00:10", "2026-01-05"),  # a tie goes to the earlier
        ("2026-01-05 10:00", "2026-01-08 09:00", "2026-01-06"),  # two whole days: the earlier
        ("2026-01-05 00:00", "2026-01-08 00:00", "2026-01-05"),
        ("2026-01-05 12:00", "2026-01-07 00:00", "2026-01-06"),
        ("2026-01-05 00:00", "2026-01-06 00:00", "2026-01-05"),
        ("2026-01-05 10:00", "2026-01-05 10:00", "2026-01-05"),  # no window at all
        ("2026-01-06 10:00", "2026-01-05 10:00", "2026-01-05"),  # a clock set back
    ],
)
def test_r8_a_gain_belongs_to_the_day_with_most_of_its_window(start, end, day):
    assert day_of_gain(at(start), at(end)) == date.fromisoformat(day)


@given(
    offset=st.integers(0, 60 * 24 * 400),
    minutes=st.integers(1, 60 * 24 * 6),
)
def test_r8_agrees_with_counting_the_minutes_of_each_day(offset, minutes):
    start = at("2026-01-01 00:00") + timedelta(minutes=offset)
    counted = Counter((start + timedelta(minutes=n)).date() for n in range(minutes))
    most = max(counted.values())
    expected = min(day for day, count in counted.items() if count == most)
    assert day_of_gain(start, start + timedelta(minutes=minutes)) == expected


def test_r8_days_are_utc_whatever_the_zone_of_the_moments():
    zone = timezone(timedelta(hours=9))
    start = datetime(2026, 1, 6, 8, 0, tzinfo=zone)  # 23:00 UTC of the day before
    assert day_of_gain(start, start + timedelta(minutes=15)) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("name", "since"),
    [
        ("all", None),
        ("day", date(2026, 3, 5)),
        ("week", date(2026, 3, 2)),
        ("month", date(2026, 3, 1)),
        ("1d", date(2026, 3, 5)),
        ("7d", date(2026, 2, 27)),
    ],
)
def test_periods_end_today_and_weeks_start_on_monday(name, since):
    thursday = date(2026, 3, 5)
    assert period(name, thursday) == (name, since, thursday)


def test_a_week_that_begins_today_is_one_day():
    monday = date(2026, 3, 2)
    assert period("week", monday).since == monday


@pytest.mark.parametrize("name", ["", "0d", "-1d", "d", "year", "7", "7D", "99999999d", "99999d "])
def test_a_period_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="is not a period"):
        period(name, date(2026, 3, 5))


def test_a_period_longer_than_the_calendar_is_refused():
    early = date(10, 1, 1)
    days = early.toordinal()  # of the calendar so far
    assert period(f"{days}d", early).since == date.min
    with pytest.raises(ValueError, match="is not a period"):
        period(f"{days + 1}d", early)


def test_dates_are_a_period_with_both_ends():
    first, last = date(2026, 1, 31), date(2026, 3, 5)
    assert between(first, last) == ("dates", first, last)
    with pytest.raises(ValueError, match="2026-01-31 is before 2026-03-05"):
        between(last, first)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("day", date(2026, 3, 4), date(2026, 3, 4)),
        ("week", date(2026, 2, 23), date(2026, 3, 1)),  # as a whole, though this one is under way
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
        ("7d", date(2026, 2, 20), date(2026, 2, 26)),
    ],
)
def test_the_period_before_ends_where_the_period_begins(name, since, until):
    assert period_before(period(name, date(2026, 3, 5))) == (name, since, until)


def test_dates_are_compared_with_as_many_days_before_them():
    before = period_before(between(date(2026, 3, 1), date(2026, 3, 10)))
    assert before == ("dates", date(2026, 2, 19), date(2026, 2, 28))


def test_nothing_is_before_all_time_or_before_the_calendar():
    assert period_before(period("all", date(2026, 3, 5))) is None
    for early in (date.min, date(1, 1, 5)):
        assert period_before(between(early, date(2026, 1, 1))) is None
    assert period_before(between(date(1000, 1, 1), date(2026, 1, 1))) is None
