"""How a member's balance came about, and why the streak stands where it stands."""

from datetime import UTC, date, datetime, timedelta

import pytest
from support import GUILD

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.member_details import member_details
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.report import StreakStatus
from trc_mee6.rules.streaks import Kind
from trc_mee6.store.ledger import MemberRef, award_points, award_xp
from trc_mee6.store.registry import Entry

ADA = 100000000000000001
A, G, X, U = Kind.ACTIVE, Kind.GRACE, Kind.INACTIVE, Kind.UNJUDGED


def day(number):
    return date(2026, 1, number)  # the 5th is a Monday


@pytest.fixture
def live(make_job, board, clock):
    """Live through the days of January so numbered, active on some, then stand at an hour."""
    board.join(ADA, 5000, "Ada")

    def through(numbers, active, *, nightly=True):
        for number in numbers:
            clock.time = datetime(2026, 1, number, tzinfo=UTC)
            assert sync(make_job(), enroll_all=True).status == "ok"
            if nightly:
                streaks(make_job())
            if number in active:
                board.gain(ADA, 130)
            clock.time += timedelta(hours=10)
            assert sync(make_job(), enroll_all=True).status == "ok"

    return through


@pytest.fixture
def look(store, clock):
    def details():
        return member_details(store, GUILD, ADA, clock.time)

    return details


def award(store, clock, points, on):
    with store.writing(GUILD):
        award_points(
            store, MemberRef(GUILD, ADA), points, source="quiz", key=str(on),
            occurred_at=datetime(2026, 1, on, 9, tzinfo=UTC), reason=None, now=clock.time,
        )  # fmt: skip


def kinds(details):
    return [(one.day.day, one.kind) for one in details.days]


def test_a_streak_rests_on_the_days_since_the_last_inactive_one(live, look):
    live(range(5, 14), {5, 6, 8, 9, 11, 12, 13})
    found = look()
    assert kinds(found) == [
        (5, A), (6, A), (7, X), (8, A), (9, A), (10, G), (11, A), (12, A), (13, A),
    ]  # fmt: skip
    streak = found.streak
    assert (streak.status, found.state.current_streak) == (StreakStatus.JUDGED, 3)
    assert (streak.counts_from, streak.last_inactive_on) == (day(8), day(7))
    assert (streak.judged_through, streak.observed_through) == (day(12), day(12))
    assert (streak.first_observed_on, streak.pending) == (day(5), False)


def test_days_have_their_kind_as_soon_as_they_are_over_and_observed(live, look, clock):
    live(range(5, 8), {5}, nightly=False)
    found = look()
    assert kinds(found) == [(5, A), (6, X), (7, U)]
    assert found.streak.status is StreakStatus.UNJUDGED
    assert (found.streak.counts_from, found.streak.last_inactive_on) == (None, None)
    clock.forward(days=2)
    found = look()
    assert kinds(found) == [(5, A), (6, X), (7, U), (8, U), (9, U)]
    assert found.streak.pending


def test_a_late_award_is_shown_at_once_and_judged_at_the_next_run(
    live, look, store, clock, make_job
):
    live(range(5, 9), {5, 7})
    assert (look().streak.counts_from, look().streak.last_inactive_on) == (day(7), day(6))
    award(store, clock, 5, on=6)
    found = look()
    assert (found.streak.status, found.state.current_streak) == (StreakStatus.TO_JUDGE_ANEW, 1)
    assert kinds(found) == [(5, A), (6, A), (7, A), (8, U)]
    streaks(make_job())
    found = look()
    assert (found.streak.status, found.state.current_streak) == (StreakStatus.JUDGED, 3)
    assert (found.streak.counts_from, found.streak.last_inactive_on) == (day(5), None)


def test_a_balance_is_the_sum_of_its_sources(live, look, store, clock):
    live((5, 6), {5, 6})
    award(store, clock, 10, on=6)
    award(store, clock, -4, on=5)
    found = look()
    assert found.points_by_source == [("mee6", 2, 2), ("quiz", 2, 6)]
    assert sum(one.points for one in found.points_by_source) == found.state.points == 8
    assert len(found.activity) == 3
    assert len(found.transactions) == 4


def test_r1_the_arithmetic_holds_over_awards_and_new_baselines(live, look, store, clock, make_job):
    live((5, 6), {5, 6})
    with store.writing(GUILD):
        award_xp(store, MemberRef(GUILD, ADA), 90, key="event", xp_per_point=100, now=clock.time)
    xp = look().xp
    assert (xp.xp_total, xp.baseline_xp, xp.awarded_xp) == (5260, 5000, 90)
    assert (xp.points, xp.points_before, xp.leftover_xp, xp.xp_per_point) == (3, 0, 50, 100)
    assert xp.baseline_at == datetime(2026, 1, 5, tzinfo=UTC)
    backfill_baseline(make_job(), reset=True)
    live((7,), {7})
    xp = look().xp
    assert (xp.xp_total, xp.baseline_xp, xp.awarded_xp) == (5390, 5260, 0)
    assert (xp.points, xp.points_before, xp.leftover_xp) == (4, 3, 30)


def test_who_was_never_observed_has_no_days_and_who_is_unlinked_is_not_waited_for(
    live, look, store, clock
):
    link_members(store, GUILD, [Entry(ADA)], clock.time)
    found = look()
    assert (found.streak.status, found.days) == (StreakStatus.UNOBSERVED, [])
    assert (found.xp.xp_total, found.xp.xp_per_point) == (None, None)
    live((5, 6), {5})
    unlink_member(store, GUILD, ADA)
    clock.forward(days=3)
    found = look()
    assert not found.streak.pending
    assert kinds(found) == [(5, A), (6, U), (7, U), (8, U), (9, U)]


def test_the_days_are_those_of_eight_weeks_and_what_broke_a_streak_may_be_older(
    live, look, clock, make_job
):
    live((5, 6, 8, 9), {5, 8, 9})
    clock.time = datetime(2026, 3, 4, tzinfo=UTC)  # a Wednesday
    sync(make_job())
    found = look()
    assert (found.days[0].day, found.days[-1].day) == (day(12), date(2026, 3, 4))
    assert found.streak.last_inactive_on == day(7)


def test_nobody_knows_a_stranger(look):
    with pytest.raises(ConfigError, match="is no member"):
        look()
