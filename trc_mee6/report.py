"""What jobs answer, as plain values: made by the jobs and the store, and rendered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from trc_mee6.rules.days import Period
from trc_mee6.rules.forecast import Outlook
from trc_mee6.rules.streaks import DayKind, Kind, Span


class Status(StrEnum):
    """Why a run ended."""

    OK = "ok"
    PARTIAL = "partial"
    HELD = "held"
    RATE_LIMITED = "rate_limited"
    COOLING_DOWN = "cooling_down"
    DISABLED = "disabled"
    LOCKED = "locked"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MemberCounts:
    """Members touched by a run.

    Attributes:
        tracked: linked members of the guild.
        observed: of them, those observed, present or absent.
        baselined: given a baseline.
        changed: whose XP total changed.
        absent: observed as not on the board.
        reset: of the baselined, those that had one before (`backfill-baseline --reset`).
        enrolled: new to the registry because seen on the board.
    """

    tracked: int = 0
    observed: int = 0
    baselined: int = 0
    changed: int = 0
    absent: int = 0
    reset: int = 0
    enrolled: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a run did, or would do, to one member.

    Attributes:
        kind: "baseline" or "xp".
        xp_total: the new total.
        xp_delta: its change, None for a baseline.
        points: points moved.
    """

    discord_id: int
    username: str | None
    kind: str
    xp_total: int
    xp_delta: int | None
    points: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """What all runs have in common: which, how it ended, when and why."""

    command: str
    status: Status
    guild_id: int | None
    sync_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    dry_run: bool = False
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport(RunReport):
    """What one run of `sync` or `backfill-baseline` did; XP and points are never negative."""

    requests: int = 0
    pages: int = 0
    complete_sweep: bool = False
    players_seen: int = 0
    members: MemberCounts = field(default_factory=MemberCounts)
    xp_gained: int = 0
    xp_lost: int = 0
    points_awarded: int = 0
    points_deducted: int = 0
    cooldown_until: datetime | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class StreakCounts:
    """Linked members by what a run of `streaks` made of them; the four add up to the total.

    Attributes:
        extended, broken, unchanged: judged through yesterday, their streak longer than before,
            shorter, or the same.
        pending: not observed since yesterday ended, so not judged to its end.
    """

    total: int = 0
    extended: int = 0
    broken: int = 0
    unchanged: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class StreaksReport(RunReport):
    """What one run of `streaks` did.

    Attributes:
        judged_through: the last day that could be judged of anybody, None if there was none.
        rebuilt: judged from the first day on.
    """

    judged_through: date | None = None
    rebuilt: bool = False
    members: StreakCounts = field(default_factory=StreakCounts)


