"""R12, R14: slots and the cooldown, shared by everybody on the database."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from support import START, HandClock, until

from trc_mee6.clock import SystemClock
from trc_mee6.errors import CoolingDown
from trc_mee6.store.connect import open_store
from trc_mee6.store.pace import StoredSlots, cool_down, cooldown


def test_r12_a_slot_is_taken_once_whoever_asks(store, database_url, clock):
    with open_store(database_url) as other_process:
        waits = [
            StoredSlots(one).take(clock, 2.0)
            for one in (store, other_process, store, other_process)
        ]
    assert waits == pytest.approx([0, 2, 2, 2], abs=0.5)


def test_r12_the_next_slot_is_free_an_interval_after_the_last_was_taken(sqlite_url, clock):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        assert slots.take(clock, 2.0) == 0
        clock.forward(seconds=1.5)
        assert slots.take(clock, 2.0) == pytest.approx(0.5)
        clock.forward(seconds=0.5)
        assert slots.take(clock, 2.0) == 0


def test_r12_slots_not_used_are_not_saved_up(sqlite_url, clock):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        slots.take(clock, 2.0)
        clock.forward(minutes=5)
        assert slots.take(clock, 2.0) == 0
        assert slots.take(clock, 2.0) == 2


def test_r12_who_waited_for_the_file_takes_the_slot_of_then_not_of_before(sqlite_url, clock):
    """A process that looks at its clock before it waits for another would ask too early."""
    with open_store(sqlite_url) as store, open_store(sqlite_url) as busy:
        StoredSlots(store).take(clock, 2.0)
        waits = []

        def take():
            with open_store(sqlite_url) as waiting:
                started.set()
                waits.append(StoredSlots(waiting).take(clock, 2.0))

        started = threading.Event()
        with busy.database.atomic():
            waiter = threading.Thread(target=take)
            waiter.start()
            started.wait()
            clock.forward(seconds=10)
        waiter.join()
        assert waits == [0]
        assert StoredSlots(store).take(clock, 2.0) == 2


def test_r12_a_clock_put_right_does_not_stop_us_for_hours(sqlite_url, clock):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        slots.take(HandClock(START + timedelta(days=400)), 2.0)
        assert slots.take(clock, 2.0) == 0


def test_r12_postgres_decides_by_its_own_clock(postgres_url, clock):
    with open_store(postgres_url) as store:
        slots = StoredSlots(store)
        slots.take(HandClock(START + timedelta(days=400)), 2.0)
        assert slots.take(clock, 2.0) == pytest.approx(2, abs=0.5)


def test_r12_a_long_interval_is_kept_too(sqlite_url, clock):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        assert [slots.take(clock, 4000) for _ in range(3)] == [0, 4000, 4000]


def test_r12_many_at_once_never_get_slots_closer_than_the_interval(database_url):
    """Whoever wakes first takes the slot; the others find it taken and wait on."""
    interval, each, times = 0.02, 5, []

    def ask():
        with open_store(database_url) as store:
            slots, clock = StoredSlots(store), SystemClock()
            for _ in range(each):
                while wait := slots.take(clock, interval):
                    clock.sleep(wait)
                times.append(next_slot_at(store))

    with open_store(database_url):
        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        until(lambda: not any(asker.is_alive() for asker in askers))
    assert len(set(times)) == len(times) == 4 * each
    gaps = [later - earlier for earlier, later in pairwise(sorted(times))]
    assert min(gaps) >= interval * 0.999  # what a double of seconds since 1970 loses


def next_slot_at(store):
    return store.row("SELECT next_slot_at FROM request_pace")[0]


def test_r14_a_ban_noted_by_a_wrong_clock_does_not_stop_us_for_years(store, clock):
    cool_down(store, START + timedelta(days=3650))
    assert cooldown(store, START) is None
    assert StoredSlots(store).take(clock, 0) == 0


def test_an_interval_of_zero_takes_no_slot(store, clock):
    assert [StoredSlots(store).take(clock, 0) for _ in range(3)] == [0, 0, 0]


def test_r14_nobody_gets_a_slot_in_a_cooldown(store, clock):
    until = START + timedelta(minutes=30)
    assert cooldown(store, START) is None
    cool_down(store, until)
    with pytest.raises(CoolingDown, match="2026-01-05 12:30:00 UTC") as refused:
        StoredSlots(store).take(clock, 0)
    assert refused.value.until == until == cooldown(store, START)
    clock.time = until
    assert StoredSlots(store).take(clock, 0) == 0


def test_r14_a_shorter_ban_does_not_end_a_longer_one(store):
    cool_down(store, START + timedelta(hours=2))
    cool_down(store, START + timedelta(minutes=30))
    assert cooldown(store, START) == START + timedelta(hours=2)
