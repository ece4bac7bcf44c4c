"""`streaks` through the real pipe: the worked examples, and what the machine may do in between."""

import json
import signal
from datetime import UTC, date, datetime, timedelta

import pytest
from support import GUILD, VECTORS

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.report import Status, StreakCounts
from trc_mee6.standin import faults
from trc_mee6.store import ledger, runs
from trc_mee6.store import streaks as store_of_streaks
from trc_mee6.store.connect import open_store
from trc_mee6.store.locks import run_lock
from trc_mee6.store.members import state, states
from trc_mee6.store.registry import Entry

ADA, BOB, CYD, DAN = PEOPLE = [100000000000000001 + n for n in range(4)]


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def january(number):
    return date(2026, 1, number)  # the 5th is a Monday


@pytest.fixture
def observe(make_job, board, clock):
    """Let a sync take place on a day of January, some having gained XP since the one before."""

    def take(day, *gained, hour=12, **how):
        clock.time = datetime(2026, 1, day, hour, tzinfo=UTC)
        for person in gained:
            board.gain(person, 200)
        report = sync(make_job(), enroll_all=True, **how)
        assert report.status is Status.OK
        return report

    return take


@pytest.fixture
def chat(observe):
    """Let some gain XP on a day of January and nobody else; it is over and observed then."""

    def take(day, *gained):
        observe(day, hour=0)
        observe(day, *gained, hour=12)
        observe(day + 1, hour=0)

    return take


@pytest.fixture
def night(make_job, clock):
    """Run the job, five minutes later."""

    def judge(**how):
        clock.forward(minutes=5)
        report = streaks(make_job(), **how)
        assert (report.status, report.exit_code) == (Status.OK, 0)
        return report

    return judge


@pytest.fixture
def award(store, clock):
    """Book points of an application for a day of January."""

    def book(person, day, points=5, hour=9):
        with store.writing(GUILD):
            ledger.award_points(
                store,
                ledger.MemberRef(GUILD, person),
                points,
                source="app",
                key=f"quiz-{day}-{points}-{hour}",
                occurred_at=datetime(2026, 1, day, hour, tzinfo=UTC),
                reason=None,
                now=clock.now(),
            )

    return book


@pytest.fixture
def look(store):
    """Return a member's current and longest streak, and the January days of the other two."""

    def ask(person=ADA):
        found = state(store, GUILD, person)
        days = (found.last_active_on, found.judged_through)
        return found.current_streak, found.longest_streak, *(day and day.day for day in days)

    return ask


@pytest.mark.parametrize("how", ["at once", "every night", "rebuilt"])
@pytest.mark.parametrize(
    "vector", json.loads((VECTORS / "streaks.json").read_text()), ids=lambda v: v["case"]
)
def test_r11_worked_examples_judged_at_once_every_night_or_anew(
    make_job, board, store, clock, vector, how
):
    board.join(ADA, 0)
    clock.time = at(vector["observations"][0]["at"])
    nights = clock.time.date()
    for seen in vector["observations"]:
        moment = at(seen["at"])
        while how == "every night" and nights < moment.date():
            nights = moment.date()
            clock.time = datetime(nights.year, nights.month, nights.day, tzinfo=UTC)
            streaks(make_job())
        clock.time = moment
        board.gain(ADA, seen["xp_total"] - board.players[ADA].xp)
        assert sync(make_job(), enroll_all=True).status == "ok"
    clock.time = at(vector["judged_at"])
    report = streaks(make_job(), rebuild=how == "rebuilt")
    assert report.status == "ok"
    found = state(store, GUILD, ADA)
    assert (found.current_streak, found.longest_streak, str(found.last_active_on)) == (
        vector["current_streak"],
        vector["longest_streak"],
        vector["last_active_on"],
    )


