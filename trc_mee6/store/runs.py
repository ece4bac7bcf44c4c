"""The record of every run, and what follows from it: failures in a row, the last good sync."""

import os
import socket
from datetime import datetime
from typing import Any

from peewee import fn

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
_NEWEST = 20  # runs among which the latest start is
_KILLED = "it ended without a word: killed, its machine went down, or the database went away"


def begin(store: Store, guild_id: int, job: str, sync_id: str, started_at: datetime) -> None:
    """Record that a run started; a run that never ended was killed, and is recorded so.

    The caller holds the job's lock, so no other run of it can be under way.
    """
    with store.database.atomic():
        SyncRun.update(
            status=Status.FAILED, reason=_KILLED, exit_code=137, finished_at=started_at
        ).where(SyncRun.guild_id == guild_id, SyncRun.job == job, SyncRun.status == "running").bind(
            store.database
        ).execute()
        SyncRun.insert(
            sync_id=sync_id,
            guild_id=guild_id,
            job=job,
            status="running",
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=started_at,
        ).bind(store.database).execute()


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


def trouble_since(store: Store, guild_id: int, job: str, before: str | None) -> datetime | None:
    """Return when the first run started that failed or was held since one did its work.

    Args:
        before: the run with this sync_id, and later ones, are left out of account; None for none.
    """
    of_job = (SyncRun.guild_id == guild_id) & (SyncRun.job == job)
    if before is not None:
        this = SyncRun.select(SyncRun.id).where(SyncRun.sync_id == before)
        of_job &= SyncRun.id < this
    last_good = SyncRun.select(fn.COALESCE(fn.MAX(SyncRun.id), 0)).where(of_job, _DID_ITS_WORK)
    first = (
        SyncRun.select(SyncRun.started_at)
        .where(of_job, SyncRun.status.in_((*FAILED, Status.HELD)), SyncRun.id > last_good)
        .order_by(SyncRun.id)
        .bind(store.database)
        .first()
    )
    return None if first is None else first.started_at


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
