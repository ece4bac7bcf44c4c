"""R9 and R10: what a day was, and what days make of a streak."""

from datetime import UTC, date, datetime

from trc_mee6.rules.streaks import Kind, Span, Streak, covered_days, judged, kind_of


def at(day, hour, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def day(number):
    return date(2026, 1, number)  # the 5th is a Monday


def test_r9_a_day_is_excused_if_half_of_it_lies_in_a_window():
    assert covered_days(at(5, 12), at(6, 12)) == Span(day(5), day(6))
    assert covered_days(at(5, 12, 1), at(6, 11, 59)) is None
    assert covered_days(at(5, 11), at(5, 13)) is None
    assert kind_of(day(6), {day(6)}, [Span(day(5), day(8))]) is Kind.ACTIVE
    assert kind_of(day(7), {day(6)}, [Span(day(5), day(8))]) is Kind.GRACE
    assert kind_of(day(9), {day(6)}, [Span(day(5), day(8))]) is Kind.INACTIVE
    assert kind_of(day(10), set(), []) is Kind.GRACE


def test_r10_a_required_day_neither_active_nor_excused_ends_a_streak():
    active = {day(5), day(6), day(8), day(10), day(12)}
    assert judged(Streak(), day(5), day(7), active, []) == Streak(2, 2)
    assert judged(Streak(), day(5), day(8), active, []) == Streak(0, 2)
    assert judged(Streak(), day(5), day(9), active, []) == Streak(1, 2)
    assert judged(Streak(), day(5), day(13), active, [Span(day(7), day(9))]) == Streak(4, 4)
