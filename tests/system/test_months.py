"""Months as cron lives them: a process each time, on machines whose clocks show other days."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from support import GUILD, PROGRAM, clock_at, run_to_end

from trc_mee6.standin import Board, StandIn
from trc_mee6.store.connect import open_store
from trc_mee6.store.moments import as_moment

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("faketime") is None and "CI" not in os.environ,
        reason="needs the program faketime (Debian package of that name)",
    ),
]

DAY = timedelta(days=1)
FRIDAY, SATURDAY = 4, 5
SLACK = timedelta(seconds=60)  # between the start of a process and of its run; none may last longer
# When the board is read, on each of three days in turn: around 00:00 UTC, and around midnight in
# Kiritimati (10:00), Berlin and Cairo (21:00 to 23:00) and New York (04:00 or 05:00).
READINGS = (("00:02", "13:10"), ("10:05", "22:50"), ("03:57", "23:55"))
AWARD = """
import sys
from datetime import datetime
from trc_mee6 import award_points
earned = datetime.fromisoformat(sys.argv[2]) if sys.argv[2:] else None
result = award_points(sys.argv[1], 5, source="event", key="quiz", occurred_at=earned)
print(result.awarded, datetime.now().isoformat())
"""


def at(day: date | str, hour: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00Z")


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


class Stretch(NamedTuple):
    """Some days, and what goes wrong in them."""

    first: date
    last: date
    missed: date  # a weekday on which two people are not seen; points for it are awarded later
    newcomer: date  # the day on which somebody joins
    thanked: date  # the day on which who never chats earns points, just before it ends
    off: tuple[tuple[datetime, datetime], ...] = ()  # the machine: nothing runs
    nights_without_job: tuple[date, ...] = ()
    more_readings: tuple[datetime, ...] = ()

    def runs(self, moment: datetime) -> bool:
        return not any(start <= moment < end for start, end in self.off)

    def agenda(self) -> list[tuple[datetime, str]]:
        """What is due when; readings also while the machine is off, as the board goes on."""
        usual = [at(d, hour) for d in self._days() for hour in READINGS[d.toordinal() % 3]]
        nights = [
            at(day + DAY, "00:05")
            for day in self._days()
            if day + DAY not in self.nights_without_job and self.runs(at(day + DAY, "00:05"))
        ]
        return sorted(
            [
                *((moment, "reading") for moment in (*usual, *self.more_readings)),
                *((moment, "night") for moment in nights),
                (at(self.missed + 3 * DAY, "17:00"), "award"),
                (at(self.thanked, "23:58"), "thanks"),
            ]
        )

    def _days(self) -> Iterator[date]:
        return days(self.first, self.last)


Habit = Callable[[Stretch, datetime], bool]


def evening(moment: datetime) -> bool:
    """The last reading of a day; all of them are given to that day."""
    return moment.hour >= 12


def weekday(moment: datetime) -> bool:
    return moment.weekday() < SATURDAY


# Who gained XP before a reading of the board; the machine may be off, and see it later.
HABITS: dict[str, Habit] = {
    "every weekday": lambda _, t: evening(t) and weekday(t),
    "every other day": lambda _, t: evening(t) and t.toordinal() % 2 == 0,
    "weekends": lambda _, t: evening(t) and not weekday(t),
    "never on Friday": lambda _, t: evening(t) and t.weekday() != FRIDAY,
    "missed a day": lambda s, t: evening(t) and weekday(t) and t.date() != s.missed,
    "missed it, and was awarded": lambda s, t: evening(t) and weekday(t) and t.date() != s.missed,
    "at night": lambda _, t: not evening(t),
    "newcomer": lambda s, t: evening(t) and weekday(t) and t.date() > s.newcomer,
    "never": lambda _, _t: False,
}
IDS = {name: 100000000000000001 + n for n, name in enumerate(HABITS)}


def share(start: datetime, end: datetime, day: date) -> timedelta:
    """How much of a UTC day lies in a window."""
    midnight = datetime.combine(day, time(), UTC)
    return max(timedelta(), min(end, midnight + DAY) - max(start, midnight))


@dataclass
class Person:
    """One member as R8 to R10 have it, each day looked at from the first on."""

    first: date
    active: set[date] = field(default_factory=set)
    excused: set[date] = field(default_factory=set)

    def gained(self, start: datetime, end: datetime) -> None:
        shares = {day: share(start, end, day) for day in days(start.date(), end.date())}
        own = max(shares, key=lambda day: (shares[day], -day.toordinal()))
        self.active.add(own)
        self.excused |= {d for d, part in shares.items() if part >= DAY / 2 and d != own}

    def standing(self, through: date) -> dict[str, Any]:
        current = longest = 0
        for day in days(self.first, through):
            if day.weekday() >= SATURDAY:
                continue
            if day in self.active:
                current += 1
            elif day not in self.excused:
                current = 0
            longest = max(longest, current)
        return {
            "current_streak": current,
            "longest_streak": longest,
            "last_active_on": str(max(self.active)) if self.active else None,
            "judged_through": str(through),
        }


class Lived(NamedTuple):
    """What there is to see on a machine afterwards, the same on every other."""

    nights: list[str]  # what `members list` said
    days: list[tuple[str, ...]]  # of the observations
    streaks: dict[str, tuple[int, int]]  # current and longest, on the last night


class Machine:
    """A machine with its own time zone, board and database."""

    def __init__(self, zone: str, environment: dict[str, str], database: str, home: Path) -> None:
        self._zone = ZoneInfo(zone)
        self._environment = environment | {"TZ": zone, "DATABASE_URL": database}
        self._database = database
        self._home = home
        self._board = Board(GUILD)
        self._people: dict[str, Person] = {}
        self._gained: set[str] = set()  # since the last reading
        self._seen_at: datetime | None = None
        self._runs: list[tuple[str, datetime]] = []

    def live(self, stretch: Stretch) -> Lived:
        nights = []
        with StandIn() as stand_in:
            stand_in.add(self._board)
            self._environment["MEE6_BASE_URL"] = stand_in.url
            for moment, due in stretch.agenda():
                match due:
                    case "reading":
                        self._chat(stretch, moment)
                        if stretch.runs(moment):
                            self._read(moment)
                    case "award":
                        name = "missed it, and was awarded"
                        self._award(moment, name, at(stretch.missed, "23:30"))
                        self._people[name].active.add(stretch.missed)
                    case "thanks":
                        self._award(moment, "never")
                        self._people["never"].active.add(moment.date())
                    case "night":
                        nights.append(self._night(moment))
            self._check_the_end(moment + timedelta(hours=1), nights[-1])
        streaks = {
            name: (found["current_streak"], found["longest_streak"])
            for name, found in streaks_in(nights[-1]).items()
        }
        return Lived(list(map(without_seconds, nights)), self._recorded_days(), streaks)

    def _chat(self, stretch: Stretch, moment: datetime) -> None:
        for name, habit in HABITS.items():
            if name == "newcomer" and moment.date() < stretch.newcomer:
                continue
            if IDS[name] not in self._board.players:
                self._board.join(IDS[name], 1000, name)
            if habit(stretch, moment):
                self._board.gain(IDS[name], 137)
                self._gained.add(name)

    def _read(self, moment: datetime) -> None:
        self._job(moment, "sync", "--enroll-all")
        for name in self._gained & self._people.keys():
            self._people[name].gained(self._seen_at, moment)
        for name in HABITS:
            if IDS[name] in self._board.players:
                self._people.setdefault(name, Person(moment.date()))
        self._gained, self._seen_at = set(), moment

    def _night(self, moment: datetime) -> str:
        self._job(moment, "streaks")
        listed = self._list(moment)
        through = self._seen_at.date() - DAY
        expected = {name: person.standing(through) for name, person in self._people.items()}
        assert streaks_in(listed) == expected, (self._zone, moment)
        return listed

    def _check_the_end(self, moment: datetime, listed: str) -> None:
        """Counting anew changes nothing, and every run was at the moment that was meant."""
        self._job(moment, "streaks", "--rebuild")
        assert self._list(moment) == listed
        self._run(moment, *PROGRAM, "db", "check")
        with open_store(self._database) as store:
            stored = store.sql("SELECT job, started_at FROM sync_run ORDER BY id").fetchall()
        assert [job for job, _ in stored] == [job for job, _ in self._runs]
        for (job, started), (_, meant) in zip(stored, self._runs, strict=True):
            assert meant <= as_moment(started) < meant + SLACK, (self._zone, job)

    def _recorded_days(self) -> list[tuple[str, ...]]:
        with open_store(self._database) as store:
            rows = store.sql(
                """SELECT discord_id, xp_delta, day, grace_from, grace_until
                FROM discord_activity ORDER BY id"""
            )
            return [tuple(map(str, row)) for row in rows]

    def _job(self, moment: datetime, command: str, *arguments: str) -> None:
        self._run(moment, *PROGRAM, command, *arguments)
        self._runs.append((command, moment))

    def _list(self, moment: datetime) -> str:
        return self._run(moment, *PROGRAM, "members", "list", "--format", "json")

    def _award(self, moment: datetime, name: str, earned: datetime | None = None) -> None:
        """Award points by a process of the application, which thinks in local time."""
        local = [] if earned is None else [earned.astimezone(self._zone).isoformat()]
        said = self._run(moment, sys.executable, "-c", AWARD, str(IDS[name]), *local)
        awarded, shown = said.split()
        assert awarded == "True"
        meant = moment.astimezone(self._zone).replace(tzinfo=None)
        assert meant <= datetime.fromisoformat(shown) < meant + SLACK  # it is really that zone

    def _run(self, moment: datetime, *command: str) -> str:
        """Run a process as of a moment, named in UTC whatever the machine's zone."""
        then = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        ran = run_to_end(command, self._environment | clock_at(moment), self._home)
        assert (ran.code, ran.err) == (0, ""), f"{self._zone}, {then}, {command}: {ran.err}"
        return ran.out


