"""The main job and its sister: read the board, and apply it as points or as baselines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from trc_mee6.errors import (
    ConfigError,
    CoolingDown,
    Interrupted,
    OutOfTime,
    RateLimited,
    TrcMee6Error,
)
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.rate import check_rate
from trc_mee6.jobs.run import ended, recorded_run
from trc_mee6.report import Status, SyncReport
from trc_mee6.store import guilds, runs
from trc_mee6.store.locks import BOARD
from trc_mee6.store.observations import Observing
from trc_mee6.store.pace import cool_down, cooldown
from trc_mee6.store.registry import BY_QUERY, Entry, link, linked_members
from trc_mee6.store.tables import Guild

if TYPE_CHECKING:
    from trc_mee6.mee6.client import ClientOptions


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the operator wants of the board; the same words as in `Observing`."""

    enroll: bool = False
    only_baselines: bool = False
    reset: bool = False
    from_zero: bool = False
    believe_drops: bool = False


def disabled(guild_id: int | None, *, dry_run: bool = False) -> SyncReport:
    """Return the report of a sync that is switched off."""
    reason = "MEE6_SYNC_ENABLED is false, so nothing was done"
    return SyncReport("sync", Status.DISABLED, guild_id, reason=reason, dry_run=dry_run)


def sync(job: Job, *, enroll_all: bool = False, accept_drops: bool = False) -> SyncReport:
    """Read the board and turn what changed into points.

    Args:
        enroll_all: every player nobody knows becomes a member.
        accept_drops: the operator's word that drops are real (R7).
    """
    return _run(job, "sync", _Plan(enroll=enroll_all, believe_drops=accept_drops))


def backfill_baseline(
    job: Job, *, enroll_all: bool = False, reset: bool = False, credit_history: bool = False
) -> SyncReport:
    """Read the board and give every member without one a baseline (R3).

    Args:
        enroll_all: every player nobody knows becomes a member first.
        reset: everyone gets a new one, points are kept (R7); needs the whole board.
        credit_history: baselines are 0, so that past XP counts.
    """
    plan = _Plan(
        enroll=enroll_all,
        only_baselines=not reset,
        reset=reset,
        from_zero=credit_history,
        believe_drops=reset,
    )
    return _run(job, "backfill-baseline", plan)


def _run(job: Job, command: str, plan: _Plan) -> SyncReport:
    blank = SyncReport(command, Status.FAILED, job.guild_id, dry_run=job.dry_run)
    # Both commands read the same board and write the same totals: one lock.
    return recorded_run(job, BOARD, blank, lambda report: _read_and_apply(job, report, plan))


def _read_and_apply(job: Job, report: SyncReport, plan: _Plan) -> SyncReport:
    until = cooldown(job.store, job.clock.now())
    if until is not None:
        return _cooling_down(report, until)
    guild = guilds.known_guild(job.store, job.guild_id) or Guild(guild_id=job.guild_id)
    if guild.held_since is not None and not plan.believe_drops and not job.dry_run:
        since = f"{guild.held_since:%Y-%m-%d %H:%M:%S} UTC"
        reason = f"nothing is read or applied until you decide. On {since}, {guild.held_reason}"
        return ended(report, Status.HELD, 65, reason)
    check_rate(job, guild, resetting=plan.reset)
    entries = _registry(job)
    if not entries and not plan.enroll and not linked_members(job.store, job.guild_id):
        raise ConfigError(
            "No member is linked, so there is nobody to give points to. Link some with"
            " trc-mee6 members import FILE, set MEMBERS_SQL, or let everybody on the board take"
            " part with trc-mee6 sync --enroll-all."
        )
    return _swept(job, report, plan, entries)


def _registry(job: Job) -> Sequence[Entry]:
    """Bring the registry in step with the operator's own table, if there is one."""
    query = job.settings.members_sql
    if query is None:
        return ()
    from trc_mee6.store.query import registry_entries

    elsewhere = job.settings.members_database_url
    url = elsewhere or job.settings.database_url
    setting = "MEMBERS_DATABASE_URL" if elsewhere else "DATABASE_URL"
    entries = registry_entries(url.get_secret_value(), setting, query)
    if not job.dry_run:
        with job.store.writing(job.guild_id):
            link(
                job.store,
                job.guild_id,
                entries,
                job.clock.now(),
                linked_by=BY_QUERY,
                all_there_are=True,
            )
    return entries


