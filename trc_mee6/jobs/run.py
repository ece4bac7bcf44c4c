"""What is around every job of cron's: lock, run record, how it ended, failures in a row.

1. The lock is taken; who comes second is told who has it and does nothing.
2. The run is recorded as running; an earlier one that never ended is recorded as killed.
3. The job does its work and returns a report. A job of the board records it itself, in the
   transaction that applied the observations; `finished` does it for all others.
4. Whoever wants to know is told how it began and ended (R17, `jobs/telling.py`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from trc_mee6.clock import unique_id
from trc_mee6.errors import DatabaseUnavailable, Interrupted, LockHeld, TrcMee6Error
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.telling import tell_end, tell_start
from trc_mee6.log import about, log
from trc_mee6.report import RunReport, Status
from trc_mee6.store import runs
from trc_mee6.store.connect import is_database_error, what_failed
from trc_mee6.store.locks import run_lock

R = TypeVar("R", bound=RunReport)


def recorded_run(job: Job, lock: str, blank: R, work: Callable[[R], R]) -> R:
    """Run `work` on a report that says only what and when, and return what it made of it.

    Args:
        lock: what no two runs of this guild may have at once.
        blank: a failed report that says only which command it is of.

    Raises:
        Exception: whatever is not understood, after it was recorded.
    """
    command = blank.command
    try:
        with run_lock(job.store, f"{lock}-{job.guild_id}", command, job.clock.now()):
            at = _start(job)
            sync_id = unique_id(at)
            with about(job=command, guild_id=str(job.guild_id), sync_id=sync_id):
                started = replace(blank, started_at=at, sync_id=sync_id)
                killed = None
                if not job.dry_run:
                    killed = runs.begin(job.store, job.guild_id, command, sync_id, at)
                tell_start(job, started, killed)
                report = _worked(job, started, work)
                tell_end(job, report)
            return report
    except LockHeld as error:
        return replace(blank, status=Status.LOCKED, reason=str(error), exit_code=error.exit_code)


def ended(report: R, status: Status, exit_code: int, reason: str | None) -> R:
    """Return the report with how the run ended."""
    return replace(report, status=status, exit_code=exit_code, reason=reason)


def finished(job: Job, report: R) -> R:
    """Return the report with its end, and record it unless the run is dry.

    A run ends once: if an end of it is there, committed with what it did, that is returned.
    """
    if job.stop.signum is not None and report.exit_code == 0:
        report = ended(
            report,
            Status.INTERRUPTED,
            128 + job.stop.signum,
            f"stopped by signal {job.stop.signum}",
        )
    report = replace(report, finished_at=max(job.clock.now(), report.started_at or job.clock.now()))
    if job.dry_run:
        return report
    before, job.stop.last_report = job.stop.last_report, report
    recorded = runs.finish(job.store, report)
    if not recorded and isinstance(before, type(report)) and before.sync_id == report.sync_id:
        job.stop.last_report = before
        return before
    return report


def _worked(job: Job, started: R, work: Callable[[R], R]) -> R:
    try:
        report = work(started)
        return report if report.finished_at else finished(job, report)
    except Interrupted as signal:
        return _interrupted(job, started, signal.signum)
    except Exception as error:
        if job.stop.insisted and job.stop.signum is not None:  # so SQLite puts it, for one
            return _interrupted(job, started, job.stop.signum)
        if isinstance(error, TrcMee6Error):
            return finished(job, ended(started, Status.FAILED, error.exit_code, str(error)))
        _record_unexpected(job, started, error)
        raise


def _interrupted(job: Job, started: R, signum: int) -> R:
    job.store.undo()
    said = f"stopped by signal {signum}; what was under way was undone, the next run carries on"
    return finished(job, ended(started, Status.INTERRUPTED, 128 + signum, said))


def _record_unexpected(job: Job, started: RunReport, error: Exception) -> None:
    if is_database_error(error):
        code, said = DatabaseUnavailable.exit_code, f"the database failed: {what_failed(error)}"
    else:
        code, said = 1, f"unexpected: {type(error).__name__}"
    try:
        tell_end(job, finished(job, ended(started, Status.FAILED, code, said)))
    except Exception as second:
        log.debug("run.not_recorded", reason=str(second))


def _start(job: Job) -> datetime:
    """Return the moment that all observations of the run carry, never before an earlier run."""
    now = job.clock.now()
    latest = runs.latest_start(job.store, job.guild_id)
    if latest is not None and latest > now:
        log.warning("clock.behind", now=now.isoformat(), last_run=latest.isoformat())
        return latest
    return now
