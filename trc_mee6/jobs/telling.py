"""What people and services are told of a run: that it began, how it ended, trouble (R17).

Nothing here changes how a run ends. An alert counts as told once somebody took it: told twice is
better than not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from trc_mee6.errors import Interrupted, SchemaBroken
from trc_mee6.jobs.context import Job
from trc_mee6.log import log
from trc_mee6.notify import console
from trc_mee6.notify.events import Alert, Ended, Measured, Outcome, Started
from trc_mee6.render import alert as words
from trc_mee6.render import streaks as of_streaks
from trc_mee6.render import sync as of_sync
from trc_mee6.report import RunRecord, RunReport, Status, StreaksReport, SyncReport
from trc_mee6.rules.alerts import Notice, Trouble, notice
from trc_mee6.store import alerts, guilds, runs
from trc_mee6.store.connect import what_failed

OF_CRON = ("sync", "streaks")  # whose runs nobody watches
_FOR_AN_ALERT = 6.0  # seconds of the patience; the rest is for who else is told


def tell_start(job: Job, report: RunReport, killed: RunRecord | None) -> None:
    """Tell that a run has its lock and begins to work.

    Args:
        killed: the run before it, if that was killed; nobody could tell of it until now.
    """
    with _changing_nothing():
        log.info("run.started")
        if job.dry_run:
            return
        job.telling.tell(Started(report))
        if killed is not None:
            _tell_trouble(
                job,
                replace(
                    report,
                    exit_code=runs.KILLED,
                    sync_id=killed.sync_id,
                    started_at=killed.started_at,
                    reason=killed.reason,
                ),
            )


def tell_end(job: Job, report: RunReport) -> None:
    """Tell how a run ended, and what that means for the row of runs."""
    with _changing_nothing():
        log.info("run.ended", **runs.numbers(report))
        if job.dry_run:
            return
        job.telling.tell(Ended(report, outcome(report), summary(report)))
        with _changing_nothing():
            _tell_figures(job)  # before an alert is waited for
        _tell_trouble(job, report)


@contextmanager
def _changing_nothing() -> Iterator[None]:
    """Log what goes wrong in telling, for the run is as it is."""
    try:
        yield
    except (Exception, Interrupted) as error:
        log.warning("telling.failed", reason=what_failed(error))
        log.debug("telling.traceback", exc_info=True)


def outcome(report: RunReport) -> Outcome:
    """Return what a run's end means for who watches the job."""
    if runs.did_its_work(report):
        return Outcome.GOOD
    return Outcome.BAD if report.status in (*runs.FAILED, Status.HELD) else Outcome.NEITHER


def summary(report: RunReport) -> str:
    """Return the one line that says what happened."""
    match report:
        case SyncReport():
            return of_sync.summary(report)
        case StreaksReport():
            return of_streaks.summary(report)
    return f"{report.command} {report.status}: {report.reason}"


def _tell_trouble(job: Job, report: RunReport) -> None:
    if report.command not in OF_CRON or outcome(report) is Outcome.NEITHER:
        return
    trouble = _trouble(job, report)
    failures = 0
    if trouble is not None:
        failures = runs.failures_in_a_row(job.store, job.guild_id, report.command)
    match notice(trouble, failures, alerts.alerted(job.store, job.guild_id, report.command)):
        case Notice.TROUBLE if trouble is not None:
            console.trouble(report, failures)
            title, text = words.trouble(trouble, _situation(job, report, failures, trouble))
            if _was_heard(job, Alert(title, text, recovered=False)):
                alerts.note_trouble(job.store, job.guild_id, report.command, trouble)
        case Notice.RECOVERY:
            console.recovery()
            title, text = words.recovery(_situation(job, report, failures, None))
            if _was_heard(job, Alert(title, text, recovered=True)):
                alerts.note_recovery(job.store, job.guild_id, report.command)


def _was_heard(job: Job, alert: Alert) -> bool:
    """Send an alert, and say whether a channel took it, or there is none but the log."""
    sent = job.telling.tell(alert)
    job.telling.wait(sent, at_most=_FOR_AN_ALERT)
    return not sent or any(one.problem is None for one in sent)


def _situation(
    job: Job, report: RunReport, failures: int, trouble: Trouble | None
) -> words.Situation:
    guild = guilds.known_guild(job.store, job.guild_id)
    good = runs.last(job.store, job.guild_id, report.command, good=True)
    began, over = runs.last_trouble(job.store, job.guild_id, report.command) or (None, None)
    held_since = guild.held_since if guild and trouble is Trouble.HELD else None
    return words.Situation(
        run=report,
        guild_name=guild.name if guild else None,
        failures=failures,
        since=held_since or began or report.started_at,
        over=over or report.started_at,
        last_good=good.started_at if good else None,
    )


def _trouble(job: Job, report: RunReport) -> Trouble | None:
    if report.status is Status.HELD or (runs.did_its_work(report) and _is_held(job, report)):
        return Trouble.HELD  # which a part of a sweep does not end
    if report.exit_code == SchemaBroken.exit_code:
        return Trouble.SCHEMA
    return None if runs.did_its_work(report) else Trouble.FAILING


def _is_held(job: Job, report: RunReport) -> bool:
    if not isinstance(report, SyncReport):
        return False
    guild = guilds.known_guild(job.store, job.guild_id)
    return guild is not None and guild.held_since is not None


def _tell_figures(job: Job) -> None:
    if not job.telling.hears(Measured):
        return
    from trc_mee6.store.figures import figures

    now = job.clock.now()
    job.telling.tell(Measured(job.guild_id, figures(job.store, now), now))
