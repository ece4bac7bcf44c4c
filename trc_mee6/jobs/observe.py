"""Applies what a sweep saw: hold, baselines, points, absence, in one transaction (R1-R7)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from trc_mee6.jobs.context import Job
from trc_mee6.jobs.rate import check_rate
from trc_mee6.jobs.run import ended, finished
from trc_mee6.jobs.sweep import Sweep
from trc_mee6.log import log
from trc_mee6.report import MemberCounts, Status, SyncReport
from trc_mee6.rules.absence import earnable_xp
from trc_mee6.rules.days import day_of_gain
from trc_mee6.rules.hold import Comparison, is_held
from trc_mee6.rules.points import move
from trc_mee6.rules.snowflake import LARGEST
from trc_mee6.rules.streaks import Span, covered_days, grace_of_gain
from trc_mee6.store import guilds
from trc_mee6.store.connect import best_effort
from trc_mee6.store.observations import ChangedTotal, Counts, Observing, Outcome, Sightings
from trc_mee6.store.registry import BY_QUERY, Entry, link
from trc_mee6.store.tables import Guild

SHOWN = 20  # members that a dry run lists one by one


@dataclass(slots=True)
class _Tally:
    changed: int = 0
    gained: int = 0
    lost: int = 0
    awarded: int = 0
    deducted: int = 0


def observe(
    job: Job,
    report: SyncReport,
    sweep: Sweep,
    sightings: Sightings,
    how: Observing,
    *,
    believe_drops: bool,
    entries: Iterable[Entry] = (),
) -> SyncReport:
    """Apply the sightings, record the run with them, and return its report.

    Args:
        report: the run so far, its status and exit code as the sweep ended.
        believe_drops: skip the judgement of R7.
        entries: registry lines that a dry run pretends to have linked.
    """
    store = job.store
    with store.writing(job.guild_id) as transaction:
        if job.dry_run and entries:
            link(store, job.guild_id, entries, how.at, linked_by=BY_QUERY, all_there_are=True)
        guild = guilds.guild(store, job.guild_id)
        check_rate(job, guild, resetting=how.reset)  # an award may have begun the ledger meanwhile
        counts = sightings.compare(job.guild_id)
        report = replace(report, players_seen=counts.players)
        comparison = _comparison(counts, complete=how.complete)
        if not believe_drops and is_held(comparison, job.settings.mee6_hold_ratio):
            report = _held(job, report, counts, comparison, how.at)
        else:
            report = _applied(job, report, guild, sweep, sightings, how, counts)
        report = finished(job, report)
        if job.dry_run:
            transaction.rollback()
    with best_effort(log.info, "tables.not_counted"):
        store.analyze_new("member", "discord_activity", "point_transaction", "member_gain")
    return report


def _comparison(counts: Counts, *, complete: bool) -> Comparison:
    if complete:
        return Comparison(counts.fallen, counts.on_board - counts.on_board_present, counts.on_board)
    # Judged against the part that was read: after a reset the first page alone, fallen as a
    # whole, must not pass for being a small part of the board.
    return Comparison(counts.fallen, 0, counts.on_board_present)


def _held(
    job: Job, report: SyncReport, counts: Counts, seen: Comparison, at: datetime
) -> SyncReport:
    reason = (
        f"{seen.fallen + seen.vanished} of {seen.on_board} members on the board dropped"
        f" ({seen.fallen} with less XP than before, {seen.vanished} gone from the board), so"
        f" nothing was applied. {_what_to_decide(job.guild_id)}"
    )
    if not job.dry_run:
        guilds.hold(job.store, job.guild_id, at, reason)
    members = MemberCounts(tracked=counts.tracked)
    return ended(replace(report, members=members), Status.HELD, 65, reason)


def _what_to_decide(guild_id: int) -> str:
    """Return what an operator can do about a hold (R7)."""
    return (
        "If the season was reset: trc-mee6 backfill-baseline --reset"
        f" --guild {guild_id}. If the drops are real: trc-mee6 sync --accept-drops"
        f" --guild {guild_id}."
    )


def _applied(
    job: Job,
    report: SyncReport,
    guild: Guild,
    sweep: Sweep,
    sightings: Sightings,
    how: Observing,
    counts: Counts,
) -> SyncReport:
    xp_per_point = job.settings.xp_per_point
    values = _kept_values(job, guild, sweep, how)
    guild.xp_rate = values.get("xp_rate", guild.xp_rate)
    guild.xp_per_message_max = values.get("xp_per_message_max", guild.xp_per_message_max)
    sightings.classify(how)
    tally = _Tally()
    for batch in sightings.totals(how):
        sightings.book([_outcome(row, guild, how, xp_per_point, tally) for row in batch])
        job.progress.moved(tally.awarded)
    sightings.settle()
    enrolled = sightings.enrolled()
    # What was gained before another baseline is not known, so nor is on which days: no gap for
    # those days, as in an outage (R9).
    sightings.excuse(
        {start: covered_days(start, how.at) for start in sightings.windows_before_baselines(how)}
    )
    baselined = sightings.apply_baselines(how)
    sightings.apply_totals(how)
    if not how.only_baselines:
        sightings.apply_profiles(how)
        if not how.complete:
            sightings.note_seen(how)
    if how.complete and counts.present < counts.tracked:
        baselined += sightings.apply_absence(how)
    if how.reset and guild.xp_per_point != xp_per_point:
        sightings.forget_unlinked(how)
    if values:
        guilds.update_guild(job.store, job.guild_id, **values)
    tracked = counts.tracked + enrolled
    present = counts.present + enrolled
    everybody = how.complete and not how.only_baselines
    members = MemberCounts(
        tracked=tracked,
        observed=tracked if everybody else baselined if how.only_baselines else present,
        baselined=baselined,
        changed=tally.changed,
        absent=tracked - present if how.complete else 0,
        reset=counts.based if how.reset else 0,
        enrolled=enrolled,
    )
    return replace(
        report,
        members=members,
        xp_gained=min(tally.gained, LARGEST),
        xp_lost=min(tally.lost, LARGEST),
        points_awarded=min(tally.awarded, LARGEST),
        points_deducted=min(tally.deducted, LARGEST),
        changes=tuple(sightings.first_changes(SHOWN)) if job.dry_run else (),
    )


def _outcome(
    row: ChangedTotal, guild: Guild, how: Observing, xp_per_point: int, tally: _Tally
) -> Outcome:
    """Return what one changed total comes to, adding it to the tally."""
    delta = row.xp - row.xp_before
    if _was_missed(row, guild, how):
        log.info("member.had_been_missed", discord_id=str(row.discord_id), xp=row.xp)
        return Outcome(row.discord_id, delta, None, 0, None, None, None)
    moved = move(row.leftover, delta, xp_per_point)
    tally.changed += 1
    if delta > 0:
        tally.gained += delta
    else:
        tally.lost -= delta
        log.info("member.xp_fell", discord_id=str(row.discord_id), xp_delta=delta)
    if moved.points > 0:
        tally.awarded += moved.points
    else:
        tally.deducted -= moved.points
    if how.from_zero:  # all of the past at once: it belongs to no window and no day
        return Outcome(row.discord_id, delta, moved.points, moved.leftover, None, None, None)
    start = row.last_observed or how.at
    day, grace = _days_of_window(start, how.at)
    if delta < 0:
        grace = None
    return Outcome(row.discord_id, delta, moved.points, moved.leftover, start, day, grace)


@lru_cache(maxsize=64)  # most members of a run share a window
def _days_of_window(start: datetime, end: datetime) -> tuple[date, Span | None]:
    return day_of_gain(start, end), grace_of_gain(start, end)


def _was_missed(row: ChangedTotal, guild: Guild, how: Observing) -> bool:
    """Say whether a member first taken for zero has more XP than could be earned since (R5)."""
    if not row.presumed_zero or row.baseline_at is None:
        return False
    since = how.at - row.baseline_at
    return row.xp > earnable_xp(since, guild.xp_per_message_max, guild.xp_rate)


def _kept_values(job: Job, guild: Guild, sweep: Sweep, how: Observing) -> dict[str, Any]:
    """Return what this sweep changes about the guild."""
    said = {} if sweep.guild is None else sweep.guild._asdict()
    values = {name: value for name, value in said.items() if value is not None}
    if guild.xp_per_point is None or how.reset:
        values["xp_per_point"] = job.settings.xp_per_point
    if how.complete and not how.only_baselines:
        # A hold is over once the whole board was taken as it is.
        values |= {"swept_at": how.at, "held_since": None, "held_reason": None}
    return values