def streaks_in(listed: str) -> dict[str, dict[str, Any]]:
    names = ("current_streak", "longest_streak", "last_active_on", "judged_through")
    members = json.loads(listed)["members"]
    return {member["username"]: {name: member[name] for name in names} for member in members}


def without_seconds(listed: str) -> str:
    """Leave out the seconds that a process takes to start."""
    return re.sub(r":\d\dZ", "Z", listed)


@pytest.fixture
def live(usual, tmp_path):
    """Live through the same days on machines with these zones, at once.

    A zone alone has a SQLite file; (zone, address) names another database.
    """

    def live_through(stretch, *machines):
        made = []
        for machine in machines:
            zone, address = machine if isinstance(machine, tuple) else (machine, None)
            home = tmp_path / zone.replace("/", "-")
            home.mkdir()
            address = address or f"sqlite:///{home / 'trc-mee6.db'}"
            made.append(Machine(zone, usual | {"HOME": str(home)}, address, home))
        with ThreadPoolExecutor(len(made)) as pool:
            return list(pool.map(lambda machine: machine.live(stretch), made))

    return live_through


def test_a_month_in_which_clocks_go_forward(live):
    """Whole March 2026; Berlin's change on the 29th."""
    march = Stretch(
        date(2026, 3, 2),
        date(2026, 4, 1),
        missed=date(2026, 3, 13),
        newcomer=date(2026, 3, 9),
        thanked=date(2026, 3, 31),
        off=(
            (at("2026-03-07", "23:57"), at("2026-03-09", "09:00")),
            (at("2026-03-18", "06:00"), at("2026-03-20", "06:00")),
        ),
        nights_without_job=(date(2026, 3, 5), date(2026, 3, 6), date(2026, 4, 1)),
        more_readings=(at("2026-03-29", "00:55"), at("2026-03-29", "01:05")),
    )
    (berlin,) = live(march, "Europe/Berlin")
    # Judged through 31 March: 22 weekdays, of which the 19th and 20th are excused.
    assert berlin.streaks["every weekday"] == (20, 20)
    assert berlin.streaks["missed it, and was awarded"] == (20, 20)
    assert berlin.streaks["missed a day"] == (10, 10)
    assert berlin.streaks["never"] == (1, 1)


