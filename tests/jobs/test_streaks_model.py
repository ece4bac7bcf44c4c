"""R8-R11 as a whole: random histories through the real pipe, against a slow and obvious model."""

import itertools
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import DAY, Model, start_of
from support import START, HandClock, long_form

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.streaks import streaks
from trc_mee6.report import Status, StreakCounts
from trc_mee6.settings import load
from trc_mee6.standin import Board, faults
from trc_mee6.store import ledger
from trc_mee6.store.members import states
from trc_mee6.store.registry import Entry

PEOPLE = [100000000000000001 + n for n in range(7)]
PAGE = 3
HISTORIES = long_form("HISTORIES", short=12)
_guilds = itertools.count(200000000000000000)


who = st.sampled_from(PEOPLE)
some = st.sets(who, max_size=4)
minutes = st.one_of(st.integers(1, 1000), st.integers(1000, 6000), st.integers(6000, 20000))
ago = st.one_of(st.integers(0, 3000), st.integers(-2000, 30000))
SLOTS = st.tuples(
    st.sampled_from([2, 10, 12, 14, 24, 38]),
    some,
    st.sampled_from(["sync", "sync and judge", "sync and judge", "cut short", "reset", "relink"]),
)
STEPS = st.one_of(
    st.tuples(st.just("routine"), st.lists(some, min_size=1, max_size=6), st.booleans()),
    st.tuples(st.just("routine"), st.lists(some, min_size=1, max_size=6), st.booleans()),
    st.tuples(st.just("timetable"), st.lists(SLOTS, min_size=2, max_size=8)),
    st.tuples(st.just("timetable"), st.lists(SLOTS, min_size=2, max_size=8)),
    st.tuples(st.just("timetable"), st.lists(SLOTS, min_size=2, max_size=8)),
    st.tuples(st.just("active until"), some, minutes),
    st.tuples(st.just("gain"), who, st.integers(1, 3000)),
    st.tuples(st.just("lose"), who, st.integers(1, 3000)),
    st.tuples(st.just("join"), who, st.integers(0, 3000)),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("sync")),
    st.tuples(st.just("cut short"), st.integers(1, 2)),
    st.tuples(st.just("reset")),
    st.tuples(st.just("backfill"), st.booleans()),
    st.tuples(st.just("unlink"), who),
    st.tuples(st.just("link"), who),
    st.tuples(st.just("award points"), who, st.sampled_from([-5, 5, 7]), ago),
    st.tuples(st.just("award points"), who, st.sampled_from([-5, 5, 7]), ago),
    st.tuples(st.just("award xp"), who, st.integers(-300, 300)),
    st.tuples(st.just("wait"), minutes),
    st.tuples(st.just("wait for"), st.sampled_from([0, 12]), st.sampled_from([-1, 0, 0, 1])),
    st.tuples(st.just("judge"), st.booleans(), st.booleans()),
    st.tuples(st.just("judge"), st.booleans(), st.booleans()),
)


@pytest.mark.long
@settings(max_examples=HISTORIES)
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
def test_r8_to_r11_every_history_ends_with_the_streaks_that_the_model_says(
    store, stand_in, database_url, steps
):
    world = _World(store, stand_in, database_url)
    for step in steps:
        world.take(step)
        world.compare_what_is_kept_at_once()
    world.take(("judge", False, False))
    by_and_by = world.stored()
    world.take(("judge", False, False))
    assert world.stored() == by_and_by
    world.take(("judge", True, False))
    assert world.stored() == by_and_by


