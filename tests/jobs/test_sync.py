"""`sync`: R1-R8 and R13-R17 through the real pipe, on both databases.

What MEE6 does wrong is in test_board_misbehaves.py.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from support import GUILD, START, VECTORS

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import NoProgress
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.report import Status
from trc_mee6.standin import Board, faults
from trc_mee6.store import guilds, runs
from trc_mee6.store.audit import findings
from trc_mee6.store.members import activity, state, transactions
from trc_mee6.store.moments import as_moment
from trc_mee6.store.pace import cool_down, cooldown
from trc_mee6.store.registry import Entry

ADA, BOB, CAT = 100000000000000001, 100000000000000002, 100000000000000003
CASES = json.loads((VECTORS / "points.json").read_text())


@pytest.fixture
def member(store):
    """What is stored of a member."""
    return lambda discord_id: state(store, GUILD, discord_id)


@pytest.fixture(autouse=True)
def _audited(store):
    """Whatever a test did, every point must be accounted for in the end."""
    yield
    assert list(findings(store)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_r1_worked_examples(case, make_job, board, store, member, clock):
    for number, observation in enumerate(case["observations"]):
        xp = observation["xp_total"]
        board.join(ADA, xp) if number == 0 else board.gain(ADA, xp - board.players[ADA].xp)
        report = sync(make_job(), enroll_all=True)
        assert report.points_awarded - report.points_deducted == observation["points_moved"]
        assert member(ADA).leftover_xp == observation["leftover"]
        clock.forward(minutes=15)
    assert member(ADA).points == case["points"]
    assert member(ADA).baseline_xp == case["baseline"]


def test_r3_the_first_observation_is_a_baseline_and_earns_nothing(make_job, board, store, member):
    board.join(ADA, 4200, "Ada")
    report = sync(make_job(), enroll_all=True)
    assert report.status is Status.OK
    assert (report.members.baselined, report.points_awarded) == (1, 0)
    (row,) = activity(store, GUILD, ADA, 10)
    assert (row.activity_type, row.xp_total, row.xp_delta) == ("baseline", 4200, None)
    assert transactions(store, GUILD, ADA, 10) == []
    assert (member(ADA).xp_total, member(ADA).baseline_xp, member(ADA).username) == (
        4200,
        4200,
        "Ada",
    )


def test_r4_a_gain_is_one_activity_row_and_one_ledger_line_under_the_sync_id(
    make_job, board, store, clock
):
    board.join(ADA, 0)
    sync(make_job(), enroll_all=True)
    clock.forward(minutes=15)
    board.gain(ADA, 250)
    report = sync(make_job())
    newest = activity(store, GUILD, ADA, 10)[0]
    assert (newest.xp_delta, newest.xp_total, newest.sync_id) == (250, 250, report.sync_id)
    assert (newest.window_start, newest.synced_at) == (START, START + timedelta(minutes=15))
    (line,) = transactions(store, GUILD, ADA, 10)
    assert (line.source, line.key, line.points) == ("mee6", report.sync_id, 2)


def test_r8_a_window_begins_at_the_last_observation_though_nothing_changed_then(
    make_job, board, store, clock
):
    board.join(ADA, 0)
    sync(make_job(), enroll_all=True)
    clock.forward(hours=23, minutes=30)
    sync(make_job())
    clock.forward(minutes=15)
    board.gain(ADA, 100)
    sync(make_job())
    newest = activity(store, GUILD, ADA, 1)[0]
    assert newest.window_start == START + timedelta(hours=23, minutes=30)
    assert newest.day == (START + timedelta(days=1)).date()
    assert transactions(store, GUILD, ADA, 1)[0].day == newest.day


def test_r4_a_run_that_fails_while_writing_leaves_nothing_behind(
    make_job, board, store, member, monkeypatch
):
    board.join(ADA, 0)
    sync(make_job(), enroll_all=True)
    board.gain(ADA, 250)
    before = member(ADA)
    monkeypatch.setattr(runs, "finish", _break_once(runs.finish))
    with pytest.raises(ZeroDivisionError):
        sync(make_job())
    assert member(ADA) == before
    assert len(activity(store, GUILD, ADA, 10)) == 1
    last = runs.last(store, GUILD, "sync")
    assert (last.status, last.exit_code) == ("failed", 1)
    assert sync(make_job()).points_awarded == 2


def _break_once(finish):
    calls = []

    def breaking(store, report):
        calls.append(report)
        if len(calls) == 1:
            finish(store, report)
            raise ZeroDivisionError
        finish(store, report)

    return breaking


def test_only_members_whose_total_changed_get_a_line(make_job, board, crowd, store, clock):
    sync(make_job(), enroll_all=True)
    clock.forward(minutes=15)
    board.gain(crowd[3], 70)
    report = sync(make_job())
    assert report.members.changed == 1
    assert report.members.observed == 20
    assert len(activity(store, GUILD, crowd[3], 10)) == 2
    assert len(activity(store, GUILD, crowd[4], 10)) == 1
    assert state(store, GUILD, crowd[4]).last_observed_at == clock.now()


def test_names_levels_and_messages_follow_the_board_without_a_change_of_xp(
    make_job, board, store, member
):
    board.join(ADA, 500, "Ada")
    sync(make_job(), enroll_all=True)
    board.players[ADA].username = "Ada Lovelace"
    board.players[ADA].messages = 77
    sync(make_job())
    assert (member(ADA).username, member(ADA).messages) == ("Ada Lovelace", 77)
    board.players[ADA].username = None
    sync(make_job())
    assert member(ADA).username == "Ada Lovelace"


def test_what_mee6_says_of_the_guild_is_kept(make_job, board, store):
    board.xp_rate = 2.5
    board.join(ADA, 1)
    sync(make_job(), enroll_all=True)
    guild = guilds.known_guild(store, GUILD)
    assert (guild.name, guild.icon, guild.xp_rate) == ("The Stand-In", "0" * 32, 2.5)
    assert (guild.xp_per_message_min, guild.xp_per_message_max) == (15, 25)


def test_players_who_are_no_members_change_nothing(make_job, board, crowd, store, member):
    link_members(store, GUILD, [Entry(ADA)], START)
    report = sync(make_job())
    assert (report.players_seen, report.members.tracked) == (20, 1)
    assert member(crowd[5]) is None


def test_no_member_and_no_enrolment_is_a_mistake_that_says_how_to_link(make_job, stand_in):
    report = sync(make_job())
    assert (report.status, report.exit_code) == (Status.FAILED, 78)
    assert "members import" in report.reason
    assert "--enroll-all" in report.reason
    assert stand_in.asked == []


class TestPlayersSeenTwice:
    def test_the_higher_total_counts(self, make_job, stand_in, store, member):
        link_members(store, GUILD, [Entry(ADA)], START)
        rows = [{"id": str(ADA), "xp": xp} for xp in (100, 300, 200)]
        stand_in.misbehave(faults.body(json.dumps({"players": rows}).encode()), page=0)
        stand_in.misbehave(faults.body(b'{"players": []}'), page=1)
        report = sync(make_job())
        assert (report.players_seen, member(ADA).xp_total) == (1, 300)

    def test_drift_between_pages_harms_nobody(self, make_job, stand_in, store, clock):
        board = stand_in.add(Board(GUILD, 120, drift=15, seed=3))
        sync(make_job(mee6_page_size=10), enroll_all=True)
        for _ in range(5):
            clock.forward(minutes=15)
            sync(make_job(mee6_page_size=10), enroll_all=True)
        board.drift = 0
        clock.forward(minutes=15)
        sync(make_job(mee6_page_size=10), enroll_all=True)
        for player in board.players.values():
            found = state(store, GUILD, player.discord_id)
            assert found.xp_total == player.xp
            assert found.points == (player.xp - found.baseline_xp) // 100


class TestAbsence:
    def test_r5_a_member_not_on_the_board_starts_at_zero(
        self, make_job, board, store, member, clock
    ):
        link_members(store, GUILD, [Entry(ADA)], START)
        report = sync(make_job())
        assert (report.members.baselined, report.members.absent) == (1, 1)
        (row,) = activity(store, GUILD, ADA, 10)
        assert (row.activity_type, row.xp_total, row.xp_delta) == ("baseline", 0, None)
        clock.forward(minutes=15)
        board.join(ADA, 240)
        assert sync(make_job()).points_awarded == 2
        assert member(ADA).leftover_xp == 40

    @pytest.mark.parametrize(("xp", "points"), [(1000, 10), (1001, 0)])
    def test_r5_more_than_could_be_earned_since_is_a_baseline(
        self, make_job, board, store, member, clock, xp, points
    ):
        link_members(store, GUILD, [Entry(ADA)], START)
        sync(make_job())
        clock.forward(minutes=5)
        board.join(ADA, xp)
        sync(make_job())
        assert member(ADA).points == points
        assert member(ADA).baseline_xp == (0 if points else xp)

    def test_r5_the_bound_goes_by_the_rate_that_the_board_says_now(
        self, make_job, board, store, member, clock
    ):
        link_members(store, GUILD, [Entry(ADA)], START)
        sync(make_job())
        clock.forward(minutes=5)
        board.xp_rate = 3.0
        board.join(ADA, 1400)  # 4 x 25 XP x 3 x 5 minutes are 1500
        sync(make_job())
        assert member(ADA).points == 14

    def test_r5_later_gains_of_one_who_was_believed_are_not_doubted(
        self, make_job, board, store, member, clock
    ):
        link_members(store, GUILD, [Entry(ADA)], START)
        sync(make_job())
        board.join(ADA, 10)
        sync(make_job())
        board.gain(ADA, 5000)
        clock.forward(minutes=1)
        sync(make_job())
        assert member(ADA).points == 50

    def test_r5_who_was_seen_at_zero_by_a_part_of_a_sweep_is_not_doubted_later(
        self, make_job, board, stand_in, store, member, clock
    ):
        link_members(store, GUILD, [Entry(ADA)], START)
        sync(make_job())
        bare = json.dumps({"players": [{"id": str(ADA), "xp": 0}]}).encode()
        stand_in.misbehave(faults.body(bare), page=0)
        stand_in.misbehave(faults.status(401), page=1)
        sync(make_job())
        board.join(ADA, 5000)
        clock.forward(minutes=1)
        sync(make_job())
        assert member(ADA).points == 50

    def test_r5_an_incomplete_sweep_gives_nobody_a_zero_baseline(
        self, make_job, board, crowd, stand_in, store, member
    ):
        link_members(store, GUILD, [Entry(BOB + 500)], START)
        stand_in.misbehave(faults.status(401), page=1)
        sync(make_job(mee6_page_size=5))
        assert member(BOB + 500).xp_total is None

    def test_r6_who_vanishes_keeps_the_total(self, make_job, board, crowd, member, clock):
        sync(make_job(), enroll_all=True)
        clock.forward(minutes=15)
        board.leave(ADA)
        report = sync(make_job())
        assert (report.members.absent, report.xp_lost) == (1, 0)
        assert member(ADA).xp_total == 1000
        assert member(ADA).last_observed_at == clock.now()
        board.come_back(ADA)
        board.gain(ADA, 100)
        assert sync(make_job()).points_awarded == 1

    def test_r6_in_an_incomplete_sweep_a_missing_member_is_not_observed(
        self, make_job, board, crowd, stand_in, member, clock
    ):
        sync(make_job(), enroll_all=True)
        clock.forward(minutes=15)
        stand_in.misbehave(faults.too_many(), page=1)
        report = sync(make_job(mee6_page_size=5))
        assert (report.members.observed, report.members.absent) == (5, 0)
        observed = [member(person).last_observed_at for person in crowd]
        assert observed.count(clock.now()) == 5
        assert observed.count(START) == 15


class TestHold:
    def test_r7_a_season_reset_is_held_and_nothing_is_applied(
        self, make_job, board, crowd, member, store, caplog
    ):
        sync(make_job(), enroll_all=True)
        before = [member(person) for person in crowd]
        board.reset()
        for person in crowd[:4]:
            board.join(person, 30)
        report = sync(make_job())
        assert (report.status, report.exit_code) == (Status.HELD, 65)
        assert "4 with less XP than before, 16 gone" in report.reason
        assert "--reset" in report.reason
        assert "--accept-drops" in report.reason
        assert [member(person) for person in crowd] == before

    def test_r7_two_drops_are_applied_three_are_held(self, make_job, board, member, store):
        for person in (ADA, BOB, CAT):
            board.join(person, 1000)
        sync(make_job(), enroll_all=True)
        board.gain(ADA, -500)
        board.gain(BOB, -500)
        report = sync(make_job())
        assert (report.status, report.points_deducted) == (Status.OK, 10)
        for person in (ADA, BOB, CAT):
            board.gain(person, -100)
        assert sync(make_job()).status is Status.HELD

    def test_r7_vanished_are_counted_from_the_last_complete_sweep(
        self, make_job, board, crowd, stand_in
    ):
        sync(make_job(), enroll_all=True)
        for person in crowd[:3]:
            board.leave(person)
        assert sync(make_job()).status is Status.OK  # 3 of 20 is less than a fifth
        for person in crowd[3:6]:
            board.leave(person)
        assert sync(make_job()).status is Status.OK  # 3 of the 17 that were left
        for person in crowd[6:10]:
            board.leave(person)
        assert sync(make_job()).status is Status.HELD  # 4 of 14

    def test_r7_the_drops_are_a_part_of_those_on_the_board_not_of_all_tracked(
        self, make_job, board, store
    ):
        people = [ADA + n for n in range(40)]
        link_members(store, GUILD, [Entry(person) for person in people], START)
        for person in people[:10]:
            board.join(person, 1000)
        sync(make_job())
        for person in people[:3]:
            board.leave(person)
        report = sync(make_job())
        assert (report.status, "3 of 10 members" in report.reason) == (Status.HELD, True)

    def test_r7_a_partial_sweep_takes_nobody_off_the_board(self, make_job, board, crowd, stand_in):
        sync(make_job(), enroll_all=True)
        for person in crowd[:4]:
            board.gain(person, 100)
        stand_in.misbehave(faults.status(401), page=1)
        sync(make_job(mee6_page_size=5))
        for person in crowd[:4]:
            board.leave(person)
        assert sync(make_job()).status is Status.HELD

    def test_r7_a_held_guild_stays_held_and_mee6_is_not_asked_again(
        self, make_job, board, crowd, stand_in
    ):
        sync(make_job(), enroll_all=True)
        for person in crowd[:5]:
            board.leave(person)
        sync(make_job())
        for person in crowd[:5]:
            board.come_back(person)
        asked = len(stand_in.asked)
        report = sync(make_job())
        assert (report.status, report.exit_code, report.requests) == (Status.HELD, 65, 0)
        assert len(stand_in.asked) == asked

    def test_r7_accepted_drops_are_deducted_and_the_hold_is_over(
        self, make_job, board, crowd, store
    ):
        sync(make_job(), enroll_all=True)
        for person in crowd[:5]:
            board.gain(person, -150)
        assert sync(make_job()).status is Status.HELD
        report = sync(make_job(), accept_drops=True)
        assert (report.status, report.xp_lost, report.points_deducted) == (Status.OK, 750, 10)
        assert guilds.known_guild(store, GUILD).held_since is None
        assert sync(make_job()).status is Status.OK

    def test_r7_drops_accepted_in_part_stay_held_until_the_whole_board_was_taken(
        self, make_job, board, crowd, stand_in, store
    ):
        sync(make_job(), enroll_all=True)
        for person in crowd:
            board.gain(person, -150)
        sync(make_job())
        stand_in.misbehave(faults.status(401), page=1)
        sync(make_job(mee6_page_size=5), accept_drops=True)
        assert guilds.known_guild(store, GUILD).held_since is not None

    def test_r7_the_first_page_of_a_reset_board_does_not_slip_through(
        self, make_job, board, stand_in, store, member
    ):
        people = [ADA + n for n in range(40)]
        for person in people:
            board.join(person, 1000)
        sync(make_job(), enroll_all=True)
        for person in people:
            board.gain(person, -900)
        stand_in.misbehave(faults.status(401), page=1)
        report = sync(make_job(mee6_page_size=5))  # 5 of 40 are less than a fifth
        assert report.status is Status.HELD
        assert member(people[0]).points == 0

    def test_r7_a_dry_run_looks_at_a_held_board_and_decides_nothing(
        self, make_job, board, crowd, stand_in, store
    ):
        sync(make_job(), enroll_all=True)
        for person in crowd[:5]:
            board.leave(person)
        report = sync(make_job(dry_run=True))
        assert report.status is Status.HELD
        assert guilds.known_guild(store, GUILD).held_since is None
        sync(make_job())
        for person in crowd[:5]:
            board.come_back(person)
        assert sync(make_job(dry_run=True)).status is Status.OK
        assert guilds.known_guild(store, GUILD).held_since is not None


class TestPartialSweeps:
    def test_r15_the_time_limit_ends_a_sweep_without_an_error(
        self, make_job, board, crowd, stand_in
    ):
        report = sync(
            make_job(max_runtime=5, mee6_page_size=5, mee6_request_interval=2), enroll_all=True
        )
        assert (report.status, report.exit_code) == (Status.PARTIAL, 0)
        assert 0 < report.pages < 5
        assert report.members.observed == report.pages * 5

    def test_r15_no_time_at_all_asks_nothing(self, make_job, board, crowd, stand_in):
        report = sync(make_job(max_runtime=0), enroll_all=True)
        assert (report.status, report.requests, stand_in.asked) == (Status.PARTIAL, 0, [])

    def test_r16_a_board_of_one_page_costs_two_requests(self, make_job, board, crowd, stand_in):
        report = sync(make_job(), enroll_all=True)
        assert (report.requests, report.pages, report.complete_sweep) == (2, 2, True)

    def test_r16_a_page_shorter_than_the_first_is_the_end(self, make_job, board, crowd):
        report = sync(make_job(mee6_page_size=8), enroll_all=True)
        assert (report.requests, report.players_seen, report.complete_sweep) == (3, 20, True)

    def test_r16_a_server_that_caps_its_pages_is_read_to_the_end(self, make_job, board, crowd):
        board.cap = 6
        report = sync(make_job(mee6_page_size=1000), enroll_all=True)
        assert (report.players_seen, report.complete_sweep) == (20, True)

    def test_r16_an_empty_board_is_a_complete_sweep(self, make_job, board, store):
        link_members(store, GUILD, [Entry(ADA)], START)
        report = sync(make_job())
        assert (report.requests, report.complete_sweep) == (1, True)

    def test_a_cap_that_grows_while_reading_makes_the_sweep_incomplete(
        self, make_job, board, crowd, stand_in
    ):
        grown = {"players": [{"id": str(ADA + n), "xp": 900} for n in range(7)]}
        stand_in.misbehave(faults.body(json.dumps(grown).encode()), page=1)
        report = sync(make_job(mee6_page_size=5), enroll_all=True)
        assert (report.status, report.complete_sweep) == (Status.OK, False)

    def test_a_server_that_ignores_the_page_number_is_found_out(self, make_job, board, stand_in):
        same = [{"id": str(ADA), "xp": 900}, {"id": str(BOB), "xp": 800}]
        for rows in (same, same[::-1]) * 2:  # on a lively board the order changes
            stand_in.misbehave(faults.body(json.dumps({"players": rows}).encode()))
        report = sync(make_job(), enroll_all=True)
        assert (report.exit_code, report.requests, report.members.observed) == (76, 4, 0)


class TestCooldown:
    def test_r14_a_ban_is_remembered_and_mee6_left_alone(
        self, make_job, board, crowd, stand_in, store, clock
    ):
        stand_in.misbehave(faults.too_many())
        report = sync(make_job(), enroll_all=True)
        assert (report.status, report.exit_code) == (Status.RATE_LIMITED, 75)
        assert report.cooldown_until == START + timedelta(minutes=30) == cooldown(store, START)
        clock.forward(minutes=29)
        resting = sync(make_job(), enroll_all=True)
        assert (resting.status, resting.exit_code, resting.requests) == (Status.COOLING_DOWN, 0, 0)
        assert "12:30:00 UTC" in resting.reason
        clock.forward(minutes=1)
        assert sync(make_job(), enroll_all=True).status is Status.OK

    def test_r14_a_ban_of_another_run_meanwhile_ends_this_one(
        self, make_job, board, crowd, stand_in, store, clock
    ):
        until = clock.now() + timedelta(minutes=30)

        class BannedElsewhere(NoProgress):
            def page_read(self, *_):
                cool_down(store, until)

        job = replace(make_job(mee6_page_size=5), progress=BannedElsewhere())
        report = sync(job, enroll_all=True)
        assert (report.status, report.exit_code) == (Status.RATE_LIMITED, 75)
        assert (report.members.observed, report.cooldown_until) == (5, until)


class TestRecord:
    def test_a_run_that_was_killed_is_recorded_as_failed_by_the_next(
        self, make_job, board, crowd, store
    ):
        runs.begin(store, GUILD, "sync", "killed", START)
        sync(make_job(), enroll_all=True)
        rows = store.sql("SELECT sync_id, exit_code, reason FROM sync_run WHERE status = 'failed'")
        ((sync_id, exit_code, reason),) = rows.fetchall()
        assert (sync_id, exit_code) == ("killed", 137)
        assert "killed" in reason

    def test_a_clock_set_back_does_not_turn_time_around(self, make_job, board, crowd, store, clock):
        sync(make_job(), enroll_all=True)
        clock.forward(hours=-5)
        board.gain(ADA, 100)
        report = sync(make_job())
        assert report.started_at == START
        assert activity(store, GUILD, ADA, 1)[0].synced_at == START

    def test_a_dry_run_says_what_would_happen_and_writes_nothing(
        self, make_job, board, crowd, store, member
    ):
        would = sync(make_job(dry_run=True), enroll_all=True)
        assert (would.members.enrolled, len(would.changes)) == (20, 20)
        assert member(ADA) is None
        sync(make_job(), enroll_all=True)
        board.gain(ADA, 250)
        would = sync(make_job(dry_run=True))
        (change,) = would.changes
        assert (change.discord_id, change.xp_delta, change.points) == (ADA, 250, 2)
        assert member(ADA).points == 0
        assert runs.last(store, GUILD, "sync").sync_id != would.sync_id
        did = sync(make_job())
        assert (did.members, did.points_awarded) == (would.members, would.points_awarded)

    def test_another_xp_per_point_than_the_ledgers_is_refused(self, make_job, board, crowd):
        sync(make_job(), enroll_all=True)
        report = sync(make_job(xp_per_point=50))
        assert (report.status, report.exit_code) == (Status.FAILED, 78)
        assert "XP_PER_POINT is 50" in report.reason


class TestRegistry:
    def test_r3_who_is_linked_again_gets_a_new_baseline_and_keeps_the_points(
        self, make_job, board, store, member, clock
    ):
        board.join(ADA, 0)
        sync(make_job(), enroll_all=True)
        board.gain(ADA, 250)
        sync(make_job())
        unlink_member(store, GUILD, ADA)
        board.gain(ADA, 1000)
        link_members(store, GUILD, [Entry(BOB)], clock.now())
        sync(make_job())
        assert (member(ADA).xp_total, member(ADA).points) == (250, 2)
        link_members(store, GUILD, [Entry(ADA, "u1", "A.")], clock.now())
        report = sync(make_job())
        assert report.members.baselined == 1
        assert (member(ADA).xp_total, member(ADA).points, member(ADA).leftover_xp) == (1250, 2, 0)
        board.gain(ADA, 100)
        assert sync(make_job()).points_awarded == 1

    def test_who_is_unlinked_keeps_the_time_of_the_last_observation(
        self, make_job, board, crowd, store, member, clock
    ):
        sync(make_job(), enroll_all=True)
        clock.forward(minutes=15)
        sync(make_job())
        unlink_member(store, GUILD, ADA)
        clock.forward(minutes=15)
        sync(make_job())
        assert member(ADA).last_observed_at == START + timedelta(minutes=15)

    def test_a_new_baseline_does_not_change_when_a_member_was_first_observed(
        self, make_job, board, store, clock
    ):
        board.join(ADA, 10)
        sync(make_job(), enroll_all=True)
        clock.forward(days=1)
        backfill_baseline(make_job(), reset=True)
        assert as_moment(store.row("SELECT first_observed_at FROM member")[0]) == START

    def test_who_was_unlinked_is_not_enrolled_again(self, make_job, board, crowd, store, member):
        sync(make_job(), enroll_all=True)
        unlink_member(store, GUILD, ADA)
        sync(make_job(), enroll_all=True)
        assert not member(ADA).linked

    def test_the_operators_id_follows_onto_the_lines(self, make_job, board, store):
        board.join(ADA, 0)
        sync(make_job(), enroll_all=True)
        board.gain(ADA, 100)
        sync(make_job())
        link_members(store, GUILD, [Entry(ADA, "u1")], START)
        for table in ("discord_activity", "point_transaction"):
            assert store.row(f"SELECT DISTINCT member_id FROM {table}") == ("u1",)

    def test_nobody_is_unlinked_that_is_not_known(self, store):
        with pytest.raises(ConfigError, match="is no member"):
            unlink_member(store, GUILD, ADA)


def test_postgres_has_counted_its_tables_after_the_first_sync(
    make_job, board, crowd, store
):  # else the first leaderboard of a large server takes minutes
    sync(make_job(), enroll_all=True)
    if store.is_postgres:
        counted = store.sql("SELECT relname, reltuples FROM pg_class WHERE relname = 'member'")
        assert counted.fetchall() == [("member", len(crowd))]