def test_days_in_which_clocks_go_back(live):
    """Cairo's on Thursday the 29th at midnight, New York's on Sunday the 1st.

    Each time the board is read twice at what is half past to the clock on the wall.
    """
    autumn = Stretch(
        date(2026, 10, 27),
        date(2026, 11, 3),
        missed=date(2026, 10, 29),
        newcomer=date(2026, 10, 28),
        thanked=date(2026, 10, 30),
        nights_without_job=(date(2026, 11, 1),),
        more_readings=(
            *(at("2026-10-29", hour) for hour in ("20:30", "21:30")),
            *(at("2026-11-01", hour) for hour in ("05:30", "06:30")),
        ),
    )
    cairo, new_york = live(autumn, "Africa/Cairo", "America/New_York")
    assert cairo == new_york
    assert cairo.streaks["every weekday"] == (5, 5)
    assert cairo.streaks["missed it, and was awarded"] == (5, 5)
    assert cairo.streaks["missed a day"] == (2, 2)


def test_a_leap_day(live, postgres_url):
    leap = Stretch(
        date(2028, 2, 25),
        date(2028, 3, 3),
        missed=date(2028, 2, 29),
        newcomer=date(2028, 2, 28),
        thanked=date(2028, 2, 29),
        nights_without_job=(date(2028, 3, 1),),
    )
    new_york, utc = live(leap, ("America/New_York", postgres_url), "UTC")
    assert new_york == utc
    assert utc.streaks["every weekday"] == (5, 5)
    assert utc.streaks["missed it, and was awarded"] == (5, 5)
    assert utc.streaks["missed a day"] == (2, 2)


def test_a_years_end_at_both_ends_of_the_world(live):
    """It is never the same day in Kiritimati (UTC+14) and on Niue (UTC-11)."""
    end_of_year = Stretch(
        date(2026, 12, 30),
        date(2027, 1, 5),
        missed=date(2027, 1, 1),
        newcomer=date(2026, 12, 31),
        thanked=date(2026, 12, 31),
        nights_without_job=(date(2027, 1, 2),),
    )
    kiritimati, niue = live(end_of_year, "Pacific/Kiritimati", "Pacific/Niue")
    assert kiritimati == niue
    assert kiritimati.streaks["every weekday"] == (4, 4)
    assert kiritimati.streaks["missed it, and was awarded"] == (4, 4)
    assert kiritimati.streaks["missed a day"] == (1, 2)
