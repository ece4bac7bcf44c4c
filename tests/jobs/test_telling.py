"""What people and services are told of runs (R17): in time, once, and what they need to know."""

from dataclasses import replace

import pytest
from receivers import Heard
from support import GUILD, START

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.streaks import streaks
from trc_mee6.notify.events import Alert, Ended, Measured, Outcome, Started
from trc_mee6.notify.telling import NotDelivered, Telling
from trc_mee6.report import Status
from trc_mee6.standin import faults
from trc_mee6.store import runs
from trc_mee6.store.connect import open_store
from trc_mee6.store.locks import run_lock
from trc_mee6.store.observations import Sightings

ADA = 100000000000000001
KINDS = {
    "is failing": "failing",
    "does not understand MEE6": "schema",
    "is held": "held",
    "works again": "over",
}


@pytest.fixture
def channel():
    return Heard((Alert,))


@pytest.fixture
def told(channel):
    """The alerts so far, each as a word."""

    def words():
        titles = [alert.title for alert in channel.events]
        return [word for title in titles for sign, word in KINDS.items() if sign in title]

    return words


@pytest.fixture
def service():
    """A service that hears of every run."""
    return Heard((Started, Ended, Measured))


@pytest.fixture
def make_job(make_job, channel, service):
    return lambda **options: make_job(telling=Telling([channel, service]), **options)


def events(job, service):
    """What a service heard since it was last asked."""
    job.telling.finish()
    heard, service.events = service.events, []
    return heard


def test_r17_one_alert_at_the_third_failure_and_one_message_that_it_is_over(
    make_job, board, crowd, stand_in, store, told
):
    stand_in.misbehave(faults.status(401), times=5)
    for _ in range(5):
        sync(make_job(), enroll_all=True)
    assert told() == ["failing"]
    assert runs.failures_in_a_row(store, GUILD, "sync") == 5
    sync(make_job(), enroll_all=True)
    sync(make_job(), enroll_all=True)
    assert told() == ["failing", "over"]
    assert runs.failures_in_a_row(store, GUILD, "sync") == 0


def test_r17_a_broken_schema_alerts_at_once(make_job, board, stand_in, told):
    stand_in.misbehave(faults.player(xp="12"), times=2)
    sync(make_job(), enroll_all=True)
    sync(make_job(), enroll_all=True)
    assert told() == ["schema"]


def test_r17_a_hold_alerts_at_once_and_a_dry_run_tells_nobody(make_job, board, crowd, told):
    sync(make_job(), enroll_all=True)
    for person in crowd[:5]:
        board.leave(person)
    sync(make_job(dry_run=True))
    assert told() == []
    sync(make_job())
    sync(make_job())
    assert told() == ["held"]
    sync(make_job(), accept_drops=True)
    assert told() == ["held", "over"]


def test_r17_a_run_with_no_time_to_read_ends_no_row_of_failures(
    make_job, board, crowd, stand_in, store, told
):
    stand_in.misbehave(faults.status(401), times=3)
    for _ in range(3):
        sync(make_job(), enroll_all=True)
    assert sync(make_job(max_runtime=0), enroll_all=True).status is Status.PARTIAL
    assert told() == ["failing"]
    assert runs.failures_in_a_row(store, GUILD, "sync") == 3
    assert runs.last(store, GUILD, "sync", good=True) is None


