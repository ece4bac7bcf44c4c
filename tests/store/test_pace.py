"""R12, R14: slots and the cooldown, shared by everybody on the database."""

from datetime import timedelta

import pytest
from support import START

from trc_mee6.errors import CoolingDown
from trc_mee6.store.connect import open_store
from trc_mee6.store.pace import StoredSlots, cool_down, cooldown


def test_r12_slots_are_an_interval_apart_whoever_asks(store, database_url):
    with open_store(database_url) as other_process:
        waits = [
            StoredSlots(one).reserve(START, 2.0)
            for one in (store, other_process, store, other_process)
        ]
    assert waits == pytest.approx([0, 2, 4, 6], abs=0.5)


def test_r12_a_slot_long_past_is_not_saved_up(sqlite_url):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        slots.reserve(START, 2.0)
        later = START + timedelta(minutes=5)
        assert slots.reserve(later, 2.0) == 0
        assert slots.reserve(later, 2.0) == 2


def test_r12_a_clock_put_right_does_not_stop_us_for_hours(sqlite_url):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        slots.reserve(START + timedelta(days=400), 2.0)
        assert slots.reserve(START, 2.0) == 0


def test_r12_postgres_decides_by_its_own_clock(postgres_url):
    with open_store(postgres_url) as store:
        slots = StoredSlots(store)
        slots.reserve(START + timedelta(days=400), 2.0)
        assert slots.reserve(START, 2.0) == pytest.approx(2, abs=0.5)


def test_r12_a_long_interval_is_kept_too(sqlite_url):
    with open_store(sqlite_url) as store:
        slots = StoredSlots(store)
        assert [slots.reserve(START, 4000) for _ in range(3)] == [0, 4000, 8000]


def test_r14_a_ban_noted_by_a_wrong_clock_does_not_stop_us_for_years(store):
    cool_down(store, START + timedelta(days=3650))
    assert cooldown(store, START) is None
    assert StoredSlots(store).reserve(START, 0) == 0


def test_an_interval_of_zero_takes_no_slot(store):
    assert [StoredSlots(store).reserve(START, 0) for _ in range(3)] == [0, 0, 0]


def test_r14_nobody_gets_a_slot_in_a_cooldown(store):
    until = START + timedelta(minutes=30)
    assert cooldown(store, START) is None
    cool_down(store, until)
    with pytest.raises(CoolingDown, match="2026-01-05 12:30:00 UTC") as refused:
        StoredSlots(store).reserve(START, 0)
    assert refused.value.until == until == cooldown(store, START)
    assert StoredSlots(store).reserve(until, 0) == 0


def test_r14_a_shorter_ban_does_not_end_a_longer_one(store):
    cool_down(store, START + timedelta(hours=2))
    cool_down(store, START + timedelta(minutes=30))
    assert cooldown(store, START) == START + timedelta(hours=2)