def _swept(job: Job, report: SyncReport, plan: _Plan, entries: Sequence[Entry]) -> SyncReport:
    # A run that is cooling down or held ends before these, the slow ones to load.
    from trc_mee6.jobs.observe import observe
    from trc_mee6.jobs.sweep import read_board
    from trc_mee6.mee6.client import BoardClient
    from trc_mee6.mee6.pace import Pace
    from trc_mee6.store.observations import Sightings
    from trc_mee6.store.pace import StoredSlots

    give_up_at = None if job.max_runtime is None else job.clock.monotonic() + job.max_runtime
    pace = Pace(
        StoredSlots(job.store),
        job.clock,
        job.settings.mee6_request_interval,
        give_up_at,
        job.stop.interruptible,
    )
    client = BoardClient(job.guild_id, _client_options(job), pace, job.clock)
    sightings = Sightings(job.store)
    try:
        before = runs.last_complete_sweep(job.store, job.guild_id)
        sweep = read_board(job, client, sightings, before[0] if before else None)
    finally:
        client.close()
    report = replace(
        report, requests=client.requests, pages=sweep.pages, complete_sweep=sweep.complete
    )
    report = _with_end(job, report, sweep.cut_short_by)
    if sweep.pages == 0 or not sweep.credible:
        return report
    if plan.reset and not sweep.complete:
        return _reset_refused(report)
    how = Observing(
        guild_id=job.guild_id,
        sync_id=report.sync_id or "",
        at=report.started_at or job.clock.now(),
        complete=sweep.complete,
        enroll=plan.enroll,
        only_baselines=plan.only_baselines,
        reset=plan.reset,
        from_zero=plan.from_zero,
    )
    return observe(
        job, report, sweep, sightings, how, believe_drops=plan.believe_drops, entries=entries
    )


def _client_options(job: Job) -> "ClientOptions":
    from trc_mee6.mee6.client import ClientOptions

    token = job.settings.mee6_auth_token
    return ClientOptions(
        base_url=job.settings.mee6_base_url,
        token=None if token is None else token.get_secret_value(),
        page_size=job.settings.mee6_page_size,
        timeout=job.settings.mee6_timeout,
        retries=job.settings.mee6_retries,
        retry_base=job.settings.mee6_retry_base,
        retry_max=job.settings.mee6_retry_max,
    )


def _with_end(
    job: Job, report: SyncReport, cut_short_by: TrcMee6Error | OutOfTime | Interrupted | None
) -> SyncReport:
    """Return the report with why the sweep ended, storing a cooldown at once (R14)."""
    match cut_short_by:
        case None:
            return ended(report, Status.OK, 0, None)
        case OutOfTime():
            return ended(
                report, Status.PARTIAL, 0, "--max-runtime ended it before the end of the board"
            )
        case Interrupted(signum=signum):
            said = f"stopped by signal {signum}"
            return ended(report, Status.INTERRUPTED, 128 + signum, said)
        case RateLimited(wait=wait):
            return _rate_limited(job, report, str(cut_short_by), wait)
        case CoolingDown(until=until) if report.requests == 0:
            return _cooling_down(report, until)
        case CoolingDown(until=until):  # another run was banned while this one read
            said = f"{cut_short_by}: another run was refused meanwhile"
            report = replace(report, cooldown_until=until)
            return ended(report, Status.RATE_LIMITED, cut_short_by.exit_code, said)
    return ended(report, Status.FAILED, cut_short_by.exit_code, str(cut_short_by))


def _rate_limited(job: Job, report: SyncReport, said: str, wait: float | None) -> SyncReport:
    from trc_mee6.mee6.pace import cooldown_until

    until = cooldown_until(job.clock.now(), wait, job.settings.mee6_cooldown)
    cool_down(job.store, until)
    reason = (
        f"{said}. It is left alone until {until:%Y-%m-%d %H:%M:%S} UTC; runs until then do nothing."
    )
    report = replace(report, cooldown_until=until)
    return ended(report, Status.RATE_LIMITED, RateLimited.exit_code, reason)


def _cooling_down(report: SyncReport, until: datetime) -> SyncReport:
    reason = (
        f"MEE6 asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC, so nothing was asked"
    )
    report = replace(report, cooldown_until=until)
    return ended(report, Status.COOLING_DOWN, 0, reason)


def _reset_refused(report: SyncReport) -> SyncReport:
    whole = "A reset needs the whole board, so nothing was changed; run it again."
    if report.exit_code == 0:  # --max-runtime, or pages that changed their size
        report = replace(report, status=Status.PARTIAL, exit_code=75)
    before = f"{report.reason.rstrip('.')}. " if report.reason else ""
    return replace(report, reason=before + whole)
