"""The audit: everything stored about a member against the lines that it came from.

One pass in step over members, activity and ledger, each in order of their members, so that only
one member is in memory at a time. What a member's lines come to is worked out anew, by the same
rules that wrote it, and compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from trc_mee6.report import Finding, Wrong
from trc_mee6.rules.days import day_of_gain
from trc_mee6.rules.points import SOURCE, move
from trc_mee6.rules.streaks import Span, Streak, covered_days, grace_of_gain, judged
from trc_mee6.store.connect import Store, refuse_damaged
from trc_mee6.store.gains import rebuild_gains
from trc_mee6.store.members import last_observation
from trc_mee6.store.moments import as_day, as_moment, known_day

_MEMBERS = f"""SELECT m.guild_id, m.discord_id, m.xp_total, m.baseline_xp, m.baseline_points,
        m.awarded_xp, m.leftover_xp, m.mee6_points, m.points, m.first_observed_at,
        m.current_streak, m.longest_streak, m.last_active_on, m.judged_before,
        {last_observation("m", "g.swept_at")}, m.baseline_at, m.presumed_zero, g.xp_per_point
    FROM member AS m LEFT JOIN guild AS g ON g.guild_id = m.guild_id"""
_ACTIVITY = """SELECT m.guild_id, m.discord_id, m.activity_type, m.xp_delta, m.xp_total,
        m.window_start, m.synced_at, m.day, m.sync_id, m.grace_from, m.grace_until
    FROM discord_activity AS m"""
_LEDGER = """SELECT m.guild_id, m.discord_id, m.source, m.key, m.points, m.day
    FROM point_transaction AS m"""
_GAINS = "SELECT m.guild_id, m.discord_id, m.unit, m.since, m.xp, m.points FROM member_gain AS m"
_GAINED = "gains"  # in the place of a column: rows of member_gain
_ONE = "WHERE m.guild_id = :guild_id AND m.discord_id = :discord_id"


def findings(store: Store) -> Iterator[Finding]:
    """Give everything that does not add up, over all guilds of the database, by member.

    Raises:
        DatabaseUnavailable: a SQLite file is damaged.
    """
    refuse_damaged(store)
    with store.snapshot():
        yield from findings_within(store)


def findings_within(store: Store) -> Iterator[Finding]:
    """Give the same as `findings`; inside a transaction."""
    return _findings(store, "")


def findings_of(store: Store, guild_id: int, discord_id: int) -> list[Finding]:
    """Return what does not add up about one member; inside a transaction."""
    return list(_findings(store, _ONE, guild_id=guild_id, discord_id=discord_id))


def repair(store: Store, guild_id: int, discord_id: int) -> list[Wrong]:
    """Put right what is derived of one member, never the lines, and return what was changed.

    Call it inside `store.writing`.
    """
    changed = []
    for finding in findings_of(store, guild_id, discord_id):
        for wrong in finding.wrong:
            changed.append(wrong)
            if wrong.column == _GAINED:
                rebuild_gains(store, guild_id, discord_id)
                continue
            store.sql(
                f"UPDATE member AS m SET {wrong.column} = :derived {_ONE}",
                guild_id=guild_id,
                discord_id=discord_id,
                derived=wrong.derived,
            )
    return changed


def members_audited(store: Store) -> int:
    """Return how many members there are to audit."""
    return int(store.row("SELECT count(*) FROM member")[0])


def members_unjudged(store: Store) -> int:
    """Return how many observed members have no streak to audit: it is to be judged anew."""
    row = store.row(
        "SELECT count(*) FROM member WHERE judged_before IS NULL AND first_observed_at IS NOT NULL"
    )
    return int(row[0])


def _findings(store: Store, where: str, **who: int) -> Iterator[Finding]:
    order = f"{where} ORDER BY m.guild_id, m.discord_id"
    with ExitStack() as streams:

        def stream(query: str) -> Iterator[Any]:
            return streams.enter_context(closing(store.stream(query, **who)))

        members = stream(f"{_MEMBERS} {order}")
        activity = _InStep(stream(f"{_ACTIVITY} {order}, m.id"))
        ledger = _InStep(stream(f"{_LEDGER} {order}, m.id"))
        gains = _InStep(stream(f"{_GAINS} {order}"))
        for row in members:
            key = (row[0], row[1])
            yield from _strays(activity.before(key), ledger.before(key), gains.before(key))
            history = _History.of(activity.of(key), ledger.of(key))
            yield from _audited(row, history)
            yield from _unlike_lines(key, gains.of(key), history.gains)
        yield from _strays(activity.rest(), ledger.rest(), gains.rest())


_Key = tuple[int, int]


class _InStep:
    """Rows in order of their members, taken member by member."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, key: _Key) -> Iterator[Any]:
        """Give the rows of this member."""
        while self._next is not None and (self._next[0], self._next[1]) == key:
            yield self._next
            self._next = next(self._rows, None)

    def before(self, key: _Key) -> Iterator[_Key]:
        """Give whom the rows before this member's are of."""
        while self._next is not None and (self._next[0], self._next[1]) < key:
            yield (self._next[0], self._next[1])
            self._next = next(self._rows, None)

    def rest(self) -> Iterator[_Key]:
        """Give whom the rows that are left are of."""
        while self._next is not None:
            yield (self._next[0], self._next[1])
            self._next = next(self._rows, None)