def test_r17_an_unexpected_error_counts_and_alerts_too(
    make_job, board, crowd, store, told, monkeypatch
):
    def breaks(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(Sightings, "compare", breaks)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            sync(make_job(), enroll_all=True)
    assert told() == ["failing"]


def test_r17_cooling_down_is_no_failure(make_job, board, crowd, stand_in, store, told):
    stand_in.misbehave(faults.too_many())
    for _ in range(5):
        sync(make_job(), enroll_all=True)
    assert runs.failures_in_a_row(store, GUILD, "sync") == 1
    assert told() == []


def test_r17_an_alert_that_nobody_took_is_sent_again(
    make_job, board, crowd, stand_in, channel, told
):
    channel.breaks = NotDelivered("HTTP 500")
    stand_in.misbehave(faults.status(401), times=6)
    for _ in range(4):
        sync(make_job(), enroll_all=True)
    channel.breaks = None
    for _ in range(2):
        sync(make_job(), enroll_all=True)
    assert told() == ["failing"]
    channel.breaks = NotDelivered("HTTP 500")
    sync(make_job(), enroll_all=True)
    channel.breaks = None
    sync(make_job(), enroll_all=True)
    sync(make_job(), enroll_all=True)
    assert told() == ["failing", "over"]


def test_r17_one_channel_of_two_is_enough(make_job, board, crowd, stand_in, channel):
    dead = Heard((Alert,), breaks=NotDelivered("HTTP 500"))  # is not told later either
    stand_in.misbehave(faults.status(401), times=5)
    for _ in range(5):
        sync(replace(make_job(), telling=Telling([dead, channel])), enroll_all=True)
    assert len(channel.events) == 1


def test_an_alert_says_guild_what_since_when_what_to_do_and_the_command(
    make_job, board, crowd, stand_in, clock, channel
):
    board.name = "Café @everyone <!here> [x](http://y) x.example"
    sync(make_job(), enroll_all=True)
    stand_in.misbehave(faults.status(401), times=3)
    for _ in range(3):
        clock.forward(minutes=15)
        failed = sync(make_job(), enroll_all=True)
    clock.forward(minutes=15)
    sync(make_job(), enroll_all=True)
    failing, over = channel.events
    assert failing.title.startswith("trc-mee6: sync is failing, Café @\u200beveryone (!here) [x]")
    assert failing.text.splitlines() == [
        f"Guild: Café @\u200beveryone (!here) [x]\u200b(http:\u200b//y) x.\u200bexample ({GUILD})",
        f"What: sync failed 3 times in a row, the last time with exit code 77: {failed.reason}",
        "Since: 2026-01-05 12:15:00 UTC; last good run: 2026-01-05 12:00:00 UTC",
        "What to do: Make the leaderboard public in the MEE6 dashboard, or renew MEE6_AUTH_TOKEN.",
        f"Command: trc-mee6 --log-level debug sync --guild {GUILD} --dry-run",
    ]
    assert over.recovered
    assert over.text.splitlines()[2] == (
        "Since: 2026-01-05 13:00:00 UTC; the trouble began: 2026-01-05 12:15:00 UTC"
    )


def test_an_alert_of_a_hold_says_since_when_runs_are_held(make_job, board, crowd, clock, channel):
    sync(make_job(), enroll_all=True)
    for person in crowd[:5]:
        board.leave(person)
    clock.forward(minutes=15)
    sync(make_job())
    (held,) = channel.events
    what, since, do, command = held.text.splitlines()[1:]
    assert what.startswith("What: sync is held (exit code 65): ")
    assert since.startswith("Since: 2026-01-05 12:15:00 UTC; last good run: 2026-01-05 12:00:00")
    assert "backfill-baseline --reset" in do
    assert command == f"Command: trc-mee6 sync --guild {GUILD} --dry-run"


def test_a_service_hears_of_start_end_and_figures(make_job, board, crowd, service):
    job = make_job()
    report = sync(job, enroll_all=True)
    started, ended, measured = events(job, service)
    assert (started.run.sync_id, started.run.started_at) == (report.sync_id, START)
    assert (ended.run, ended.outcome) == (report, Outcome.GOOD)
    assert ended.summary.startswith("sync ok: 20 players on")
    (guild,) = measured.guilds
    assert (guild.guild_id, guild.players, guild.members_linked) == (GUILD, 20, 20)
    job = make_job()
    streaks(job)
    started, ended, _ = events(job, service)
    assert (started.run.command, ended.summary[:11]) == ("streaks", "streaks ok:")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (faults.status(401), Outcome.BAD),
        (faults.too_many(), Outcome.BAD),
        (faults.player(xp="12"), Outcome.BAD),
    ],
)
def test_what_failed_is_told_as_bad(make_job, board, crowd, stand_in, service, fault, outcome):
    stand_in.misbehave(fault)
    job = make_job()
    sync(job, enroll_all=True)
    assert events(job, service)[1].outcome is outcome


def test_held_is_bad_and_left_alone_or_stopped_is_neither(
    make_job, board, crowd, stand_in, service
):
    sync(make_job(), enroll_all=True)
    for person in crowd[:5]:
        board.leave(person)
    job = make_job()
    sync(job)
    assert events(job, service)[-2].outcome is Outcome.BAD
    stand_in.misbehave(faults.too_many())
    sync(make_job(), accept_drops=True)
    service.events.clear()
    job = make_job()
    assert sync(job).status is Status.COOLING_DOWN
    assert events(job, service)[1].outcome is Outcome.NEITHER


def test_a_dry_run_and_a_run_that_finds_the_lock_taken_are_told_to_nobody(
    make_job, board, crowd, service, store, database_url
):
    job = make_job(dry_run=True)
    sync(job, enroll_all=True)
    assert events(job, service) == []
    with run_lock(store, f"board-{GUILD}", "sync", START), open_store(database_url) as other:
        job = replace(make_job(), store=other)
        assert sync(job).status is Status.LOCKED
    assert events(job, service) == []


def test_a_service_that_breaks_changes_nothing_of_a_run(make_job, board, crowd, service):
    service.breaks = ZeroDivisionError()
    report = sync(make_job(), enroll_all=True)
    assert (report.status, report.exit_code) == (Status.OK, 0)


