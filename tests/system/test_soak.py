"""Weeks through the real jobs, with everything that goes wrong, against the model (R1-R16).

Two hosts whose clocks disagree take turns at 96 syncs and a night's `streaks` a day, for one guild.
What goes wrong and when is drawn by Hypothesis, so that a failure is shown with its seed and
shrinks to the few things that matter. The model is told what the stand-in served; what the program
should have made of it the model works out by itself.
"""

import itertools
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model import Model
from support import START, HandClock, long_form

from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.registry import link_members, unlink_member
from trc_mee6.jobs.stop import Stop
from trc_mee6.jobs.streaks import streaks
from trc_mee6.report import Status
from trc_mee6.settings import load
from trc_mee6.standin import Board, faults
from trc_mee6.store import ledger
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import open_store
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.members import states
from trc_mee6.store.moments import as_moment
from trc_mee6.store.pace import cooldown
from trc_mee6.store.registry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = long_form("SOAK_DAYS", short=2)
RUNS = long_form("SOAK_RUNS", short=2)
A_DAY = 96  # syncs
A_DAY_WRONG = 24  # things that go wrong a day
PAGE = 4
PEOPLE = [100000000000000001 + n for n in range(22)]
EVENING, NIGHT = 18, 1  # hours UTC between which most people chat
_guilds = itertools.count(200000000000000000)

