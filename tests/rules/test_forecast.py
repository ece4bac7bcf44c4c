"""When an XP total is reached, compared with a slow search in decimals of sixty digits."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.rules.forecast import (
    FEWEST_DAYS,
    HORIZON,
    Outlook,
    days_of_pace,
    first_possible,
    outlook,
)
from trc_mee6.rules.streaks import Span

NEVER = Outlook(None, None, None)
WHOLE_DAY = Fraction(1)
parts_of_a_day = st.fractions(Fraction(1, 86_400), 1, max_denominator=86_400)
weeks_of_gains = st.lists(st.integers(0, 3000), min_size=2, max_size=40)


def slowly(gains, distance, left_of_day):
    """Walk through the days one by one, by the formula as docs/rules.md has it."""
    with localcontext(prec=60):
        n = Decimal(len(gains))
        m = sum(map(Decimal, gains)) / n
        s = (sum((x - m) ** 2 for x in gains) / (n - 1)).sqrt()
        found = []
        for k in ("0", "-1.28", "1.28"):
            for day in range(2000):
                t = day + Decimal(left_of_day.numerator) / left_of_day.denominator
                total = m * t - Decimal(k) * s * (t + t**2 / n).sqrt()
                if total - distance >= Decimal("-1e-30"):
                    found.append(day)
                    break
            else:
                found.append(None)
        return Outlook(*found)


@given(weeks_of_gains, st.integers(1, 10**6), parts_of_a_day)
def test_the_range_is_that_of_the_formula(gains, distance, left_of_day):
    # Whatever takes longer than the slow search looks ahead is another test's.
    if sum(gains) * 1900 > distance * len(gains):
        expected = slowly(gains, distance, left_of_day)
        found = outlook(gains, distance, left_of_day)
        assert found[:2] == expected[:2]
        assert found.latest == expected.latest or (
            expected.latest is None and (found.latest is None or found.latest >= 2000)
        )


@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=60),
    st.integers(1, 2**63),
    parts_of_a_day,
)
def test_the_expected_day_is_exact_however_large_the_numbers(gains, distance, left_of_day):
    found = outlook(gains, distance, left_of_day)
    if sum(gains) <= 0:
        assert found == NEVER
        return
    days = max(0, ceil(Fraction(distance * len(gains), sum(gains)) - left_of_day))
    assert found.expected == (days if days < HORIZON else None)
    far = HORIZON
    earliest, expected, latest = (
        far if day is None else day for day in (found.earliest, found.expected, found.latest)
    )
    assert earliest <= expected <= latest


@pytest.mark.parametrize(
    ("gains", "distance", "left", "expected"),
    [
        # Without variation there is one answer: a day's gain takes a day.
        ([100] * 7, 100, "1", (0, 0, 0)),
        ([100] * 7, 101, "1", (1, 1, 1)),
        ([100] * 7, 1000, "1", (9, 9, 9)),
        ([100] * 7, 1001, "1", (10, 10, 10)),
        # At noon half of today's pace is still to come.
        ([100] * 7, 50, "1/2", (0, 0, 0)),
        ([100] * 7, 51, "1/2", (1, 1, 1)),
        ([100] * 7, 150, "1/2", (1, 1, 1)),
        # m = 100, s² = 20000 / 3: after t days 100 t ± 1.28 · √(20000/3 · (t + t²/4)).
        ([0, 100, 100, 200], 1000, "1", (9, 5, 23)),
        # The example of docs/rules.md.
        ([100, 140] * 7, 1200, "1", (9, 9, 10)),
        # m = 1/3, s² = 1/3: t/3 ± 1.28 · √((t + t²/3) / 3).
        ([0, 0, 1], 3, "1", (8, 3, None)),
        # m = 100, s² = 20000, n = 2: 100 t - 1.28 · √(20000 t + 10000 t²) falls for ever.
        ([0, 200], 1000, "1", (9, 3, None)),
    ],
)
def test_worked_examples(gains, distance, left, expected):
    assert outlook(gains, distance, Fraction(left)) == expected


def test_a_root_that_is_a_whole_number_is_reached_not_missed():
    # m = 50, s² = 4 · 625 / 4, n = 5; at t = 20 the root is √(20 + 400/5) = 10: 1000 ± 1.28 · 250.
    gains = [75, 25, 75, 25, 50]
    assert outlook(gains, 1320, WHOLE_DAY).earliest == 19
    assert outlook(gains, 1321, WHOLE_DAY).earliest == 20
    assert outlook(gains, 680, WHOLE_DAY).latest == 19
    assert outlook(gains, 681, WHOLE_DAY).latest == 20


@pytest.mark.parametrize("gains", [[0] * 7, [0, 0], [-5, 5], [-5] * 7, [-100, 99]])
def test_who_does_not_come_nearer_never_arrives(gains):
    assert outlook(gains, 1, WHOLE_DAY) == NEVER


def test_nobody_looks_further_ahead_than_a_hundred_years():
    assert HORIZON == 36_525
    assert outlook([1] * 7, HORIZON, WHOLE_DAY) == (HORIZON - 1,) * 3
    assert outlook([1] * 7, HORIZON + 1, WHOLE_DAY) == NEVER


TODAY = date(2026, 3, 31)


@given(st.integers(FEWEST_DAYS, 365), st.dates(date(2024, 1, 1), TODAY), st.integers(0, 400))
def test_days_are_whole_and_observed_from_beginning_to_end(most, observed_on, since):
    baseline_on = observed_on - timedelta(days=since)
    whole = [
        observed_on - timedelta(days=ago)
        for ago in range(most, 0, -1)
        if observed_on - timedelta(days=ago) > baseline_on
    ]
    expected = Span(whole[0], whole[-1]) if len(whole) >= 7 else None
    assert days_of_pace(most, observed_on, baseline_on) == expected
    assert (expected is not None) == (observed_on >= first_possible(baseline_on))


@pytest.mark.parametrize(
    ("most", "baseline_on", "first"),
    [
        (30, date(2026, 1, 1), date(2026, 3, 1)),
        (30, date(2026, 3, 20), date(2026, 3, 21)),
        (30, date(2026, 3, 23), date(2026, 3, 24)),
        (30, date(2026, 3, 24), None),
        (7, date(2026, 1, 1), date(2026, 3, 24)),
        (6, date(2026, 1, 1), None),
    ],
)
def test_days_of_pace_by_example(most, baseline_on, first):
    expected = None if first is None else Span(first, date(2026, 3, 30))
    assert days_of_pace(most, TODAY, baseline_on) == expected
