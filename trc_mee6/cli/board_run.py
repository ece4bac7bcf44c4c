"""What `sync` and `backfill-baseline` share: signals, progress, and how the report is shown."""

import sys
from typing import TYPE_CHECKING

from trc_mee6.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from trc_mee6.jobs.context import Job, Progress
    from trc_mee6.report import SyncReport
    from trc_mee6.settings import Settings


def run_board_job(
    invocation: Invocation,
    settings: "Settings",
    work: "Callable[[Job], SyncReport]",
    *,
    dry_run: bool,
    max_runtime: float | None = None,
) -> int:
    """Run a job of the board under signals and progress, show its report, return the exit code."""
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.context import Job
    from trc_mee6.settings import require_guild

    invocation.is_watched = not dry_run
    guild_id = require_guild(settings)
    with invocation.store(settings) as store, invocation.stop() as stop:
        job = Job(
            settings,
            store,
            SystemClock(),
            guild_id,
            dry_run,
            max_runtime,
            stop,
            telling=invocation.telling(),
        )
        report = _watched(invocation, job, work)
        show_report(invocation, report)
        invocation.finish_telling(stop)
    return report.exit_code


def _watched(
    invocation: Invocation, job: "Job", work: "Callable[[Job], SyncReport]"
) -> "SyncReport":
    from dataclasses import replace

    if invocation.quiet or invocation.as_json or not sys.stderr.isatty():
        return work(job)
    from trc_mee6.render.progress import SweepProgress

    with SweepProgress() as progress:
        watched: Progress = progress
        return work(replace(job, progress=watched))


def show_report(invocation: Invocation, report: "SyncReport") -> None:
    """Show what a run did; what went wrong goes to standard error."""
    from trc_mee6.render import documents
    from trc_mee6.render import sync as rendered

    if report.exit_code != 0:
        invocation.complain(rendered.summary(report), documents.sync(report))
        return
    if invocation.as_json:
        invocation.answer(documents.sync(report))
    if invocation.as_json or invocation.quiet:
        return
    if sys.stdout.isatty():
        rendered.show(report)
    else:
        invocation.say(rendered.summary(report))
    rendered.show_changes(report)