def test_r9_a_day_without_a_gain_breaks_only_when_it_is_over_and_observed(
    board, observe, chat, night, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    chat(6, ADA)
    night()
    assert look() == (2, 2, 6, 6)
    observe(7, hour=23)
    night()
    assert look() == (2, 2, 6, 6)
    observe(8, hour=0)
    night()
    assert look() == (0, 2, 6, 7)


def test_r11_points_awarded_late_for_a_past_day_mend_a_streak_at_the_next_run(
    board, chat, night, award, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    chat(6)
    chat(7, ADA)
    night()
    assert look() == (1, 1, 7, 7)
    award(ADA, 6)
    assert look() == (1, 1, 7, None)  # to be judged anew
    night()
    assert look() == (3, 3, 7, 7)


def test_r11_points_awarded_for_a_day_still_to_be_judged_leave_the_judged_ones(
    board, chat, night, award, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    night()
    award(ADA, 6)
    assert look() == (1, 1, 6, 5)
    chat(6)
    chat(7)
    night()
    assert look() == (0, 2, 6, 7)


def test_r8_points_taken_away_make_no_day_active(board, chat, night, award, look):
    board.join(ADA, 0)
    chat(5, ADA)
    chat(6)
    night()
    award(ADA, 6, points=-5)
    assert look() == (0, 1, 5, 6)
    night(rebuild=True)
    assert look() == (0, 1, 5, 6)


def test_r10_days_before_the_first_observation_do_not_count(
    store, observe, night, award, look, clock
):
    link_members(store, GUILD, [Entry(ADA)], clock.now())
    award(ADA, 5)
    award(ADA, 6)
    observe(5, hour=13)
    unlink_member(store, GUILD, ADA)
    link_members(store, GUILD, [Entry(BOB)], clock.now())
    award(BOB, 5)
    award(BOB, 6)
    observe(7, hour=0)
    award(BOB, 7)
    observe(8, hour=0)
    night()
    assert look(ADA) == (0, 0, 6, 4)  # the day of the first observation is not over for her
    assert look(BOB) == (1, 1, 7, 7)
    night(rebuild=True)
    assert look(BOB) == (1, 1, 7, 7)


def test_r11_a_week_without_the_job_changes_nothing(board, chat, night, look):
    for person in (ADA, BOB):
        board.join(person, 0)
    chat(5, ADA, BOB)
    night()
    for day in (6, 7, 8, 9, 12, 13):
        chat(day, *([ADA, BOB] if day != 8 else [ADA]))
    assert look() == (1, 1, 13, 5)
    night()
    assert look(ADA) == (7, 7, 13, 13)
    assert look(BOB) == (3, 3, 13, 13)


def test_the_report_counts_members_by_what_became_of_their_streak(
    make_job, store, board, observe, chat, night, clock
):
    for person in PEOPLE:
        board.join(person, 0)
    observe(5, hour=0)
    unlink_member(store, GUILD, DAN)
    chat(5, ADA, BOB)
    report = night()
    assert report.judged_through == january(5)
    assert report.members == StreakCounts(total=3, extended=2, unchanged=1)
    chat(6, ADA)
    dry = streaks(make_job(dry_run=True))
    report = night()
    assert report.members == dry.members == StreakCounts(3, extended=1, broken=1, unchanged=1)
    assert report.judged_through == dry.judged_through == january(6)
    assert night().members == StreakCounts(total=3, unchanged=3)
    clock.forward(days=1)
    report = night()
    assert report.judged_through == january(6)
    assert report.members == StreakCounts(total=3, pending=3)
    unlink_member(store, GUILD, CYD)
    assert night(rebuild=True).members == StreakCounts(total=2, pending=2)


def test_who_only_a_part_of_the_board_showed_is_not_pending(
    make_job, board, observe, night, stand_in, clock, look
):
    for person, xp in zip(PEOPLE, (40, 30, 20, 10), strict=True):
        board.join(person, xp)
    observe(5, hour=0)
    observe(5, *PEOPLE)
    clock.time = at("2026-01-06T00:00:00Z")
    stand_in.misbehave(faults.status(401), page=1)
    assert sync(make_job(mee6_page_size=2)).exit_code == 77
    report = night()
    assert report.members == StreakCounts(total=4, extended=2, pending=2)
    assert report.judged_through == january(5)
    assert (look(ADA), look(CYD)) == ((1, 1, 5, 5), (0, 0, 5, 4))


def test_with_nobody_observed_nothing_is_judged(make_job, store, clock, look):
    link_members(store, GUILD, [Entry(ADA), Entry(BOB)], clock.now())
    report = streaks(make_job())
    assert (report.status, report.judged_through) == (Status.OK, None)
    assert report.members == StreakCounts(total=2, pending=2)
    assert look() == (None, None, None, None)


def test_a_dry_run_writes_nothing_and_is_not_recorded(make_job, store, board, chat, night, award):
    board.join(ADA, 0)
    board.join(BOB, 0)
    chat(5, ADA)
    night()
    award(BOB, 5)  # to be judged one by one, ADA all at once
    chat(6, ADA)
    before = list(states(store, GUILD))
    recorded = store.row("SELECT count(*) FROM sync_run")
    for rebuild in (False, True):
        report = streaks(make_job(dry_run=True), rebuild=rebuild)
        assert (report.status, report.dry_run, report.rebuilt) == (Status.OK, True, rebuild)
        assert report.members == StreakCounts(total=2, extended=1, unchanged=1)
    assert list(states(store, GUILD)) == before
    assert store.row("SELECT count(*) FROM sync_run") == recorded


def test_a_run_is_recorded(store, board, chat, night):
    board.join(ADA, 0)
    board.join(BOB, 0)
    chat(5, ADA)
    report = night()
    columns = "status, exit_code, members_tracked, members_observed, members_changed"
    row = store.row(f"SELECT {columns} FROM sync_run WHERE job = 'streaks'")
    assert row == ("ok", 0, 2, 2, 1)
    last = runs.last(store, GUILD, "streaks")
    assert (last.sync_id, last.started_at) == (report.sync_id, report.started_at)
    assert last.finished_at == report.finished_at


def test_a_second_run_is_told_and_a_sync_is_not_in_the_way(
    make_job, database_url, board, chat, clock, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    with open_store(database_url) as other:
        with run_lock(other, f"streaks-{GUILD}", "streaks", clock.now()):
            report = streaks(make_job())
        assert (report.status, report.exit_code) == (Status.LOCKED, 75)
        assert "Another run is under way: streaks" in report.reason
        assert look()[:2] == (None, None)
        with run_lock(other, f"board-{GUILD}", "sync", clock.now()):
            assert streaks(make_job()).status is Status.OK
        assert look() == (1, 1, 5, 5)
        with run_lock(other, f"streaks-{GUILD}", "streaks", clock.now()):
            chat(6, ADA)


def test_a_guild_that_nobody_knows_is_refused(make_job, board, observe):
    with pytest.raises(ConfigError, match=f"no member of guild {GUILD}"):
        streaks(make_job())
    board.join(ADA, 0)
    observe(5)
    assert streaks(make_job()).status is Status.OK


@pytest.mark.parametrize("decision", ["reset", "drops accepted"])
def test_r9_a_guild_that_was_held_excuses_the_days_that_nobody_could_see(
    make_job, board, observe, chat, night, clock, look, decision
):
    for person in PEOPLE:
        board.join(person, 1000)
    chat(5, *PEOPLE)
    for person in (BOB, CYD, DAN):
        board.gain(person, -1100)
    board.gain(ADA, 100)
    for day in (6, 7, 8, 9):
        clock.time = datetime(2026, 1, day, 13, tzinfo=UTC)
        assert sync(make_job()).status is Status.HELD
        night()
    assert look(ADA) == look(BOB) == (1, 1, 5, 5)
    clock.time = at("2026-01-09T18:00:00Z")
    if decision == "reset":
        assert backfill_baseline(make_job(), reset=True).status is Status.OK
    else:
        observe(9, hour=18, accept_drops=True)
    chat(12, ADA, BOB)
    night()
    if decision == "reset":
        assert look(ADA) == look(BOB) == (2, 2, 12, 12)
        assert look(CYD) == (0, 1, 5, 12)
    else:  # the gain is of the 6th and excuses the other days; who lost XP gained none
        assert look(ADA) == (3, 3, 12, 12)
        assert look(BOB) == (1, 1, 12, 12)


def test_r9_a_loss_excuses_nothing(board, observe, chat, night, look):
    board.join(ADA, 1000)
    chat(5, ADA)
    board.gain(ADA, -10)
    observe(9, hour=0)
    night()
    assert look() == (0, 1, 5, 8)


def test_r9_a_total_that_turns_out_to_be_a_baseline_excuses_the_window_before_it(
    store, board, observe, chat, night, look, clock
):
    link_members(store, GUILD, [Entry(ADA)], clock.now())
    board.join(BOB, 0)
    observe(5, hour=0)  # not on the board: taken for zero
    chat(5)
    board.join(ADA, 900_000)
    observe(8, hour=0)
    chat(8, ADA)
    night()
    assert look() == (1, 1, 8, 8)
    chat(9, ADA)
    night(rebuild=True)
    assert look() == (2, 2, 9, 9)


def test_r8_credited_history_belongs_to_no_day_and_excuses_none(
    make_job, store, board, chat, night, look, clock
):
    board.join(ADA, 5000)
    clock.time = at("2026-01-05T00:00:00Z")
    backfill_baseline(make_job(), enroll_all=True, credit_history=True)
    chat(5)
    night()
    assert look() == (0, 0, None, 5)
    (found,) = states(store, GUILD)
    assert found.points == 50


def test_an_unlinked_member_keeps_the_streak_of_the_last_observation(
    store, board, chat, night, look
):
    for person in (ADA, BOB):
        board.join(person, 0)
    chat(5, ADA, BOB)
    night()
    chat(6, ADA, BOB)
    unlink_member(store, GUILD, ADA)
    assert night().members == StreakCounts(total=1, extended=1)
    chat(7, ADA)
    chat(8, ADA)
    report = night()
    assert look(ADA) == (2, 2, 6, 6)
    assert look(BOB) == (0, 2, 6, 8)
    assert report.members == StreakCounts(total=1, broken=1)
    night(rebuild=True)
    assert look(ADA) == (2, 2, 6, 6)


def test_r9_a_member_linked_again_goes_on_with_the_streak(
    store, board, observe, chat, night, look, clock
):
    board.join(ADA, 0)
    board.join(BOB, 0)
    chat(5, ADA)
    night()
    unlink_member(store, GUILD, ADA)
    chat(6, ADA)
    link_members(store, GUILD, [Entry(ADA)], clock.now())
    night()
    assert look() == (1, 1, 5, 5)
    observe(7, hour=1)
    observe(7, ADA)
    observe(8, hour=0)
    night()
    assert look() == (2, 2, 7, 7)  # the 6th, of which nothing is known, is excused


@pytest.mark.parametrize("rebuild", [False, True])
def test_r11_a_stopped_run_has_judged_whom_it_has_judged(
    make_job, store, board, chat, night, look, monkeypatch, rebuild
):
    monkeypatch.setattr(store_of_streaks, "_BATCH", 2)
    for person in PEOPLE:
        board.join(person, 0)
    chat(5, *PEOPLE)
    job = make_job()
    apply_each = store_of_streaks.apply_each

    def stopped_meanwhile(*arguments):
        apply_each(*arguments)
        job.stop.signum = signal.SIGTERM

    monkeypatch.setattr(store_of_streaks, "apply_each", stopped_meanwhile)
    report = streaks(job, rebuild=rebuild)
    assert (report.status, report.exit_code) == (Status.INTERRUPTED, 143)
    assert runs.last(store, GUILD, "streaks").status == "interrupted"
    done, undone = (1, 1, 5, 5), (None, None, 5, None)
    assert [look(person) for person in PEOPLE] == [done, done, undone, undone]
    monkeypatch.setattr(store_of_streaks, "apply_each", apply_each)
    night(rebuild=rebuild)
    assert [look(person) for person in PEOPLE] == [done] * 4


def test_r11_everybody_is_judged_however_many_batches_it_takes(
    board, chat, night, look, monkeypatch
):
    monkeypatch.setattr(store_of_streaks, "_BATCH", 2)
    people = [ADA + n for n in range(7)]
    for person in people:
        board.join(person, 0)
    chat(5, *people[::2])
    assert night().members == StreakCounts(7, extended=4, unchanged=3)
    chat(6, *people[::3])
    chat(7, *people[::3])
    assert night().members == StreakCounts(7, extended=3, broken=2, unchanged=2)
    for rebuild in (True, False):
        assert night(rebuild=rebuild).members == StreakCounts(7, unchanged=7)
        expected = [(3, 3), (0, 0), (0, 1), (2, 2), (0, 1), (0, 0), (3, 3)]
        assert [look(person)[:2] for person in people] == expected


def test_r11_another_guild_is_left_alone(store, board, observe, chat, night, clock):
    board.join(ADA, 0)
    observe(5, hour=0)
    elsewhere = GUILD + 1
    link_members(store, elsewhere, [Entry(ADA)], clock.now())
    with store.writing(elsewhere):
        ledger.award_points(
            store,
            ledger.MemberRef(elsewhere, ADA),
            5,
            source="app",
            key="quiz",
            occurred_at=clock.now(),
            reason=None,
            now=clock.now() + timedelta(days=1),
        )
    chat(5)
    night()
    found, other = state(store, GUILD, ADA), state(store, elsewhere, ADA)
    assert (found.current_streak, found.last_active_on) == (0, None)
    assert (other.current_streak, other.last_active_on) == (None, january(5))


def test_r9_an_outage_that_ends_on_a_day_judged_later_excuses_that_day(
    board, observe, chat, night, look
):
    for person in (ADA, BOB):
        board.join(person, 0)
    observe(5, hour=0)
    observe(7, ADA, hour=13)  # the gain is of the 5th
    night()
    assert (look(ADA), look(BOB)) == ((1, 1, 5, 6), (0, 0, None, 6))
    observe(8, hour=0)
    night()
    assert look(ADA) == (1, 1, 5, 7)
    chat(8, ADA, BOB)
    night()
    assert (look(ADA), look(BOB)) == ((2, 2, 8, 8), (1, 1, 8, 8))


def test_who_was_seen_later_than_the_last_complete_sweep_is_judged_further(
    make_job, board, observe, chat, night, stand_in, clock, look
):
    for person, xp in zip(PEOPLE, (40, 30, 20, 10), strict=True):
        board.join(person, xp)
    chat(5, *PEOPLE)
    night()
    chat(6, *PEOPLE)
    clock.time = at("2026-01-08T00:00:00Z")
    stand_in.misbehave(faults.status(401), page=1)
    assert sync(make_job(mee6_page_size=2)).exit_code == 77
    dry = streaks(make_job(dry_run=True))
    assert night().members == dry.members == StreakCounts(total=4, broken=2, pending=2)
    assert (look(ADA), look(CYD)) == ((0, 2, 6, 7), (2, 2, 6, 6))


def test_who_is_pending_is_counted_so_whatever_became_of_the_streak(
    board, chat, night, clock, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    clock.forward(days=1)
    assert night().members == StreakCounts(total=1, pending=1)
    assert look() == (1, 1, 5, 5)


def test_with_nobody_left_who_was_observed_nothing_can_be_judged(store, board, chat, night, clock):
    board.join(ADA, 0)
    chat(5, ADA)
    unlink_member(store, GUILD, ADA)
    link_members(store, GUILD, [Entry(BOB)], clock.now())
    report = night()
    assert report.judged_through is None
    assert report.members == StreakCounts(total=1, pending=1)


def test_r11_a_rebuild_goes_by_the_history_alone(store, board, chat, night, look):
    for person in (ADA, BOB):
        board.join(person, 0)
    chat(5, ADA)
    night()
    store.sql("UPDATE member SET current_streak = 7, longest_streak = 9")
    chat(6, ADA)
    report = night(rebuild=True)
    assert report.members == StreakCounts(total=2, broken=2)
    assert (look(ADA), look(BOB)) == ((2, 2, 6, 6), (0, 0, None, 6))
    store.sql("UPDATE member SET current_streak = 7, longest_streak = 9")
    night(rebuild=True)
    assert (look(ADA), look(BOB)) == ((2, 2, 6, 6), (0, 0, None, 6))


def test_r9_a_reset_excuses_also_who_is_not_on_the_board(
    make_job, board, observe, chat, night, clock, look
):
    board.join(ADA, 0)
    chat(5, ADA)
    board.leave(ADA)
    board.join(BOB, 0)
    clock.time = at("2026-01-08T13:00:00Z")
    assert backfill_baseline(make_job(), reset=True).status is Status.OK
    observe(9, hour=0)
    night()
    assert look() == (1, 1, 5, 8)
    chat(9)
    night()
    assert look() == (0, 1, 5, 9)


def test_a_gain_of_an_earlier_day_leaves_the_last_active_day(board, observe, award, look):
    board.join(ADA, 0)
    observe(5, hour=20)
    award(ADA, 6, hour=1)
    observe(6, ADA, hour=2)  # the gain is of the 5th
    assert look() == (None, None, 6, None)


def test_r8_xp_awarded_makes_its_day_active_also_where_it_makes_no_point(
    store, board, observe, chat, night, look, clock
):
    board.join(ADA, 0)
    observe(5, hour=0)
    for xp, key in ((-40, "quiz-1"), (20, "quiz-2")):
        assert look() == (None, None, None, None)
        with store.writing(GUILD):
            who = ledger.MemberRef(GUILD, ADA)
            ledger.award_xp(store, who, xp, key=key, xp_per_point=100, now=clock.now())
    chat(5)
    night()
    assert look() == (1, 1, 5, 5)
