"""When MEE6 may be asked: R12's slots, R14's Retry-After and cooldown, R15's end of a run."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import START

from trc_mee6.errors import OutOfTime
from trc_mee6.mee6.pace import Pace, cooldown_until, retry_after


class SlotAfter:
    """A slot that is free after so many seconds, and again at once; notes who took it when."""

    def __init__(self, clock, seconds):
        self.free_at = clock.now() + timedelta(seconds=seconds)
        self.taken = []

    def take(self, clock, interval):
        if clock.now() < self.free_at:
            return (self.free_at - clock.now()).total_seconds()
        self.taken.append((clock.now(), interval))
        return 0.0


def test_r12_a_request_waits_for_its_slot(clock):
    slots = SlotAfter(clock, 1.5)
    Pace(slots, clock, 2).wait_for_slot()
    assert slots.taken == [(START + timedelta(seconds=1.5), 2)]
    assert clock.slept == [1.5]


def test_r12_who_finds_the_slot_taken_by_another_meanwhile_waits_again(clock):
    slots = SlotAfter(clock, 1.5)
    sleep = clock.sleep

    def sleep_while_another_asks(seconds):
        sleep(seconds)
        if len(clock.slept) == 1:
            slots.free_at += timedelta(seconds=2)

    clock.sleep = sleep_while_another_asks
    Pace(slots, clock, 2).wait_for_slot()
    assert clock.slept == [1.5, 2]
    assert len(slots.taken) == 1


def test_r12_a_free_slot_is_used_at_once(clock):
    Pace(SlotAfter(clock, 0), clock, 2).wait_for_slot()
    assert clock.slept == []


def test_r15_no_slot_is_taken_when_the_run_is_over(clock):
    slots = SlotAfter(clock, 0)
    pace = Pace(slots, clock, 2, give_up_at=clock.monotonic() + 10)
    pace.wait_for_slot()
    clock.forward(seconds=10)
    with pytest.raises(OutOfTime):
        pace.wait_for_slot()
    assert len(slots.taken) == 1


@pytest.mark.parametrize(("left", "slept"), [(1.5, []), (1.0, []), (1.6, [1.5])])
def test_r15_a_wait_that_would_outlast_the_run_ends_it_at_once(clock, left, slept):
    pace = Pace(SlotAfter(clock, 1.5), clock, 2, give_up_at=clock.monotonic() + left)
    if slept:
        pace.wait_for_slot()
    else:
        with pytest.raises(OutOfTime):
            pace.wait_for_slot()
    assert clock.slept == slept


def test_r15_what_is_left_of_a_run_shrinks_to_its_end(clock):
    pace = Pace(SlotAfter(clock, 0), clock, 2, give_up_at=clock.monotonic() + 10)
    assert pace.remaining() == 10
    clock.forward(seconds=4)
    assert pace.remaining() == 6
    clock.forward(seconds=6)
    with pytest.raises(OutOfTime):
        pace.remaining()


def test_a_run_without_an_end_waits_as_long_as_it_takes(clock):
    pace = Pace(SlotAfter(clock, 0), clock, 2)
    pace.sleep(86_400)
    assert (pace.remaining(), clock.slept) == (None, [86_400])


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("30", 30),
        (" 30 ", 30),
        ("007", 7),
        ("9" * 500, 999_999_999_999),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(START - timedelta(hours=1), usegmt=True), 0),
        ("Mon, 05 Jan 2026 13:00:10 +0100", 10),
        ("Monday, 05-Jan-26 12:00:10 GMT", 10),
        ("Mon Jan  5 12:00:10 2026", 10),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1, 2", None),
        ("٣", None),
        ("soon", None),
        ("Mon, 05 Jan 99999 12:00:00 GMT", None),
        ("Mon, 35 Jan 2026 12:00:00 GMT", None),
    ],
)
def test_r14_retry_after_is_seconds_or_a_date_or_nothing(header, seconds):
    assert retry_after(header, START) == seconds


@given(st.text() | st.text('0123456789 ,:+-JanMoGTZ()"\\'))
def test_r14_any_retry_after_gives_seconds_or_nothing(header):
    seconds = retry_after(header, START)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("asked", "at_least", "seconds"),
    [
        (None, 1800, 1800),
        (0.0, 1800, 1800),
        (90.0, 1800, 1800),
        (7200.0, 1800, 7200),
        (90.0, 0, 90),
        (999_999_999_999.0, 1800, 86_400),
        (None, 200_000, 200_000),
        (999_999_999_999.0, 200_000, 200_000),
    ],
)
def test_r14_a_cooldown_is_the_longer_of_both_but_no_slip_stops_us_for_good(
    asked, at_least, seconds
):
    assert cooldown_until(START, asked, at_least) == START + timedelta(seconds=seconds)
