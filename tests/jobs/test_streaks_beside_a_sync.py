"""A sync that is applied while `streaks` runs: what it brings is judged now or the next time."""

import threading
from datetime import UTC, datetime

import pytest
from support import GUILD, HandClock, until

from trc_mee6.jobs import observe
from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.members import state
from trc_mee6.store.registry import Entry

ADA, BOB, CAT = (100000000000000001 + n for n in range(3))


def january(day, hour=0, minute=0):
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def two_days(make_job, board, store, clock):
    """Three members active on Monday and Tuesday, judged; Ada unlinked on Wednesday morning."""
    for person in (ADA, BOB, CAT):
        board.join(person, 1000)
    sync(make_job(), enroll_all=True)
    for day in (5, 6):
        clock.time = january(day, 13)
        for person in (ADA, BOB, CAT):
            board.gain(person, 150)
        sync(make_job())
    for minute, job in ((0, sync), (5, streaks)):
        clock.time = january(7, 0, minute)
        job(make_job())
    clock.time = january(7, 0, 10)
    unlink_member(store, GUILD, ADA)
    clock.time = january(7, 13)
    board.gain(BOB, 150)
    sync(make_job())


@pytest.fixture
def during_a_sync(make_job, database_url, clock, monkeypatch):
    """Run something while a sync has written all it has to write, but not committed it."""
    written, go_on = threading.Event(), threading.Event()
    apply = observe._applied

    def applied_and_waiting(*arguments, **named):
        report = apply(*arguments, **named)
        written.set()
        go_on.wait(20)
        return report

    def run_during(work):
        monkeypatch.setattr(observe, "_applied", applied_and_waiting)

        def sync_elsewhere():
            with open_store(database_url) as store:
                job = make_job()
                sync(Job(job.settings, store, HandClock(clock.time), GUILD))

        syncing = threading.Thread(target=sync_elsewhere)
        syncing.start()
        until(written.is_set)
        threading.Timer(1, go_on.set).start()  # by then the work waits for the transaction's end
        done = work()
        syncing.join()
        return done

    return run_during


def test_r11_days_that_the_sync_excuses_are_excused(
    two_days, make_job, store, clock, during_a_sync
):
    clock.time = january(8)
    sync(make_job())
    clock.time = january(8, 0, 5)
    link_members(store, GUILD, [Entry(ADA)], clock.now())
    during_a_sync(lambda: streaks(make_job()))
    assert list(findings(store)) == []
    assert streaks(make_job()).status == "ok"
    assert state(store, GUILD, ADA).current_streak == 2  # nobody looked on Wednesday
    assert streaks(make_job(), rebuild=True).members.unchanged == 3


def test_the_counts_add_up(two_days, make_job, clock, during_a_sync):
    clock.time = january(8, 0, 5)
    counts = during_a_sync(lambda: streaks(make_job())).members
    assert counts.total == counts.extended + counts.broken + counts.unchanged + counts.pending
