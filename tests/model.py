"""R1 to R11 told in the plainest way: what a history should come to, counted anew each time.

The model knows nothing of deltas, leftovers, batches or tables. It keeps what was observed of each
person and when; points are the whole points in the XP since the newest baseline, and a streak is
found by walking over all days from the first on, measuring each window anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
Window = tuple[datetime, datetime]


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def time_by_day(start: datetime, end: datetime) -> dict[date, timedelta]:
    """How much of each UTC day lies between two moments."""
    days, day = {}, start.date()
    while day <= end.date():
        days[day] = min(end, start_of(day + DAY)) - max(start, start_of(day))
        day += DAY
    return days


@dataclass
class Person:
    """A member as the model sees one; XP None: no baseline."""

    linked: bool = True
    xp: int | None = None
    base: int = 0
    kept: int = 0  # points at the newest baseline
    awarded_xp: int = 0  # since then
    awarded_points: int = 0
    presumed_zero_at: datetime | None = None
    on_board: bool = False  # at the last complete sweep
    first: datetime | None = None  # observation
    last: datetime | None = None  # observation
    gains: list[Window] = field(default_factory=list)
    blind: list[Window] = field(default_factory=list)  # before new baselines
    awarded_on: set[date] = field(default_factory=set)

    def points(self) -> int:
        return self.kept + self._earned() // 100 + self.awarded_points

    def leftover(self) -> int:
        return self._earned() % 100

    def _earned(self) -> int:
        return self.awarded_xp + (0 if self.xp is None else self.xp - self.base)

    def award_xp(self, xp: int, day: date) -> None:
        self.awarded_xp += xp
        if xp > 0:
            self.awarded_on.add(day)

    def award_points(self, points: int, day: date) -> None:
        self.awarded_points += points
        if points > 0:
            self.awarded_on.add(day)

    def rebase(self, xp: int, now: datetime, *, base: int | None = None, sure: bool = True) -> None:
        """Take a new baseline, the XP itself unless told otherwise; not sure: presumed (R5)."""
        self.kept += self._earned() // 100
        self.awarded_xp = 0
        if self.last is not None:
            self.blind.append((self.last, now))
        self.first = self.first or now
        self.xp, self.last = xp, now
        self.base = xp if base is None else base
        self.presumed_zero_at = None if sure else now

    def observe(self, xp: int | None, now: datetime) -> None:
        """Take an XP total; None where the person is on no page of a complete sweep."""
        if self.xp is None:
            self.rebase(xp or 0, now, sure=xp is not None)
            return
        if xp is not None:
            self._see(xp, now)
        self.last = now

    def _see(self, xp: int, now: datetime) -> None:
        since, self.presumed_zero_at = self.presumed_zero_at, None
        if since is not None and xp > max(1000, 4 * 25 * (now - since).total_seconds() / 60):
            self.rebase(xp, now)
        elif xp > self.xp:
            self.gains.append((self.last, now))
        self.xp = xp

    def relink(self) -> None:
        self.kept += self._earned() // 100
        self.linked, self.xp, self.base, self.awarded_xp = True, None, 0, 0
        self.presumed_zero_at, self.on_board = None, False

    def unlink(self) -> None:
        self.linked = self.on_board = False

    def active_days(self) -> set[date]:
        days = set(self.awarded_on)
        for start, end in self.gains:
            parts = time_by_day(start, end)
            days.add(min(day for day in parts if parts[day] == max(parts.values())))
        return days

    def excused_days(self) -> set[date]:
        return {
            day
            for start, end in self.gains + self.blind
            for day, part in time_by_day(start, end).items()
            if part >= timedelta(hours=12)
        }

    def streak(self) -> tuple[int, int]:
        """The current and longest streak, over all days that are over and observed."""
        current = longest = 0
        active, excused = self.active_days(), self.excused_days()
        day = self.first.date()
        while start_of(day + DAY) <= self.last:
            if day.strftime("%a") not in ("Sat", "Sun"):
                if day in active:
                    current += 1
                elif day not in excused:
                    current = 0
            longest = max(longest, current)
            day += DAY
        return current, longest

    def judged_through(self) -> date:
        return self.last.date() - DAY


Seen = Mapping[int, int]  # XP totals by Discord id


@dataclass
class Model:
    """The members of a guild, and what each kind of run makes of a board."""

    people: dict[int, Person] = field(default_factory=dict)
    held: bool = False

    def linked(self) -> dict[int, Person]:
        return {who: person for who, person in self.people.items() if person.linked}

    def link(self, who: int) -> None:
        if who not in self.people:
            self.people[who] = Person()
        elif not self.people[who].linked:
            self.people[who].relink()

    def unlink(self, who: int) -> None:
        if who in self.people:
            self.people[who].unlink()

    def would_hold(self, seen: Seen, *, complete: bool) -> bool:
        linked = self.linked()
        fallen = [w for w in linked if w in seen and (linked[w].xp or 0) > seen[w]]
        were_on = [w for w in linked if linked[w].on_board]
        gone = [w for w in were_on if w not in seen] if complete else []
        of = len(were_on) if complete else len([w for w in were_on if w in seen])
        drops = len(fallen) + len(gone)
        return drops >= 3 and drops >= 0.2 * of

    def observe(self, seen: Seen, *, complete: bool, now: datetime, enroll: bool = True) -> None:
        """Take what a sync saw."""
        for who in seen if enroll else ():
            self.people.setdefault(who, Person())
        for who, person in self.linked().items():
            if complete or who in seen:
                person.observe(seen.get(who), now)
            if complete:
                person.on_board = who in seen
        if complete:
            self.held = False

    def backfill(self, seen: Seen, now: datetime, *, credit: bool) -> None:
        """Take what a `backfill-baseline` saw of the whole board."""
        for who, person in self.linked().items():
            if person.xp is not None:
                continue
            credited = credit and person.first is None
            there = who in seen
            person.rebase(seen.get(who, 0), now, base=0 if credited else None,
                          sure=there or credited)  # fmt: skip
            person.on_board = there

    def reset(self, seen: Seen, now: datetime) -> None:
        """Take what a `backfill-baseline --reset` saw of the whole board."""
        for who, person in self.linked().items():
            person.rebase(seen.get(who, 0), now, sure=who in seen)
            person.on_board = who in seen
        self.held = False
