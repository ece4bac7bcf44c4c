"""`backfill-baseline`: R3, R5, R7 and the past that may count."""

from dataclasses import replace

import pytest
from support import GUILD, START

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import NoProgress
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.report import Status
from trc_mee6.standin import faults
from trc_mee6.store import guilds
from trc_mee6.store.audit import findings
from trc_mee6.store.ledger import MemberRef, award_xp
from trc_mee6.store.members import activity, state, transactions
from trc_mee6.store.registry import Entry

ADA, BOB, CAT, DAN = (100000000000000001 + n for n in range(4))


@pytest.fixture
def member(store):
    return lambda discord_id: state(store, GUILD, discord_id)


@pytest.fixture(autouse=True)
def _audited(store):
    yield
    assert list(findings(store)) == []


@pytest.fixture
def season(make_job, board, store):
    """Four members with 2 points and 50 XP carried each."""
    people = (ADA, BOB, CAT, DAN)
    for person in people:
        board.join(person, 1000)
    sync(make_job(), enroll_all=True)
    for person in people:
        board.gain(person, 250)
    sync(make_job())
    return people


def test_r3_members_without_a_baseline_get_one_and_nobody_gets_points(
    make_job, board, store, member
):
    board.join(ADA, 1250)
    link_members(store, GUILD, [Entry(ADA), Entry(BOB)], START)
    report = backfill_baseline(make_job())
    assert (report.status, report.command) == (Status.OK, "backfill-baseline")
    assert (report.members.baselined, report.points_awarded) == (2, 0)
    assert (member(ADA).baseline_xp, member(BOB).baseline_xp) == (1250, 0)


def test_members_with_a_baseline_are_left_for_the_next_sync(make_job, board, store, season, clock):
    board.gain(ADA, 150)
    clock.forward(minutes=10)
    report = backfill_baseline(make_job())
    assert (report.members.observed, report.members.changed) == (0, 0)
    assert state(store, GUILD, ADA).last_observed_at == START
    clock.forward(minutes=5)
    assert sync(make_job()).points_awarded == 2  # 50 carried and 150 gained


def test_a_partial_sweep_does_not_count_as_observing_the_others(
    make_job, store, season, clock, stand_in
):
    clock.forward(minutes=10)
    stand_in.misbehave(faults.status(401), page=1)
    backfill_baseline(make_job(mee6_page_size=2))
    assert {state(store, GUILD, person).last_observed_at for person in season} == {START}


def test_r7_a_reset_takes_the_board_as_it_is_and_keeps_all_points(
    make_job, board, store, member, season
):
    board.reset()
    board.come_back(ADA)
    board.gain(ADA, 30)
    assert sync(make_job()).status is Status.HELD
    assert backfill_baseline(make_job()).status is Status.HELD
    report = backfill_baseline(make_job(), reset=True)
    assert (report.status, report.members.reset, report.members.baselined) == (Status.OK, 4, 4)
    assert guilds.known_guild(store, GUILD).held_since is None
    assert [member(person).points for person in season] == [2, 2, 2, 2]
    assert [member(person).leftover_xp for person in season] == [0, 0, 0, 0]
    assert [member(person).baseline_xp for person in season] == [30, 0, 0, 0]
    board.gain(ADA, 100)
    board.come_back(BOB)
    board.gain(BOB, 60)
    assert sync(make_job()).points_awarded == 1
    assert member(BOB).leftover_xp == 60


def test_r5_after_a_reset_old_xp_that_comes_back_is_a_baseline(
    make_job, board, store, member, season
):
    board.leave(DAN)
    backfill_baseline(make_job(), reset=True)
    board.come_back(DAN)  # with 1250 XP, more than could be earned in no time
    assert sync(make_job()).points_awarded == 0
    assert member(DAN).baseline_xp == 1250


@pytest.mark.parametrize(
    ("fault", "code"), [(faults.status(401), 77), (faults.too_many(), 75), (None, 75)]
)
def test_a_reset_of_half_a_board_changes_nothing(
    make_job, board, store, member, season, stand_in, fault, code
):
    board.gain(ADA, 500)
    before = [member(person) for person in season]
    if fault is not None:
        stand_in.misbehave(fault, page=1)
    limit = {} if fault else {"max_runtime": 3, "mee6_request_interval": 2}
    report = backfill_baseline(make_job(mee6_page_size=2, **limit), reset=True)
    assert (report.exit_code, report.members.baselined) == (code, 0)
    assert "run it again" in report.reason
    assert [member(person) for person in season] == before