# What may go wrong, or change, before or in a sync.
_SELDOM = (
    "season over", "reset in time", "outage", "long outage", "no night's job", "crash in the night",
)  # fmt: skip
_OFTEN = (
    "hiccup", "no answer", "refused", "banned", "asked to wait", "broken page", "challenged",
    "drift", "cap", "cap in a sweep",
    "xp taken", "leave", "return", "join",
    "crash", "stopped", "out of time", "overlap",
    "award points", "award xp", "award late", "link", "unlink",
)  # fmt: skip
KINDS = ("calm", *_SELDOM, *6 * _OFTEN)  # the first is what failures shrink to


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong: before which sync, what, and two numbers that say more of it."""

    tick: int
    kind: str
    page: int
    number: int


def troubles(days: int) -> st.SearchStrategy[list[Trouble]]:
    one = st.builds(
        Trouble,
        tick=st.integers(0, days * A_DAY - 1),
        kind=st.sampled_from(KINDS),
        page=st.integers(0, 5),
        number=st.integers(0, 1000),
    )
    return st.lists(one, min_size=A_DAY_WRONG * days, max_size=A_DAY_WRONG * days)


@pytest.mark.long
@settings(
    max_examples=RUNS,
    print_blob=True,
    suppress_health_check=[*HealthCheck],  # it is large and slow by purpose
)
@given(seed=st.integers(0, 2**32), plan=troubles(DAYS))
def test_r1_to_r16_after_every_day_everybody_has_what_the_model_says(
    database_url, stand_in, seed, plan
):
    with World(database_url, stand_in, seed) as world:
        by_tick = {tick: [t for t in plan if t.tick == tick] for tick in range(DAYS * A_DAY)}
        for tick, wrong in by_tick.items():
            world.quarter_of_an_hour(wrong)
            if (tick + 1) % A_DAY == 0:
                world.end_of_day()
        world.compare_audit()


class Crash(BaseException):
    """The machine died."""


class SkewedClock:
    """The clock of a host, which is off by so much from the one that all share."""

    def __init__(self, true: HandClock, off: timedelta) -> None:
        self.true, self.off = true, off

    def now(self):
        return self.true.now() + self.off

    def monotonic(self):
        return self.true.monotonic()

    def sleep(self, seconds):
        self.true.sleep(seconds)


class RecordingBoard(Board):
    """A board that remembers what it has served in the sweep under way."""

    def __init__(self, guild_id: int, seed: int) -> None:
        super().__init__(guild_id, seed=seed, cap=PAGE)
        self.served: list[dict[int, int]] = []

    def page(self, number, limit):
        document = super().page(number, limit)
        self.served.append({int(row["id"]): row["xp"] for row in document["players"]})
        return document


class World:
    """The program on two hosts, and the model beside it."""

    def __init__(self, url, stand_in, seed):
        self.url, self.stand_in, self.chance = url, stand_in, Random(seed)
        self.guild_id = next(_guilds)
        self.board = RecordingBoard(self.guild_id, seed)
        stand_in.boards[self.guild_id] = self.board
        stand_in.behave()
        self.clock = HandClock(START.replace(hour=0))
        self.clocks = [SkewedClock(self.clock, timedelta(seconds=off)) for off in (0, 1000)]
        self.options = load(
            mee6_base_url=stand_in.url,
            mee6_request_interval=0,
            mee6_page_size=100,
            mee6_timeout=20,
            database_url=url,
        )
        self.model = Model()
        self.latest = self.clock.now()  # start of a run
        self.banned_until: datetime | None = None
        self.held_for = self.dark_for = 0  # syncs
        self.left: set[int] = set()  # who was not reset, but went away
        self.night_off = self.crash_at_night = False
        self.keys = itertools.count()
        for person in PEOPLE[:16]:
            self.board.join(person, self.chance.randrange(300))

    def __enter__(self):
        with open_store(self.url) as store:
            store.sql("UPDATE request_pace SET cooldown_until = NULL")
        self._open = ExitStack()
        self.stores = [self._open.enter_context(open_store(self.url)) for _ in self.clocks]
        return self

    def __exit__(self, *exception):
        self._open.__exit__(*exception)

    def quarter_of_an_hour(self, wrong):
        self.clock.forward(minutes=15)
        self._live()
        for trouble in wrong:
            self._happen(trouble)
        if self.dark_for:  # nothing runs, the board goes on
            self.dark_for -= 1
        else:
            self._run_sync(wrong)
        self.stand_in.behave()
        self.board.drift = 0
        self._compare()

    def _live(self):
        hour = self.clock.now().hour
        lively = 0.35 if hour >= EVENING or hour < NIGHT else 0.06
        for person in list(self.board.players):
            if self.chance.random() < lively:
                self.board.gain(person, self.chance.randint(15, 120))
        for person in list(self.board._gone):
            if person not in self.left and self.chance.random() < lively / 3:
                self._return_of(person)

    # What happens to the board and in the guild before a sync.

    def _happen(self, trouble):
        name = f"_{trouble.kind.replace(' ', '_').replace(chr(39), '')}"
        happen: Callable[[Trouble], None] | None = getattr(self, name, None)
        if happen is not None:
            happen(trouble)

    def _somebody(self, trouble):
        return PEOPLE[trouble.number % len(PEOPLE)]

    def _season_over(self, trouble):
        for player in list(self.board.players.values()):
            self.board.gain(player.discord_id, -(player.xp * (trouble.number % 100) // 100))

    def _reset_in_time(self, _):
        """The operator knows of the reset, and says so before the next sync."""
        if self._is_banned(self.clocks[0]):
            return
        self.board.reset()
        for person in self.chance.sample(PEOPLE, 3):
            self._return_of(person)
        self._decide("reset")

    def _xp_taken(self, trouble):
        if (person := self._somebody(trouble)) in self.board.players:
            self.board.gain(person, -10 * trouble.number)

    def _leave(self, trouble):
        if (person := self._somebody(trouble)) in self.board.players:
            self.board.leave(person)
            self.left.add(person)

    def _return(self, trouble):
        self._return_of(self._somebody(trouble))

    def _return_of(self, person):
        if person in self.board._gone:
            self.left.discard(person)
            self.board.come_back(person)
            self.board.gain(person, 25)

    def _join(self, trouble):
        person = self._somebody(trouble)
        if person not in self.board.players and person not in self.board._gone:
            self.board.join(person, 3 * trouble.number)

    def _cap(self, trouble):
        self.board.cap = 3 + trouble.number % 3

    def _drift(self, trouble):
        self.board.drift = 1 + trouble.number % 60

    def _outage(self, trouble):
        self.dark_for = 1 + trouble.number % 40  # hours

    def _long_outage(self, trouble):
        self.dark_for = A_DAY + trouble.number % (2 * A_DAY)  # days

    def _no_nights_job(self, _):
        self.night_off = True

    def _crash_in_the_night(self, _):
        self.crash_at_night = True

    def _link(self, trouble):
        person = self._somebody(trouble)
        link_members(self.stores[0], self.guild_id, [Entry(person)], self.clocks[0].now())
        self.model.link(person)

    def _unlink(self, trouble):
        if (person := self._somebody(trouble)) in self.model.people:
            unlink_member(self.stores[0], self.guild_id, person)
            self.model.unlink(person)

    def _award_points(self, trouble):
        self._award(trouble, ago=timedelta())

    def _award_late(self, trouble):
        self._award(trouble, ago=timedelta(hours=trouble.number % 200))

    def _award(self, trouble, ago):
        """Points of a quiz; a key in two was used before, and books nothing again."""
        person = self._somebody(trouble)
        known = self.model.people.get(person)
        if known is None:
            return
        key, points, moment = next(self.keys), trouble.number % 9 - 3 or 1, self.clocks[0].now()
        for attempt in range(1 + trouble.page % 2):
            with self.stores[attempt].writing(self.guild_id):
                booked = ledger.award_points(
                    self.stores[attempt],
                    ledger.MemberRef(self.guild_id, person),
                    points,
                    source="quiz",
                    key=f"quiz-{key}",
                    occurred_at=moment - ago,
                    reason=None,
                    now=moment,
                )
            assert booked.now == (attempt == 0)
        known.award_points(points, (moment - ago).date())

    def _award_xp(self, trouble):
        person = self._somebody(trouble)
        known = self.model.people.get(person)
        if known is None:
            return
        moment, xp = self.clocks[1].now(), trouble.number - 300 or 1
        with self.stores[1].writing(self.guild_id):
            ledger.award_xp(
                self.stores[1],
                ledger.MemberRef(self.guild_id, person),
                xp,
                key=f"event-{next(self.keys)}",
                xp_per_point=100,
                now=moment,
            )
        known.award_xp(xp, moment.date())

    # A sync, and what goes wrong in it.

    def _run_sync(self, wrong):
        if self.model.held:
            self.held_for += 1
            if self.held_for > 6 and not self._is_banned(self.clocks[0]):
                self._decide("reset" if self.chance.random() < 0.5 else "accept")
                return
        host = self.chance.randrange(2)
        stop, limit = Stop(), None
        for trouble in wrong:
            match trouble.kind:
                case "stopped":
                    self._meanwhile(trouble.page, lambda: setattr(stop, "signum", signal.SIGTERM))
                case "out of time":
                    limit = 60
                    self._meanwhile(trouble.page, lambda: self.clock.forward(seconds=61))
                case "overlap":
                    self._meanwhile(trouble.page, self._second_run)
                case "cap in a sweep":
                    self._meanwhile(1 + trouble.page % 3, self._larger_pages)
                case kind if kind in FAULTS:
                    fault, times = FAULTS[kind]
                    self.stand_in.misbehave(fault, page=trouble.page, times=times)
        job = Job(self.options, self.stores[host], self.clocks[host], self.guild_id,
                  max_runtime=limit, stop=stop)  # fmt: skip
        crash = next((trouble for trouble in wrong if trouble.kind == "crash"), None)
        self._sync(job, lambda: sync(job, enroll_all=True), crash)

    def _meanwhile(self, page, happen):
        """Let something happen while a page is read, which is served all the same."""

        def serve(handler):
            happen()
            handler.answer(200, self.board.page(page, 100))

        self.stand_in.misbehave(serve, page=page)

    def _larger_pages(self):
        self.board.cap += 1

    def _second_run(self):
        with open_store(self.url) as store:
            report = sync(Job(self.options, store, self.clock, self.guild_id), enroll_all=True)
        assert report.status is Status.LOCKED

    def _is_banned(self, clock):
        return self.banned_until is not None and clock.now() < self.banned_until

    def _decide(self, decision):
        """The operator comes and decides; looks that the board is read whole."""
        self.stand_in.behave()
        self.board.drift = 0
        job = Job(self.options, self.stores[0], self.clocks[0], self.guild_id)
        if decision == "accept":
            work = lambda: sync(job, enroll_all=True, accept_drops=True)  # noqa: E731 - as short as the other
            self._sync(job, work, accepted=True)
        elif self.model.linked():
            self.board.served, now = [], self._starting(job)
            report = backfill_baseline(job, reset=True)
            assert report.status is Status.OK, report
            self.model.reset(self._seen(), now)
            self.held_for = 0

    def _starting(self, job):
        """When a run that starts now will say that it started: never before an earlier one."""
        self.latest = max(self.latest, job.clock.now())
        return self.latest

    def _seen(self):
        seen: dict[int, int] = {}
        for page in self.board.served:
            for who, xp in page.items():
                seen[who] = max(xp, seen.get(who, 0))
        return seen

    def _is_whole(self):
        """R16, and the rule of pages of odd length."""
        sizes = [len(page) for page in self.board.served]
        return (sizes[-1] == 0 or sizes[-1] < sizes[0]) and max(sizes) <= 1.1 * sizes[0]

    def _sync(self, job, work, crash=None, *, accepted=False):
        banned, held = self._is_banned(job.clock), self.model.held
        self.board.served, now = [], self._starting(job)
        if crash is not None and self._crashed(job.store, work, crash):
            if self._committed():
                self._expect(now, accepted=accepted)
            return
        report = work() if crash is None else self.report
        assert report.started_at == now
        if banned:
            assert (report.status, report.requests) == (Status.COOLING_DOWN, 0)
        elif held and not accepted:
            assert (report.status, report.requests) == (Status.HELD, 0)
        else:
            assert report.pages == len(self.board.served), report
            assert report.complete_sweep == (bool(report.pages) and self._is_whole()), report
            self._expect(now, accepted=accepted, report=report)
        if report.status is Status.RATE_LIMITED:
            self.banned_until = job.clock.now() + timedelta(minutes=30)
            assert report.cooldown_until == self.banned_until

    def _expect(self, now, *, accepted, report=None):
        """Tell the model what was served, as far as the program is to take it."""
        if not self.board.served:
            return
        seen, complete = self._seen(), self._is_whole()
        if not accepted and self.model.would_hold(seen, complete=complete):
            assert report is None or report.status is Status.HELD, report
            self.model.held, self.held_for = True, 0
            return
        assert report is None or report.status is not Status.HELD, report
        self.model.observe(seen, complete=complete, now=now)

    def _crashed(self, store, work, crash):
        """Let the machine die at some word to the database; say whether the run got so far."""
        dying = Dying(store, word=2 + crash.number % 70, heard=bool(crash.page % 2))
        try:
            with dying:
                self.report = work()
        except BaseException:
            if not dying.dead:
                raise
        if not dying.dead:
            return False
        host = self.stores.index(store)
        self.stores[host] = self._open.enter_context(open_store(self.url))
        # Whether it was told of a ban, and could note that in time, the model does not guess.
        self.banned_until = cooldown(self.stores[host], self.clocks[host].now())
        # Of a run that died before it was recorded, nobody knows that it ever started.
        (latest,) = self.stores[host].row(
            "SELECT max(started_at) FROM sync_run WHERE guild_id = :guild", guild=self.guild_id
        )
        self.latest = as_moment(latest) or self.clock.now()
        return True

    def _committed(self):
        recorded = self.stores[0].row(
            """SELECT status FROM sync_run WHERE guild_id = :guild ORDER BY id DESC LIMIT 1""",
            guild=self.guild_id,
        )
        if recorded is None:  # the very first run, and it did not get so far
            return False
        guild = known_guild(self.stores[0], self.guild_id)
        if guild is not None and guild.held_since is not None and not self.model.held:
            return True
        return recorded[0] not in ("running", "cooling_down") and bool(self.board.served)

    # Nights.

    def end_of_day(self):
        self.clock.forward(minutes=5)
        self._compare_days()
        if self.night_off or self.dark_for:
            self.night_off = False
            return
        host = self.chance.randrange(2)
        job = Job(self.options, self.stores[host], self.clocks[host], self.guild_id)
        if not self.model.people:
            return
        if self.crash_at_night:
            self.crash_at_night = False
            self._starting(job)
            trouble = Trouble(0, "crash", self.chance.randrange(2), self.chance.randrange(40))
            self._crashed(self.stores[host], lambda: streaks(job), trouble)
            job = Job(self.options, self.stores[host], self.clocks[host], self.guild_id)
        self._starting(job)
        assert streaks(job).status is Status.OK
        self._compare_streaks()

    def _compare(self):
        stored = {found.discord_id: found for found in states(self.stores[0], self.guild_id)}
        assert stored.keys() == self.model.people.keys()
        for who, person in self.model.people.items():
            found = stored[who]
            assert (found.linked, found.xp_total) == (person.linked, person.xp), who
            assert (found.points, found.leftover_xp) == (person.points(), person.leftover()), who
            assert found.last_observed_at == person.last, who

    def _compare_days(self):
        for found in states(self.stores[0], self.guild_id):
            active = self.model.people[found.discord_id].active_days()
            assert found.last_active_on == max(active, default=None), found.discord_id

    def _compare_streaks(self):
        for found in states(self.stores[0], self.guild_id):
            person = self.model.people[found.discord_id]
            judged = (found.current_streak, found.longest_streak, found.judged_through)
            if person.last is None:
                assert judged == (None, None, None)
            elif person.linked:
                assert judged == (*person.streak(), person.judged_through()), found.discord_id

    def compare_audit(self):
        assert list(findings(self.stores[0])) == []


class Dying:
    """A store whose machine dies at a word to the database, after it was heard or before."""

    def __init__(self, store, word, heard):
        self.database, self.left, self.heard, self.dead = store.database, word, heard, False

    def __enter__(self):
        self._kept = {
            name: getattr(self.database, name) for name in ("execute_sql", "begin", "commit")
        }
        for name, method in self._kept.items():
            setattr(self.database, name, self._listening(method))

    def __exit__(self, *exception):
        for name in self._kept:
            delattr(self.database, name)

    def _listening(self, method):
        def say(*arguments, **options):
            self.left -= 1
            if self.left != 0:
                return method(*arguments, **options)
            if self.heard:
                method(*arguments, **options)
            self.dead = True
            self.database.connection().close()
            raise Crash

        return say


FAULTS = {  # by kind: what is answered, and how often
    "hiccup": (faults.status(502), 1),
    "no answer": (faults.hang_up(), None),
    "refused": (faults.status(401), None),
    "banned": (faults.too_many(), None),
    "asked to wait": (faults.too_many("7"), 1),
    "broken page": (faults.player(xp=-1), None),
    "challenged": (faults.challenge(403), 2),
}
