"""The record of every run, and what follows from it: failures in a row, the last good sync."""

import os
import socket
from datetime import datetime
from typing import Any

from trc_mee6.report import (
    MemberCounts,
    RunRecord,
    RunReport,
    Status,
    StreaksReport,
    SyncReport,
)
from trc_mee6.store.connect import Store
from trc_mee6.store.tables import SyncRun

FAILED = (Status.FAILED, Status.RATE_LIMITED)
# A run cut short by --max-runtime did its work if it had the time to read anything.
_DID_ITS_WORK = (SyncRun.status == Status.OK) | (
    (SyncRun.status == Status.PARTIAL) & (SyncRun.pages > 0) & (SyncRun.exit_code == 0)
)
KILLED = 137  # exit code, as a shell tells of SIGKILL
_NEWEST = 20  # runs among which the latest start is
_KILLED = "it ended without a word: killed, its machine went down, or the database went away"


def begin(
    store: Store, guild_id: int, job: str, sync_id: str, started_at: datetime
) -> RunRecord | None:
    """Record that a run started; a run that never ended was killed, and is recorded so.

    The caller holds the job's lock, so no other run of it can be under way.

    Returns:
        The run that was killed, None if none was.
    """
    with store.database.atomic():
        killed = (
            SyncRun.update(
                status=Status.FAILED, reason=_KILLED, exit_code=KILLED, finished_at=started_at
            )
            .where(SyncRun.guild_id == guild_id, SyncRun.job == job, SyncRun.status == "running")
            .bind(store.database)
            .execute()
        )
        ended = last(store, guild_id, job) if killed else None
        SyncRun.insert(
            sync_id=sync_id,
            guild_id=guild_id,
            job=job,
            status="running",
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=started_at,
        ).bind(store.database).execute()
    return ended


def finish(store: Store, report: RunReport) -> bool:
    """Record how a run ended, once: what was committed with the observations stands.

    Returns:
        False if an end was there.
    """
    this = (SyncRun.sync_id == report.sync_id) & (SyncRun.status == "running")
    return bool(SyncRun.update(**numbers(report)).where(this).bind(store.database).execute())


def numbers(report: RunReport) -> dict[str, Any]:
    """Return how a run ended, by the columns of sync_run."""
    columns = ["status", "finished_at", "exit_code", "reason"]
    members: dict[str, int] = {}
    if isinstance(report, StreaksReport):
        counts = report.members
        members = {
            "members_tracked": counts.total,
            "members_observed": counts.total - counts.pending,
            "members_changed": counts.extended + counts.broken,
        }
    elif isinstance(report, SyncReport):
        columns += ["requests", "pages", "complete_sweep", "players_seen", "xp_gained", "xp_lost",
                    "points_awarded", "points_deducted", "cooldown_until"]  # fmt: skip
        members = {f"members_{name}": getattr(report.members, name)
                   for name in MemberCounts.__slots__}  # fmt: skip
    return members | {name: getattr(report, name) for name in columns}


def did_its_work(report: RunReport) -> bool:
    """Say whether a run ends a row of failures."""
    if isinstance(report, SyncReport) and report.status is Status.PARTIAL:
        return report.pages > 0 and report.exit_code == 0
    return report.status is Status.OK


def last(
    store: Store, guild_id: int, job: str, *, good: bool = False, ended: bool = False
) -> RunRecord | None:
    """Return the newest run of a job, or the newest that did its work, or that ended."""
    query = (
        SyncRun.select()
        .where(SyncRun.guild_id == guild_id, SyncRun.job == job)
        .order_by(SyncRun.id.desc())
    )
    if good:
        query = query.where(_DID_ITS_WORK)
    if ended:
        query = query.where(SyncRun.status != "running")
    run = query.bind(store.database).first()
    if run is None:
        return None
    return RunRecord(
        run.sync_id, run.status, run.started_at, run.finished_at, run.exit_code, run.reason
    )


def latest_start(store: Store, guild_id: int) -> datetime | None:
    """Return the latest start of any run of this guild.

    Runs of several jobs and hosts may be recorded in another order than they started in, but not
    by many.
    """
    newest = (
        SyncRun.select(SyncRun.started_at)
        .where(SyncRun.guild_id == guild_id)
        .order_by(SyncRun.id.desc())
        .limit(_NEWEST)
        .bind(store.database)
    )
    return max((run.started_at for run in newest), default=None)


def failures_in_a_row(store: Store, guild_id: int, job: str) -> int:
    """Return how many runs of a job failed since the last that did its work (R17).

    A run that was held, interrupted, cooling down or switched off counts neither way.
    """
    of_job = (SyncRun.guild_id == guild_id) & (SyncRun.job == job)
    last_good = (
        SyncRun.select(SyncRun.id)
        .where(of_job, _DID_ITS_WORK)
        .order_by(SyncRun.id.desc())
        .bind(store.database)
        .first()
    )
    return int(
        SyncRun.select()
        .where(of_job, SyncRun.status.in_(FAILED), SyncRun.id > (last_good.id if last_good else 0))
        .bind(store.database)
        .count()
    )


def last_trouble(store: Store, guild_id: int, job: str) -> tuple[datetime, datetime | None] | None:
    """Return when the newest row of runs began that failed or were held, and when it was over.

    Each is when a run started: the first of the row, and the first after it that did its work.
    """
    of_job = (SyncRun.guild_id == guild_id) & (SyncRun.job == job)
    bad = SyncRun.status.in_((*FAILED, Status.HELD))

    def started(which: Any, *, newest: bool = False) -> SyncRun | None:
        order = SyncRun.id.desc() if newest else SyncRun.id
        query = SyncRun.select(SyncRun.id, SyncRun.started_at).where(of_job, which)
        found: SyncRun | None = query.order_by(order).bind(store.database).first()
        return found

    last_bad = started(bad, newest=True)
    if last_bad is None:
        return None
    good_before = started(_DID_ITS_WORK & (SyncRun.id < last_bad.id), newest=True)
    first = started(bad & (SyncRun.id > (good_before.id if good_before else 0)))
    over = started(_DID_ITS_WORK & (SyncRun.id > last_bad.id))
    return (first or last_bad).started_at, over.started_at if over else None


def last_complete_sweep(store: Store, guild_id: int) -> tuple[int, int] | None:
    """Return the pages and players of the board when it was last read to its end."""
    run = (
        SyncRun.select(SyncRun.pages, SyncRun.players_seen)
        .where(SyncRun.guild_id == guild_id, SyncRun.complete_sweep)
        .order_by(SyncRun.id.desc())
        .bind(store.database)
        .first()
    )
    return None if run is None else (run.pages, run.players_seen)