def test_credited_history_is_points_that_belong_to_no_day(make_job, board, store, member):
    board.join(ADA, 1250)
    link_members(store, GUILD, [Entry(ADA), Entry(BOB)], START)
    report = backfill_baseline(make_job(), credit_history=True)
    assert (report.members.baselined, report.members.changed) == (2, 1)
    assert (report.xp_gained, report.points_awarded) == (1250, 12)
    assert (member(ADA).baseline_xp, member(ADA).xp_total, member(ADA).leftover_xp) == (0, 1250, 50)
    newest, oldest = activity(store, GUILD, ADA, 10)
    assert (oldest.activity_type, oldest.xp_total) == ("baseline", 0)
    assert (newest.xp_delta, newest.window_start, newest.day) == (1250, None, None)
    assert transactions(store, GUILD, ADA, 10)[0].day is None
    assert backfill_baseline(make_job(), credit_history=True).points_awarded == 0


def test_credited_history_of_one_the_sweep_missed_counts_when_first_seen(
    make_job, board, store, member
):
    link_members(store, GUILD, [Entry(ADA)], START)
    backfill_baseline(make_job(), credit_history=True)
    board.join(ADA, 50_000)
    assert sync(make_job()).points_awarded == 500


def test_credit_does_not_touch_who_has_a_baseline(make_job, season, member):
    backfill_baseline(make_job(), credit_history=True)
    assert [member(person).points for person in season] == [2, 2, 2, 2]


def test_a_reset_may_change_xp_per_point(make_job, board, store, season, member):
    report = backfill_baseline(make_job(xp_per_point=50), reset=True)
    assert report.status is Status.OK
    board.gain(ADA, 100)
    assert sync(make_job(xp_per_point=50)).points_awarded == 2


def test_a_dry_run_of_a_reset_changes_nothing(make_job, board, store, season, member):
    board.gain(ADA, 75)
    before = [member(person) for person in season]
    would = backfill_baseline(make_job(dry_run=True), reset=True)
    assert would.members.reset == 4
    assert [member(person) for person in season] == before


def test_r1_xp_awarded_before_history_is_credited_counts_once(make_job, board, store, member):
    board.join(ADA, 1250)
    link_members(store, GUILD, [Entry(ADA)], START)
    with store.writing(GUILD):
        award_xp(store, MemberRef(GUILD, ADA), 60, key="quiz", xp_per_point=100, now=START)
    backfill_baseline(make_job(), credit_history=True)
    assert (member(ADA).points, member(ADA).leftover_xp) == (12, 50)


def test_history_is_credited_once_also_to_who_was_linked_again(
    make_job, board, store, member, season
):
    unlink_member(store, GUILD, ADA)
    link_members(store, GUILD, [Entry(ADA)], START)
    report = backfill_baseline(make_job(), credit_history=True)
    assert (report.members.baselined, report.points_awarded) == (1, 0)
    assert (member(ADA).points, member(ADA).baseline_xp) == (2, 1250)


def test_r1_another_rate_leaves_no_unlinked_member_in_the_old_one(
    make_job, board, store, member, season
):
    unlink_member(store, GUILD, ADA)
    backfill_baseline(make_job(xp_per_point=50), reset=True)
    with store.writing(GUILD):
        booked = award_xp(store, MemberRef(GUILD, ADA), 0, key="k", xp_per_point=50, now=START)
    assert (booked.points, member(ADA).points, member(ADA).leftover_xp) == (0, 2, 0)


def test_another_rate_that_came_first_while_the_board_was_read_is_kept(
    make_job, board, store, member
):
    class AwardedMeanwhile(NoProgress):
        def page_read(self, *_):
            with store.writing(GUILD):
                award_xp(store, MemberRef(GUILD, BOB), 60, key="k", xp_per_point=50, now=START)

    board.join(ADA, 1250)
    link_members(store, GUILD, [Entry(ADA), Entry(BOB)], START)
    job = replace(make_job(), progress=AwardedMeanwhile())
    report = backfill_baseline(job, credit_history=True)
    assert (report.exit_code, member(ADA).xp_total) == (78, None)


def test_totals_beyond_all_measure_keep_nobody_elses_points_back(
    make_job, board, store, member, season
):
    for person in (ADA, BOB):
        board.gain(person, 2**62 + 5)
    board.gain(CAT, 100)
    report = sync(make_job())
    assert (report.status, report.xp_gained) == (Status.OK, 2**63 - 1)
    assert member(CAT).points == 3


def test_a_sum_beyond_64_bits_is_refused_by_either_database(make_job, board, store, member):
    board.join(ADA, 0)
    sync(make_job(xp_per_point=1), enroll_all=True)
    board.gain(ADA, 2**63 - 1)
    sync(make_job(xp_per_point=1))
    board.gain(ADA, 1000 - 2**63)
    backfill_baseline(make_job(xp_per_point=1), reset=True)
    board.gain(ADA, 1000)
    with pytest.raises(Exception, match=r"range|constraint"):
        sync(make_job(xp_per_point=1))
    assert member(ADA).points == 2**63 - 1