def test_figures_add_up_all_runs_of_all_guilds(make_job, board, crowd, stand_in, service, clock):
    sync(make_job(), enroll_all=True)
    board.gain(ADA, 350)
    clock.forward(minutes=15)
    sync(make_job())
    board.gain(ADA, -100)
    sync(make_job())
    stand_in.misbehave(faults.status(401))
    clock.forward(minutes=15)
    sync(make_job())
    job = make_job()
    service.events.clear()
    backfill_baseline(job)
    (guild,) = events(job, service)[-1].guilds
    backfill, synced = guild.jobs
    assert (backfill.job, backfill.runs) == ("backfill-baseline", {"ok": 1})
    assert (synced.job, synced.runs) == ("sync", {"ok": 3, "failed": 1})
    assert (synced.points_awarded, synced.points_deducted) == (3, 1)
    assert synced.requests == len(stand_in.asked) - 2
    assert (synced.last_exit_code, synced.consecutive_failures) == (77, 1)
    assert synced.last_good_at == START.replace(minute=15)
    assert (guild.held, guild.cooldown_until) == (False, None)


def test_r17_runs_that_are_killed_alert_at_the_third(make_job, board, crowd, store, channel, told):
    for n in range(3):
        runs.begin(store, GUILD, "sync", f"killed-{n}", START)
    assert told() == []
    sync(make_job(), enroll_all=True)
    assert told() == ["failing", "over"]
    failing = channel.events[0].text
    assert "sync failed 3 times in a row, the last time with exit code 137: it ended without" in (
        failing
    )
    assert "What to do: Look whether memory ran out" in failing


def test_r17_a_recovery_that_was_sent_again_says_when_it_was_over(
    make_job, board, crowd, stand_in, clock, channel, told
):
    stand_in.misbehave(faults.status(401), times=3)
    for _ in range(3):
        sync(make_job(), enroll_all=True)
    channel.breaks = NotDelivered("HTTP 500")
    clock.forward(minutes=15)
    sync(make_job(), enroll_all=True)
    channel.breaks = None
    clock.forward(minutes=15)
    sync(make_job())
    assert told() == ["failing", "over"]
    assert channel.events[1].text.splitlines()[2] == (
        "Since: 2026-01-05 12:15:00 UTC; the trouble began: 2026-01-05 12:00:00 UTC"
    )


def test_r17_trouble_began_after_the_last_good_run_not_in_earlier_trouble(
    make_job, board, crowd, stand_in, clock, channel
):
    for _ in range(2):
        stand_in.misbehave(faults.status(401), times=3)
        for _ in range(4):
            clock.forward(minutes=15)
            sync(make_job(), enroll_all=True)
    lines = [alert.text.splitlines()[2] for alert in channel.events]
    assert [line.partition(";")[0] for line in lines] == [
        "Since: 2026-01-05 12:15:00 UTC", "Since: 2026-01-05 13:00:00 UTC",
        "Since: 2026-01-05 13:15:00 UTC", "Since: 2026-01-05 14:00:00 UTC",
    ]  # fmt: skip
    assert lines[3].endswith("the trouble began: 2026-01-05 13:15:00 UTC")


def test_r17_a_run_that_neither_worked_nor_failed_sends_no_alert_again(
    make_job, board, crowd, stand_in, channel, told
):
    channel.breaks = NotDelivered("HTTP 500")
    stand_in.misbehave(faults.status(401), times=3)
    for _ in range(3):
        sync(make_job(), enroll_all=True)
    channel.breaks = None
    sync(make_job(max_runtime=0), enroll_all=True)
    assert told() == []


def test_r17_by_hand_nothing_is_alerted(make_job, board, crowd, stand_in, told):
    sync(make_job(), enroll_all=True)
    for person in crowd[:5]:
        board.leave(person)
    sync(make_job())
    assert told() == ["held"]
    backfill_baseline(make_job())
    stand_in.misbehave(faults.status(500), times=None)
    for _ in range(3):
        backfill_baseline(make_job(), reset=True)
    assert told() == ["held"]


def test_r17_a_hold_is_over_only_when_a_whole_sweep_was_taken(
    make_job, board, crowd, stand_in, told
):
    sync(make_job(), enroll_all=True)
    for person in crowd[:5]:
        board.leave(person)
    sync(make_job())
    part = make_job(mee6_page_size=5, max_runtime=1, mee6_request_interval=2)
    assert sync(part, accept_drops=True).status is Status.PARTIAL
    assert told() == ["held"]
    sync(make_job(), accept_drops=True)
    assert told() == ["held", "over"]


def test_whatever_breaks_in_telling_a_run_ends_as_it_would(
    make_job, board, crowd, monkeypatch, caplog
):
    def breaks(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("trc_mee6.jobs.telling._tell_trouble", breaks)
    monkeypatch.setattr("trc_mee6.store.figures.figures", breaks)
    assert sync(make_job(), enroll_all=True).status is Status.OK
    events = [record.msg["event"] for record in caplog.records]
    assert events.count("telling.failed") == 2


def test_figures_are_told_before_an_alert_is_waited_for(make_job, board, crowd, stand_in, service):
    order = []

    class Ordered(Heard):
        def tell(self, event):
            order.append(type(event).__name__)

    stand_in.misbehave(faults.player(xp="12"))
    job = replace(make_job(), telling=Telling([Ordered((Alert, Measured))]))
    sync(job, enroll_all=True)
    assert order == ["Measured", "Alert"]
