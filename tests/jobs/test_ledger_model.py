"""R1-R7 as a whole: random histories through the real pipe, against a slow and obvious model."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import Model
from support import START, HandClock, long_form

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.report import Status
from trc_mee6.settings import load
from trc_mee6.standin import Board, faults
from trc_mee6.store import ledger
from trc_mee6.store.audit import findings
from trc_mee6.store.members import states, transactions
from trc_mee6.store.registry import Entry

PEOPLE = [100000000000000001 + n for n in range(12)]
PAGE = 4
HISTORIES = long_form("HISTORIES", short=24)
_guilds = itertools.count(200000000000000000)


who = st.sampled_from(PEOPLE)
STEPS = st.one_of(
    st.tuples(st.just("gain"), who, st.integers(1, 3000)),
    st.tuples(st.just("lose"), who, st.integers(1, 3000)),
    st.tuples(st.just("join"), who, st.integers(0, 3000)),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("sync")),
    st.tuples(st.just("sync")),
    st.tuples(st.just("cut short"), st.integers(0, 3)),
    st.tuples(st.just("accept")),
    st.tuples(st.just("reset")),
    st.tuples(st.just("backfill"), st.booleans()),
    st.tuples(st.just("unlink"), who),
    st.tuples(st.just("link"), who),
    st.tuples(st.just("award"), who, st.integers(-500, 500)),
    st.tuples(st.just("wait"), st.integers(1, 3000)),
    st.tuples(st.just("season over")),
)


@pytest.mark.parametrize("enroll_all", [True, False])
@settings(max_examples=HISTORIES)
@given(steps=st.lists(STEPS, min_size=5, max_size=40))
def test_r1_to_r7_every_history_ends_as_the_model_says(
    store, stand_in, database_url, enroll_all, steps
):
    world = _World(store, stand_in, database_url, enroll_all)
    for step in [*steps, ("sync",)]:
        world.take(step)
        world.compare()
    assert list(findings(store)) == []


class _World:
    """The program and the model side by side."""

    def __init__(self, store, stand_in, database_url, enroll_all):
        self.guild_id = next(_guilds)
        self.store, self.stand_in = store, stand_in
        self.board = stand_in.add(Board(self.guild_id))
        self.clock = HandClock(START)
        self.enroll_all = enroll_all
        options = load(
            mee6_base_url=stand_in.url,
            mee6_request_interval=0,
            mee6_page_size=PAGE,
            mee6_retries=0,
            database_url=database_url,
        )
        self.job = Job(options, store, self.clock, self.guild_id)
        self.model = Model()
        self.awards = itertools.count()
        if not enroll_all:
            for person in PEOPLE[:6]:
                self.take(("link", person))

    def take(self, step):
        name, *arguments = step
        getattr(self, f"_{name.replace(' ', '_')}")(*arguments)

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

    def _season_over(self):
        for person in self.board.players.values():
            person.xp //= 10
        self.board.gain(next(iter(self.board.players)), 0) if self.board.players else None

    def _seen(self, pages=None):
        ranked = sorted(self.board.players.values(), key=lambda p: (-p.xp, p.discord_id))
        shown = ranked if pages is None else ranked[: pages * PAGE]
        return {player.discord_id: player.xp for player in shown}

    def _observed(self, seen, *, complete):
        now = self.clock.now()
        self.model.observe(seen, complete=complete, now=now, enroll=self.enroll_all)

    def _nobody(self):
        return not self.enroll_all and not self.model.linked()

    def _sync(self):
        report = sync(self.job, enroll_all=self.enroll_all)
        if self._nobody():
            assert report.exit_code == 78
        elif self.model.held:
            assert (report.status, report.requests) == (Status.HELD, 0)
        elif self.model.would_hold(self._seen(), complete=True):
            assert report.status is Status.HELD
            self.model.held = True
        else:
            assert report.status is Status.OK
            self._observed(self._seen(), complete=True)

    def _cut_short(self, pages):
        if self.model.held or self._nobody() or len(self.board.players) < pages * PAGE:
            return
        self.stand_in.misbehave(faults.status(401), page=pages)
        report = sync(self.job, enroll_all=self.enroll_all)
        self.stand_in.behave()
        seen = self._seen(pages)
        if pages and self.model.would_hold(seen, complete=False):
            assert report.status is Status.HELD
            self.model.held = True
        else:
            assert (report.status, report.exit_code) == (Status.FAILED, 77)
            if pages:
                self._observed(seen, complete=False)

    def _accept(self):
        report = sync(self.job, enroll_all=self.enroll_all, accept_drops=True)
        if not self._nobody():
            assert report.status is Status.OK
            self._observed(self._seen(), complete=True)

    def _reset(self):
        report = backfill_baseline(self.job, reset=True)
        if self.model.linked():
            assert report.status is Status.OK
            self.model.reset(self._seen(), self.clock.now())

    def _backfill(self, credit):
        report = backfill_baseline(self.job, credit_history=credit)
        if not self.model.linked():
            assert report.exit_code == 78 or self.model.held
        elif self.model.held:
            assert (report.status, report.requests) == (Status.HELD, 0)
        elif self.model.would_hold(self._seen(), complete=True):
            assert report.status is Status.HELD
            self.model.held = True
        else:
            assert report.status is Status.OK
            self.model.backfill(self._seen(), self.clock.now(), credit=credit)

    def _link(self, person):
        link_members(self.store, self.guild_id, [Entry(person)], self.clock.now())
        self.model.link(person)

    def _unlink(self, person):
        if person in self.model.people:
            unlink_member(self.store, self.guild_id, person)
            self.model.unlink(person)

    def _award(self, person, xp):
        known = self.model.people.get(person)
        if known is None:
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
        known.award_xp(xp, self.clock.now().date())

    def compare(self):
        stored = {found.discord_id: found for found in states(self.store, self.guild_id)}
        assert stored.keys() == self.model.people.keys()
        for discord_id, person in self.model.people.items():
            found = stored[discord_id]
            assert found.linked == person.linked
            assert found.xp_total == person.xp
            assert (found.points, found.leftover_xp) == (person.points(), person.leftover())


@given(cuts=st.lists(st.integers(0, 5000), max_size=12), total=st.integers(0, 5000))
@settings(max_examples=25)
def test_r1_through_the_database_the_slicing_of_a_gain_changes_nothing(
    store, stand_in, database_url, cuts, total
):
    world = _World(store, stand_in, database_url, True)
    person = PEOPLE[0]
    world.take(("join", person, 1000))
    world.take(("sync",))
    marks = sorted(cut for cut in cuts if cut <= total)
    for start, end in zip([0, *marks], [*marks, total], strict=True):
        world.clock.time += timedelta(minutes=15)
        world.take(("gain", person, end - start))
        world.take(("sync",))
    (found,) = states(store, world.guild_id)
    assert (found.points, found.leftover_xp) == divmod(total, 100)
    lines = transactions(store, world.guild_id, person, 100)
    assert sum(line.points for line in lines) == total // 100