class _World:
    """The program and the model side by side."""

    def __init__(self, store, stand_in, database_url):
        self.guild_id = next(_guilds)
        self.store, self.stand_in = store, stand_in
        self.board = stand_in.add(Board(self.guild_id))
        self.clock = HandClock(START)
        self.options = load(
            mee6_base_url=stand_in.url,
            mee6_request_interval=0,
            mee6_page_size=PAGE,
            mee6_retries=0,
            database_url=database_url,
        )
        self.model = Model()
        self.told = defaultdict(int)  # the current streaks that the last run left
        self.awards = itertools.count()
        for person in PEOPLE[:5]:
            self.board.join(person, 100)
        self._link(PEOPLE[4])
        self._link(PEOPLE[5])
        self._sync()

    def job(self, dry_run=False):
        return Job(self.options, self.store, self.clock, self.guild_id, dry_run)

    @property
    def people(self):
        return self.model.people

    def linked(self):
        return self.model.linked().values()

    def take(self, step):
        name, *arguments = step
        getattr(self, f"_{name.replace(' ', '_')}")(*arguments)

    def _routine(self, days, again):
        """Days as they mostly are: two syncs, and the night's job after midnight."""
        for active in days:
            self._wait_for(12, 0)
            self._active_until(active, 1)
            self._wait_for(0, 5)
            self._active_until((), 0)
            if again:
                self._judge(rebuild=False, dry_run=True)
            self._judge(rebuild=False, dry_run=False)

    def _timetable(self, slots):
        """Hours of whole number, so that days and windows meet at noon and at midnight."""
        self._wait_for(0, 0)
        self._sync()
        for hours, active, action in slots:
            self.clock.forward(hours=hours)
            for person in sorted(active):
                self._gain(person, 150)
            self._act(action, active)
        self._judge(rebuild=False, dry_run=False)

    def _act(self, action, people):
        match action:
            case "cut short":
                self._cut_short(1)
            case "reset":
                self._reset()
            case "relink":
                for person in sorted(people):
                    self._unlink(person)
                    self._link(person)
            case _:
                self._sync()
        if action == "sync and judge":
            self._judge(rebuild=False, dry_run=False)

    def _active_until(self, active, forward):
        for person in sorted(active):
            self._gain(person, 150)
        self.clock.forward(minutes=forward)
        self._sync()

    def _gain(self, person, xp):
        if person in self.board.players:
            self.board.gain(person, xp)

    def _lose(self, person, xp):
        self._gain(person, -xp)

    def _join(self, person, xp):
        if person not in self.board.players:
            self.board.join(person, xp)

    def _leave(self, person):
        if person in self.board.players:
            self.board.leave(person)

    def _wait(self, minutes):
        self.clock.forward(minutes=minutes)

    def _wait_for(self, hour, second):
        """Wait for the next such hour, to so many seconds before or after it."""
        moment = self.clock.time.replace(hour=hour, minute=0, second=0) + timedelta(seconds=second)
        self.clock.time = moment if moment >= self.clock.time else moment + DAY

    def _seen(self, pages=None):
        ranked = sorted(self.board.players.values(), key=lambda p: (-p.xp, p.discord_id))
        shown = ranked if pages is None else ranked[: pages * PAGE]
        return {player.discord_id: player.xp for player in shown}

    def _sync(self):
        report = sync(self.job(), enroll_all=True, accept_drops=True)
        assert report.status is Status.OK
        self.model.observe(self._seen(), complete=True, now=self.clock.now())

    def _cut_short(self, pages):
        if len(self.board.players) < pages * PAGE:
            return
        self.stand_in.misbehave(faults.status(401), page=pages)
        report = sync(self.job(), enroll_all=True, accept_drops=True)
        self.stand_in.behave()
        assert (report.status, report.exit_code) == (Status.FAILED, 77)
        self.model.observe(self._seen(pages), complete=False, now=self.clock.now())

    def _reset(self):
        report = backfill_baseline(self.job(), reset=True)
        if not self.linked():
            assert report.exit_code == 78
            return
        assert report.status is Status.OK
        self.model.reset(self._seen(), self.clock.now())

    def _backfill(self, credit):
        report = backfill_baseline(self.job(), credit_history=credit)
        if report.status is not Status.OK:
            assert report.status is Status.HELD or not self.linked()
            return
        self.model.backfill(self._seen(), self.clock.now(), credit=credit)

    def _link(self, person):
        link_members(self.store, self.guild_id, [Entry(person)], self.clock.now())
        self.model.link(person)

    def _unlink(self, person):
        if person in self.people:
            unlink_member(self.store, self.guild_id, person)
            self.model.unlink(person)

    def _award_points(self, person, points, minutes_ago):
        if person not in self.people:
            return
        moment = self.clock.now() - timedelta(minutes=minutes_ago)
        with self.store.writing(self.guild_id):
            ledger.award_points(
                self.store,
                ledger.MemberRef(self.guild_id, person),
                points,
                source="app",
                key=f"award-{next(self.awards)}",
                occurred_at=moment,
                reason=None,
                now=self.clock.now(),
            )
        self.people[person].award_points(points, moment.date())

    def _award_xp(self, person, xp):
        if person not in self.people:
            return
        with self.store.writing(self.guild_id):
            ledger.award_xp(
                self.store,
                ledger.MemberRef(self.guild_id, person),
                xp,
                key=f"award-{next(self.awards)}",
                xp_per_point=100,
                now=self.clock.now(),
            )
        self.people[person].award_xp(xp, self.clock.now().date())

    def _judge(self, rebuild, dry_run):
        before = self.stored()
        report = streaks(self.job(dry_run), rebuild=rebuild)
        assert (report.status, report.exit_code) == (Status.OK, 0)
        today = start_of(self.clock.now().date())
        seen = [p.judged_through() for p in self.linked() if p.last and p.first < today]
        assert report.judged_through == max(seen, default=None)
        assert report.members == self._counts()
        if dry_run:
            assert self.stored() == before
        else:
            self._compare_streaks()

    def _counts(self):
        counted = Counter()
        for discord_id, person in self.model.linked().items():
            if person.last is None or person.last < start_of(self.clock.now().date()):
                counted["pending"] += 1
                continue
            after, told = person.streak()[0], self.told[discord_id]
            longer, shorter = after > told, after < told
            counted["extended" if longer else "broken" if shorter else "unchanged"] += 1
        return StreakCounts(len(self.linked()), **counted)

    def _compare_streaks(self):
        for found in states(self.store, self.guild_id):
            person = self.people[found.discord_id]
            judged = (found.current_streak, found.longest_streak, found.judged_through)
            if person.last is None:
                assert judged == (None, None, None)
            else:
                assert judged == (*person.streak(), person.judged_through())
                self.told[found.discord_id] = found.current_streak

    def compare_what_is_kept_at_once(self):
        stored = {found.discord_id: found for found in states(self.store, self.guild_id)}
        assert stored.keys() == self.people.keys()
        for discord_id, person in self.people.items():
            found = stored[discord_id]
            assert (found.xp_total, found.last_observed_at) == (person.xp, person.last)
            assert found.last_active_on == max(person.active_days(), default=None)

    def stored(self):
        """Every member as the database has one."""
        return list(states(self.store, self.guild_id))
