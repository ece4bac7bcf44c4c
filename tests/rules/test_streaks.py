"""R9 and R10: what a day was, and what days make of a streak."""

from datetime import UTC, date, datetime, time, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from trc_mee6.rules.streaks import (
    Effect,
    Kind,
    Span,
    Streak,
    covered_days,
    effect,
    grace_of_gain,
    grounds,
    is_required,
    judged,
    kind_of,
    kinds,
)

DAY = timedelta(days=1)


def at(day, hour, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def day(number):
    return date(2026, 1, number)  # the 5th is a Monday


def days_of(span):
    if span is None:
        return set()
    return {span.first + n * DAY for n in range((span.last - span.first).days + 1)}


def time_by_day(start, end):
    """How much of each UTC day lies between two moments, by cutting it at every midnight."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    parts = {}
    while start < end:
        midnight = datetime.combine(start.date() + DAY, time(), tzinfo=UTC)
        parts[start.date()] = min(midnight, end) - start
        start = midnight
    return parts


def half_covered(start, end):
    return {day for day, part in time_by_day(start, end).items() if part >= timedelta(hours=12)}


def walked(streak, first, end, active, grace):
    """R10 day by day."""
    excused = set().union(*map(days_of, grace))
    current, longest = streak
    while first < end:
        if first.strftime("%a") not in ("Sat", "Sun"):
            if first in active:
                current += 1
            elif first not in excused:
                current = 0
        longest = max(longest, current)
        first += DAY
    return Streak(current, longest)


# Often at noon or midnight, or next to it, where the rule turns.
moments = st.builds(
    lambda hours, off, zone: (at(1, 0) + hours + off).astimezone(timezone(zone)),
    st.integers(0, 24).map(lambda halves: timedelta(hours=12 * halves)),
    st.one_of(
        st.just(timedelta()),
        st.integers(-2, 2).map(lambda few: timedelta(microseconds=few)),
        st.integers(-720, 720).map(lambda minutes: timedelta(minutes=minutes)),
    ),
    st.sampled_from([timedelta(), timedelta(hours=9), timedelta(hours=-5)]),
)
days = st.integers(1, 28).map(day)
spans = st.builds(lambda first, more: Span(first, first + more * DAY), days, st.integers(0, 9))
lengths = st.integers(-3, 3) | st.integers(4, 40)  # often too short to hold a day
graces = st.lists(spans, max_size=4)
streaks = st.builds(
    lambda current, more: Streak(current, current + more), st.integers(0, 5), st.integers(0, 3)
)


def test_r9_a_day_is_excused_if_half_of_it_lies_in_a_window():
    assert covered_days(at(5, 12), at(6, 12)) == Span(day(5), day(6))
    assert covered_days(at(5, 12, 1), at(6, 11, 59)) is None
    assert covered_days(at(5, 11), at(5, 13)) is None
    assert kind_of(day(6), {day(6)}, [Span(day(5), day(8))]) is Kind.ACTIVE
    assert kind_of(day(7), {day(6)}, [Span(day(5), day(8))]) is Kind.GRACE
    assert kind_of(day(9), {day(6)}, [Span(day(5), day(8))]) is Kind.INACTIVE
    assert kind_of(day(10), set(), []) is Kind.GRACE


def test_r9_a_gains_window_excuses_days_other_than_its_own():
    assert grace_of_gain(at(5, 6), at(5, 22)) is None
    assert grace_of_gain(at(5, 13), at(7, 11)) is None  # the 6th has the gain
    assert grace_of_gain(at(5, 12), at(6, 12)) == Span(day(5), day(6))
    assert grace_of_gain(at(5, 13), at(8, 0)) == Span(day(6), day(7))


@settings(max_examples=300)
@given(start=moments, end=moments)
def test_r9_the_covered_days_are_those_with_half_their_time_in_the_window(start, end):
    span = covered_days(start, end)
    assert days_of(span) == half_covered(start, end)
    assert span is None or span.first <= span.last


@settings(max_examples=300)
@given(start=moments, end=moments)
def test_r9_a_window_excuses_no_day_but_covered_ones_and_is_none_for_the_gains_own(start, end):
    parts = time_by_day(start, end) or {end.astimezone(UTC).date(): timedelta()}
    own = min(day for day in parts if parts[day] == max(parts.values()))
    others = half_covered(start, end) - {own}
    span = grace_of_gain(start, end)
    assert days_of(span) - {own} == others
    assert (span is None) == (not others)


@given(which=days, active=st.sets(days), grace=graces)
def test_r9_a_day_is_active_or_excused_or_neither(which, active, grace):
    weekend = which.strftime("%a") in ("Sat", "Sun")
    assert is_required(which) == (not weekend)
    if which in active:
        expected = Kind.ACTIVE
    elif weekend or any(which in days_of(span) for span in grace):
        expected = Kind.GRACE
    else:
        expected = Kind.INACTIVE
    assert kind_of(which, active, grace) is expected


def test_r10_a_required_day_neither_active_nor_excused_ends_a_streak():
    assert Streak() == (0, 0)
    active = {day(5), day(6), day(8), day(10), day(12)}
    assert judged(Streak(), day(5), day(5), active, []) == Streak(0, 0)  # no day at all
    assert judged(Streak(), day(6), day(5), active, []) == Streak(0, 0)
    assert judged(Streak(), day(5), day(7), active, []) == Streak(2, 2)
    assert judged(Streak(), day(5), day(8), active, []) == Streak(0, 2)
    assert judged(Streak(), day(5), day(9), active, []) == Streak(1, 2)
    assert judged(Streak(), day(5), day(13), active, [Span(day(7), day(9))]) == Streak(4, 4)


@given(first=days, length=st.integers(1, 12), first_active=st.booleans(), grace=graces)
def test_r10_a_stretch_adds_its_first_day_if_active_and_breaks_at_an_inactive_day(
    first, length, first_active, grace
):
    stretch = [first + n * DAY for n in range(length)]
    active = stretch[:1] if first_active else []
    kinds = [kind_of(each, active, grace) for each in stretch]
    expected = Effect(sum(is_required(each) for each in active), broken=Kind.INACTIVE in kinds)
    assert (
        effect(first, first + length * DAY, first_active=first_active, grace=tuple(grace))
        == expected
    )


@given(streak=streaks, first=days, length=lengths, active=st.sets(days), grace=graces)
def test_r10_a_streak_is_what_a_walk_over_the_days_makes_of_it(
    streak, first, length, active, grace
):
    end = first + length * DAY
    assert judged(streak, first, end, active, grace) == walked(streak, first, end, active, grace)


@given(
    streak=streaks,
    first=days,
    lengths=st.lists(st.integers(0, 12), min_size=1, max_size=6),
    active=st.sets(days),
    grace=graces,
)
def test_r11_days_judged_in_parts_are_days_judged_at_once(streak, first, lengths, active, grace):
    in_parts, start = streak, first
    for length in lengths:
        until = start + length * DAY
        in_parts, start = judged(in_parts, start, until, active, grace), until
    assert judged(streak, first, start, active, grace) == in_parts


def test_days_that_are_not_over_and_observed_are_active_or_unjudged():
    found = kinds(day(5), day(9), day(7), {day(5), day(8)}, [Span(day(6), day(7))])
    assert [kind for _, kind in found] == [
        Kind.ACTIVE, Kind.GRACE, Kind.UNJUDGED, Kind.ACTIVE, Kind.UNJUDGED,
    ]  # fmt: skip
    assert [each for each, _ in found] == [day(number) for number in range(5, 10)]
    assert kinds(day(5), day(4), day(7), set(), []) == []


@given(first=days, length=st.integers(0, 40), active=st.sets(days), grace=graces)
def test_r10_the_kinds_of_days_tell_what_the_current_streak_rests_on(first, length, active, grace):
    end = first + length * DAY
    found = kinds(first, end - DAY, end, active, grace)
    counts_from, last_inactive = grounds(found)
    counting = [
        each
        for each, kind in found
        if kind is Kind.ACTIVE and is_required(each) and (counts_from and each >= counts_from)
    ]
    assert len(counting) == judged(Streak(), first, end, active, grace).current
    assert (counts_from is None) == (not counting)
    after = [kind for each, kind in found if last_inactive is None or each > last_inactive]
    assert Kind.INACTIVE not in after
    assert Kind.UNJUDGED not in after
    assert last_inactive is None or kind_of(last_inactive, active, grace) is Kind.INACTIVE
