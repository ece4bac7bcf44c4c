"""A run ends once (R15): what a signal makes of it depends on what was committed."""

import os
import signal
from dataclasses import replace

import pytest

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.run import ended, finished
from trc_mee6.jobs.stop import STOPPING, Stop
from trc_mee6.report import Status, SyncReport
from trc_mee6.store.members import states
from trc_mee6.store.runs import begin, last

ADA = 100000000000000000


@pytest.fixture
def stop():
    """A stop that is entered; it leaves signals ignored, as at a process's end."""
    before = {which: signal.getsignal(which) for which in STOPPING}
    with Stop() as stop:
        yield stop
    for which, handler in before.items():
        signal.signal(which, handler)


@pytest.fixture
def begun(make_job, clock):
    """A job, and the report of a run of it that is recorded as running."""
    job = make_job()
    begin(job.store, job.guild_id, "sync", "S1", clock.now())
    return job, SyncReport("sync", Status.OK, job.guild_id, "S1", clock.now())


def interrupted(report):
    return ended(report, Status.INTERRUPTED, 143, "stopped")


def recorded(job):
    run = last(job.store, job.guild_id, "sync")
    return run.status, run.exit_code


def test_an_end_that_was_committed_stands(begun):
    job, report = begun
    ok = finished(job, report)
    assert finished(job, interrupted(report)) == ok
    assert recorded(job) == ("ok", 0)


def test_an_end_that_was_undone_does_not(begun):
    job, report = begun
    with job.store.writing(job.guild_id) as transaction:
        finished(job, report)
        transaction.rollback()
    assert finished(job, interrupted(report)).status == "interrupted"
    assert recorded(job) == ("interrupted", 143)


def test_a_run_that_failed_keeps_its_code_though_a_signal_came_too(begun):
    job, report = begun
    job.stop.signum = signal.SIGTERM
    assert finished(job, ended(report, Status.FAILED, 76, "x")).exit_code == 76
    assert recorded(job) == ("failed", 76)


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_r15_signals_around_the_commit_leave_report_and_record_as_what_was_done(
    make_job, board, stop, monkeypatch, when, signals
):
    """The first is only noted, the second raises: before the commit, or after it."""
    board.join(ADA, 10)
    job = replace(make_job(), stop=stop)
    assert sync(job, enroll_all=True).status == "ok"
    board.gain(ADA, 250)
    commit = job.store.database.commit

    def signal_in_time():
        if stop.signum is None and recorded(job) == ("ok", 0):
            for _ in range(signals):
                os.kill(os.getpid(), signal.SIGTERM)

    def commit_amid_signals():
        if when == "before":
            signal_in_time()
        commit()
        if when == "after":
            signal_in_time()

    monkeypatch.setattr(job.store.database, "commit", commit_amid_signals)
    report = sync(job)
    done = signals == 1 or when == "after"
    assert stop.signum == signal.SIGTERM
    assert report.status == ("ok" if done else "interrupted")
    assert recorded(job) == (report.status, report.exit_code)
    assert [one.points for one in states(job.store, job.guild_id)] == [2 if done else 0]


def test_r15_who_was_interrupted_where_no_signal_was_to_be_felt_writes_nothing_more(
    make_job, board, stop, monkeypatch
):
    """The time for writing what was read has been used up in waiting for a slot."""
    for number in range(20):
        board.join(ADA + number, 10)
    job = replace(make_job(mee6_page_size=10), stop=stop)
    assert sync(job, enroll_all=True).status == "ok"
    board.gain(ADA, 250)
    taken = []

    def take(*_):
        taken.append(0.0)
        if len(taken) == 2:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
        return 0.0

    monkeypatch.setattr("trc_mee6.store.pace.StoredSlots.take", take)
    report = sync(job)
    assert (report.status, report.pages, report.points_awarded) == ("interrupted", 0, 0)
    assert recorded(job) == ("interrupted", 143)
    assert {one.points for one in states(job.store, job.guild_id)} == {0}