def _strays(*of_whom: Iterable[_Key]) -> Iterator[Finding]:
    for key in sorted({key for keys in of_whom for key in keys}):
        yield Finding(*key, "it has ledger lines, activity or sums but is no member")


@dataclass(slots=True)
class _History:
    """What a member's lines come to.

    Attributes:
        first_baseline_at, baseline_at, baseline_xp: None without a baseline.
        on_board, awarded: XP since the newest baseline.
        seen: an observation since then found another total.
        points, from_xp, since: sums of the ledger: of all sources, from XP, from XP since then.
        torn: in words, how the lines contradict each other; nobody can tell then what XP is right.
        misdated: lines count for other days than their windows say.
        gains: XP and points gained by unit and its first day.
    """

    first_baseline_at: datetime | None = None
    baseline_at: datetime | None = None
    baseline_xp: int | None = None
    on_board: int = 0
    awarded: int = 0
    seen: bool = False
    points: int = 0
    from_xp: int = 0
    since: int = 0
    active: set[date] = field(default_factory=set)
    grace: list[Span] = field(default_factory=list)
    torn: set[str] = field(default_factory=set)
    misdated: bool = False
    gains: dict[tuple[str, date], list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, activity: Iterable[Any], ledger: Iterable[Any]) -> "_History":
        """Add up a member's lines, in their order."""
        history = cls()
        earlier, latest = history._take_activity(activity)
        history._take_ledger(ledger, earlier, latest)
        return history

    def _take_activity(self, rows: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the days of changes of XP by key: those before the newest baseline, and since."""
        earlier: dict[str, Any] = {}
        latest: dict[str, Any] = {}
        for _, _, kind, delta, total, window, at, day, sync_id, grace_from, grace_until in rows:
            if kind == "baseline":
                self.first_baseline_at = self.first_baseline_at or as_moment(at)
                self.baseline_at, self.baseline_xp = as_moment(at), total
                self.on_board, self.awarded, self.seen = 0, 0, False
                earlier |= latest
                latest = {}
            else:
                latest[sync_id] = day
                self._add(kind, delta, total)
                self._gain(day, delta, 0)
                if delta > 0 and day is not None:
                    self.active.add(known_day(day))
            if grace_until is not None:
                self.grace.append(Span(known_day(grace_from), known_day(grace_until)))
            if window is not None:
                dated = (as_day(day), as_day(grace_from), as_day(grace_until))
                self.misdated |= dated != _dated(window, at, kind == "baseline", (delta or 1) > 0)
        return earlier, latest

    def _gain(self, stored_day: Any, xp: int, points: int) -> None:
        if stored_day is None:
            return
        day = known_day(stored_day)
        for sums in (("day", day), ("month", day.replace(day=1))):
            gained = self.gains.setdefault(sums, [0, 0])
            gained[0] += xp
            gained[1] += points

    def _add(self, kind: str, delta: int, total: int | None) -> None:
        if kind == "award":
            self.awarded += delta
            return
        self.seen = True
        self.on_board += delta
        if total != (self.baseline_xp or 0) + self.on_board:
            self.torn.add("its observations do not follow from one another (R1)")

    def _take_ledger(
        self, rows: Iterable[Any], earlier: dict[str, Any], latest: dict[str, Any]
    ) -> None:
        booked: set[tuple[str, str]] = set()
        for _, _, source, key, points, day in rows:
            self.points += points
            self._gain(day, 0, points)
            if (source, key) in booked:
                self.torn.add("it has two ledger lines of the same source and key (R4)")
            booked.add((source, key))
            if source != SOURCE:
                if points > 0 and day is not None:
                    self.active.add(known_day(day))
                continue
            self.from_xp += points
            self.since += points if key in latest else 0
            if key not in latest and key not in earlier:
                self.torn.add(
                    "it has a ledger line from XP without the observation that made it (R4)"
                )
            elif (latest if key in latest else earlier)[key] != day:
                self.misdated = True


def _unlike_lines(
    key: _Key, rows: Iterable[Any], gains: dict[tuple[str, date], list[int]]
) -> Iterator[Finding]:
    """Compare what is stored of a member's gains with its lines; one difference stands for all."""
    stored = {(unit, known_day(since)): [xp, points] for _, _, unit, since, xp, points in rows}
    if stored != gains:
        first = min(key for key in stored | gains if stored.get(key) != gains.get(key))
        wrong = Wrong(_GAINED, *(_gained(*first, sums.get(first)) for sums in (stored, gains)))
        yield Finding(*key, "its sums by day and month are not those of its lines (R8)", (wrong,))


def _gained(unit: str, since: date, sums: list[int] | None) -> str:
    return f"{unit} {since}: " + ("nothing" if sums is None else "{} XP, {} points".format(*sums))


@lru_cache(maxsize=4096)  # the windows are of runs, so there are few of them
def _dated(window: Any, at: Any, is_baseline: bool, is_gain: bool) -> tuple[date | None, ...]:  # noqa: FBT001 - a key
    """Return the day that a window's change counts for, and the days that it excuses (R8, R9)."""
    start, end = as_moment(window), as_moment(at)
    if start is None or end is None:
        return (None, None, None)
    if is_baseline:
        return (end.date(), *(covered_days(start, end) or (None, None)))
    return (day_of_gain(start, end), *((is_gain and grace_of_gain(start, end)) or (None, None)))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row of `member`, its last observation and the guild's XP per point."""

    guild_id: int
    discord_id: int
    xp_total: int | None
    baseline_xp: int | None
    baseline_points: int
    awarded_xp: int
    leftover_xp: int
    mee6_points: int
    points: int
    first_observed_at: datetime | None
    current_streak: int | None
    longest_streak: int | None
    last_active_on: date | None
    judged_before: date | None
    observed_at: datetime | None
    baseline_at: datetime | None
    presumed_zero: bool
    xp_per_point: int | None

    def wrong(self, **derived: Any) -> tuple[Wrong, ...]:
        """Return which of these columns hold something else."""
        return tuple(
            Wrong(column, getattr(self, column), value)
            for column, value in derived.items()
            if getattr(self, column) != value
        )


def _audited(row: Sequence[Any], history: _History) -> Iterator[Finding]:
    *numbers, first_at, current, longest, active_on, judged_before, observed_at = row[:15]
    baseline_at, presumed_zero, rate = row[15:]
    values = (
        *numbers, as_moment(first_at), current, longest, as_day(active_on),
        as_day(judged_before), as_moment(observed_at), as_moment(baseline_at),
        bool(presumed_zero), rate,
    )  # fmt: skip
    stored = _Stored(*values)
    who = (stored.guild_id, stored.discord_id)
    for torn in sorted(history.torn):
        yield Finding(*who, torn)
    if history.misdated:
        yield Finding(*who, "it has lines of another day than their windows say (R8, R9)")
    for what, wrong in (*_xp(stored, history), *_sums(stored, history), *_days(stored, history)):
        if wrong is not None:
            yield Finding(*who, what, wrong)


# What could be wrong, and the columns that are; None if nothing is.
_Checked = Iterator[tuple[str, tuple[Wrong, ...] | None]]
_NOT_MADE_UP = "its points from XP and leftover do not make up its XP since the baseline (R1)"


def _xp(stored: _Stored, history: _History) -> _Checked:
    """Check R1 and R3."""
    if not stored.xp_per_point:
        return
    if stored.xp_total is None and stored.baseline_xp is None:
        # Not observed since linked. When that was the lines do not say, so awards since are not
        # known from them; but points and leftover have to make them up.
        points = stored.mee6_points - stored.baseline_points
        if (points, stored.leftover_xp) != move(0, stored.awarded_xp, stored.xp_per_point):
            yield _NOT_MADE_UP, ()
        return
    earned = history.on_board + history.awarded
    points, leftover = move(0, earned, stored.xp_per_point)
    whole = points == history.since and not history.torn and history.baseline_xp is not None
    if points != history.since:
        yield "its ledger lines from XP do not make up its XP since the baseline (R1)", ()
    for what, wrong in (
        (
            "its baseline is not the one recorded last (R3)",
            stored.wrong(baseline_xp=history.baseline_xp, baseline_at=history.baseline_at),
        ),
        (
            "its XP total is not the baseline and the changes recorded since (R1)",
            stored.wrong(
                xp_total=(history.baseline_xp or 0) + history.on_board, awarded_xp=history.awarded
            ),
        ),
        (
            _NOT_MADE_UP,
            stored.wrong(leftover_xp=leftover, baseline_points=history.from_xp - history.since),
        ),
        (
            "it is taken to be at zero for its absence, but was seen since (R5)",
            stored.wrong(presumed_zero=False) if history.seen or history.baseline_xp else (),
        ),
    ):
        if wrong:
            yield what, wrong if whole else ()


def _sums(stored: _Stored, history: _History) -> _Checked:
    wrong = stored.wrong(points=history.points, mee6_points=history.from_xp)
    yield "its stored points are not the sum of its ledger lines", wrong or None


def _days(stored: _Stored, history: _History) -> _Checked:
    """Check R8 to R11; a member who is to be judged anew has no streak to check yet."""
    yield (
        "its first observation is not its first baseline (R3)",
        stored.wrong(first_observed_at=history.first_baseline_at) or None,
    )
    yield (
        "its last active day is not the last of its history (R8)",
        stored.wrong(last_active_on=max(history.active, default=None)) or None,
    )
    if stored.judged_before is None:
        return
    if history.first_baseline_at is None or stored.observed_at is None:
        yield "it is judged but was never observed (R9)", stored.wrong(judged_before=None)
        return
    end = min(stored.judged_before, stored.observed_at.date())
    first = history.first_baseline_at.date()
    streak = judged(Streak(), first, end, history.active, history.grace)
    yield (
        "it is judged for days not observed to their end (R9)",
        (stored.wrong(judged_before=end) or None),
    )
    yield (
        "its streak is not what its days make of it (R10)",
        (stored.wrong(current_streak=streak.current, longest_streak=streak.longest) or None),
    )