class Ranked(NamedTuple):
    """One line of a leaderboard; equal values share a rank and the next rank is skipped.

    Streaks are None until they are judged.

    Attributes:
        points: booked in the period.
        xp: the total now.
        xp_gained: in the period; for all time, since the member's baseline.
        rank_before: in the period before; None if there is no such period, for who had nothing
            in it, and for who was further down than ranks were compared.
        is_new: there is a period before, and the member had nothing in it but has now.
        gap: what this member has more of what is ranked by than the one asked for.
        trend: XP gained on each of the last days, the newest last.
    """

    rank: int
    discord_id: int
    member_id: str | None
    username: str | None
    points: int
    xp: int | None
    xp_gained: int
    level: int | None
    messages: int | None
    current_streak: int | None = None
    longest_streak: int | None = None
    last_active_on: date | None = None
    rank_before: int | None = None
    gap: int | None = None
    trend: tuple[int, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Who is where; `entries` can be read once.

    Attributes:
        before: the period that ranks are compared with, None if they do not depend on a period.
        active: only members with so much XP in the last 30 days are ranked, None for all.
        around: whose neighbours the entries are, None for the first ones.
        has_trend: entries have one.
        source: the only source whose points count, None for all.
        source_known: False if no line of the guild's ledger has the source.
    """

    guild_id: int
    guild_name: str | None
    generated_at: datetime
    by: str
    period: Period
    total_members: int
    entries: Iterator[Ranked]
    source: str | None = None
    source_known: bool = True
    before: Period | None = None
    active: int | None = None
    around: int | None = None
    has_trend: bool = False


class Standing(NamedTuple):
    """How a member stands in one ranking of a site.

    Attributes:
        ranked: None if the member is not in it.
    """

    period: Period
    ranked: Ranked | None


class MemberDay(NamedTuple):
    """A day of a member, and what was gained on it; either may be negative."""

    day: date
    kind: Kind
    xp: int
    points: int


@dataclass(frozen=True, slots=True)
class ListedMember:
    """One listed member, for a page of their own.

    Attributes:
        ranked: in the first ranking that lists the member.
        standings: in all rankings of the site.
        points: of all time and sources.
        days: of the last 53 weeks, from the first observation on.
    """

    ranked: Ranked
    standings: tuple[Standing, ...]
    points: int
    days: list[MemberDay]


@dataclass(frozen=True, slots=True)
class Published:
    """What came of the files of a site.

    Attributes:
        unchanged: those that held already what they were to hold.
        removed: pages of members who are no longer listed, and of periods no longer asked for.
    """

    written: int
    unchanged: int
    removed: int


@dataclass(frozen=True, slots=True)
class MemberState:
    """One member; what was never observed is None. Streaks are None until they are judged."""

    discord_id: int
    member_id: str | None
    username: str | None
    linked: bool
    xp_total: int | None
    baseline_xp: int | None
    leftover_xp: int
    points: int
    mee6_points: int
    level: int | None
    messages: int | None
    last_observed_at: datetime | None
    current_streak: int | None = None
    longest_streak: int | None = None
    last_active_on: date | None = None
    judged_through: date | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of discord_activity."""

    activity_type: str
    xp_delta: int | None
    xp_total: int | None
    window_start: datetime | None
    synced_at: datetime
    day: date | None
    sync_id: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """One line of the points ledger."""

    source: str
    key: str
    points: int
    occurred_at: datetime
    day: date | None
    reason: str | None


class LedgerLine(NamedTuple):
    """One line of the points ledger, and whose it is.

    Attributes:
        member_id: as it was when the line was booked.
        balance: the member's points after it; the lines count in the order of booking.
        day: None for XP credited from the past.
    """

    discord_id: int
    member_id: str | None
    username: str | None
    source: str
    key: str
    points: int
    balance: int
    occurred_at: datetime
    day: date | None
    reason: str | None
    recorded_at: datetime


class DaySum(NamedTuple):
    """What one source of points came to on one day; neither part is negative."""

    day: date | None
    source: str
    lines: int
    members: int
    awarded: int
    deducted: int
    points: int


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """Ledger lines, newest first; `lines` can be read once.

    Attributes:
        member: whose lines, None for everybody's.
        limit: how many at most, None for all.
    """

    guild_id: int
    member: MemberState | None
    lines: Iterator[LedgerLine]
    limit: int | None


@dataclass(frozen=True, slots=True)
class LedgerSums:
    """The ledger by day and source, newest day first; `days` can be read once."""

    guild_id: int
    days: Iterator[DaySum]
    limit: int | None


@dataclass(frozen=True, slots=True)
class Awarded:
    """What an award or an adjustment did, or (dry run) would do.

    Attributes:
        awarded: booked now; False if the key had booked the same before (R4).
        line: as it is booked, now or then; its balance is the member's now.
        leftover: the member's XP carried to the next change.
    """

    guild_id: int
    awarded: bool
    line: LedgerLine
    leftover: int
    dry_run: bool = False


class SourcePoints(NamedTuple):
    """What one source of points comes to for a member, in so many lines of the ledger."""

    source: str
    lines: int
    points: int


@dataclass(frozen=True, slots=True)
class XpAccount:
    """What a member's points from XP are made of since the newest baseline (R1).

    Attributes:
        baseline_xp, baseline_at: None without a baseline.
        awarded_xp: not on the board.
        points_before: points from XP at the time of the baseline.
        xp_per_point: None if the guild's ledger was not begun yet.
    """

    xp_total: int | None
    baseline_xp: int | None
    baseline_at: datetime | None
    awarded_xp: int
    points_before: int
    points: int
    leftover_xp: int
    xp_per_point: int | None


class StreakStatus(StrEnum):
    """How far a member's streak is judged."""

    UNOBSERVED = "unobserved"
    UNJUDGED = "unjudged"
    TO_JUDGE_ANEW = "to_judge_anew"  # after an award for a day that was judged
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class StreakAccount:
    """What a member's current streak rests on (R10).

    Attributes:
        judged_through: the day before the first that is not judged, None if none was.
        observed_through: the last day that was over when the member was last observed.
        pending: linked, and days are over that were not observed to their end.
        counts_from: the first day that counts, None without a streak.
        last_inactive_on: the last judged day that ended one, None if none did.
    """

    status: StreakStatus
    first_observed_on: date | None = None
    judged_through: date | None = None
    observed_through: date | None = None
    pending: bool = False
    counts_from: date | None = None
    last_inactive_on: date | None = None


@dataclass(frozen=True, slots=True)
class MemberDetails:
    """One member, and how it came to stand so.

    Attributes:
        activity, transactions: the newest lines.
        days: of the last eight weeks, from the first observation on.
        today: the last of the eight weeks.
    """

    state: MemberState
    activity: list[Activity]
    transactions: list[Transaction]
    points_by_source: list[SourcePoints]
    xp: XpAccount
    streak: StreakAccount
    days: list[DayKind]
    today: date


class Target(NamedTuple):
    """What a forecast is of: an XP total, perhaps for the sake of a level or of passing somebody.

    Attributes:
        xp: the total to reach.
        level: None if no level is meant.
        rival: who is to be passed, None if nobody is.
    """

    xp: int
    level: int | None = None
    rival: MemberState | None = None


class Pace(NamedTuple):
    """What a member gained on some whole days, less what a rival gained on them.

    Attributes:
        xp: the sum.
    """

    days: Span
    xp: int

    @property
    def length(self) -> int:
        """How many days."""
        return (self.days.last - self.days.first).days + 1

    @property
    def per_day(self) -> float:
        """The mean."""
        return self.xp / self.length


class Prospect(StrEnum):
    """What a forecast comes to."""

    EXPECTED = "expected"
    REACHED = "reached"
    NEVER = "never"  # at this pace
    FAR = "far"  # not within a hundred years
    UNKNOWN = "unknown"  # too few days are known


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a member reaches something.

    Attributes:
        xp: the member's XP total.
        observed_at: as of when XP totals are known; the days of the outlook count from it.
        pace, outlook: None if the target is reached, or too few days are known.
        possible_on: the day from which on enough days are known.
    """

    guild_id: int
    generated_at: datetime
    member: MemberState
    xp: int
    target: Target
    observed_at: datetime
    possible_on: date
    pace: Pace | None = None
    outlook: Outlook | None = None

    @property
    def xp_needed(self) -> int:
        """What is missing, 0 if nothing is."""
        return max(0, self.target.xp - self.xp)

    @property
    def prospect(self) -> Prospect:
        """What the forecast comes to."""
        if not self.xp_needed:
            return Prospect.REACHED
        if self.pace is None or self.outlook is None:
            return Prospect.UNKNOWN
        if self.pace.xp <= 0:
            return Prospect.NEVER
        return Prospect.FAR if self.outlook.expected is None else Prospect.EXPECTED

    @property
    def expected_on(self) -> date | None:
        """The day on which it is expected, None for not within a hundred years."""
        return self._on(self.outlook and self.outlook.expected)

    @property
    def earliest_on(self) -> date | None:
        """The first day of the range, None for not within a hundred years."""
        return self._on(self.outlook and self.outlook.earliest)

    @property
    def latest_on(self) -> date | None:
        """The last day of the range, None for not within a hundred years."""
        return self._on(self.outlook and self.outlook.latest)

    def _on(self, days: int | None) -> date | None:
        return None if days is None else self.observed_at.date() + timedelta(days=days)


class GrowthLine(NamedTuple):
    """How one member's value went.

    Attributes:
        values: as the period began, then at the end of each of its days; None where not known yet.
    """

    discord_id: int
    username: str | None
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """How members grew from day to day, who has most at the end first.

    Attributes:
        by: gain (XP gained since the period began), xp (the total), points (the balance) or
            points_gained (since the period began).
        since, until: the first and last day.
    """

    guild_id: int
    guild_name: str | None
    by: str
    since: date
    until: date
    lines: tuple[GrowthLine, ...]


class LevelCount(NamedTuple):
    """How many members are at a level."""

    level: int
    members: int


@dataclass(frozen=True, slots=True)
class Levels:
    """How many linked members are at each level, lowest first; levels without any are left out."""

    guild_id: int
    guild_name: str | None
    counts: tuple[LevelCount, ...]


@dataclass(frozen=True, slots=True)
class ActivityHours:
    """In which hours of the week (UTC) members gained XP.

    Attributes:
        since, until: the first and last day; None if nothing was gained.
        xp: for each weekday from Monday, for each of its 24 hours.
        unplaced: XP of observations too far apart to tell the hour.
    """

    guild_id: int
    guild_name: str | None
    since: date | None
    until: date | None
    xp: tuple[tuple[int, ...], ...]
    unplaced: int


class YearDay(NamedTuple):
    """What a member gained on a day, and what the day is for the streak.

    Attributes:
        kind: None before the member was first observed.
    """

    day: date
    xp: int
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's year, day by day.

    Attributes:
        counts_from: the first day of the current streak, None without one.
    """

    guild_id: int
    guild_name: str | None
    state: MemberState
    days: tuple[YearDay, ...]
    counts_from: date | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One row of sync_run as `status` shows it."""

    sync_id: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How one guild stands.

    Attributes:
        runs: newest run of each job, None for one that never ran.
        cooldown_until: None if MEE6 may be asked now.
        held_since: None if not held.
        trouble: what makes it unhealthy, in words; empty if nothing does.
    """

    guild_id: int
    guild_name: str | None
    database: str
    runs: dict[str, RunRecord | None]
    last_good_sync: RunRecord | None
    consecutive_failures: int
    cooldown_until: datetime | None
    held_since: datetime | None
    held_reason: str | None
    members_linked: int
    members_total: int
    trouble: tuple[str, ...]


class Wrong(NamedTuple):
    """A column of `member` that does not hold what follows from the lines."""

    column: str
    stored: Any
    derived: Any


class Finding(NamedTuple):
    """Something about one member that does not add up.

    Attributes:
        what: in words.
        wrong: the columns that can be put right; none if the lines themselves are damaged.
    """

    guild_id: int
    discord_id: int
    what: str
    wrong: tuple[Wrong, ...] = ()


class Repair(NamedTuple):
    """What was put right of one member.

    Attributes:
        left: what is wrong still, in words: the lines contradict each other.
    """

    guild_id: int
    discord_id: int
    changed: tuple[Wrong, ...]
    left: tuple[str, ...]


class JobFigures(NamedTuple):
    """How one job of a guild stands; the totals are of all its runs.

    Attributes:
        runs: finished runs by status.
        last_exit_code, last_seconds: of the newest finished run, None if there is none.
        last_good_at: when the newest run started that did its work.
    """

    job: str
    runs: Mapping[str, int]
    requests: int
    points_awarded: int
    points_deducted: int
    last_exit_code: int | None
    last_seconds: float | None
    last_good_at: datetime | None
    consecutive_failures: int


@dataclass(frozen=True, slots=True)
class GuildFigures:
    """How a guild stands, in numbers.

    Attributes:
        players: on the board when it was last read to its end, None if it never was.
        cooldown_until: None if MEE6 may be asked now.
    """

    guild_id: int
    jobs: tuple[JobFigures, ...]
    players: int | None
    members_linked: int
    members_total: int
    cooldown_until: datetime | None
    held: bool


class Arrival(NamedTuple):
    """How a test message fared.

    Attributes:
        problem: why it did not arrive, None if it did.
    """

    receiver: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Copied:
    """What `db copy` copied, or would have.

    Attributes:
        source, target: addresses, without any password.
        rows: how many, by table.
        findings: how many things the audit finds wrong in the copy, and so in what was copied;
            None for a dry run.
    """

    source: str
    target: str
    rows: dict[str, int]
    findings: int | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Posted:
    """What `leaderboard --post` sent to Discord, or would have.

    Attributes:
        status: "posted" as a new message, or "edited".
        message_id: None for a dry run that would post.
        entries: those members of the leaderboard that stand in the message.
        title, description: the text of it, in Discord's Markdown.
        has_chart: the chart is in it.
    """

    status: str
    message_id: int | None
    entries: tuple[Ranked, ...]
    title: str
    description: str
    has_chart: bool
    dry_run: bool
