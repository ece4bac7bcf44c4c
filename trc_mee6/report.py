"""What jobs answer, as plain values: made by the jobs and the store, and rendered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from trc_mee6.rules.days import Period


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

    Attributes:
        points: booked in the period.
        xp: the total now.
        xp_gained: in the period; for all time, since the member's baseline.
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


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Who is where; `entries` can be read once."""

    guild_id: int
    guild_name: str | None
    generated_at: datetime
    by: str
    period: Period
    total_members: int
    entries: Iterator[Ranked]


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
