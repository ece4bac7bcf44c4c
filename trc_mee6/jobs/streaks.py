"""The nightly job: judge the days that are over and observed (R8-R11).

1. Members who were judged alike, and of whom the last active day says enough, are judged at once.
2. Everybody else is judged from their days, a batch at a time, each in a transaction of its own:
   whatever stops the run, each member's streak is right for the day that it is judged to.
3. The members are counted, also those who are still to be observed.
"""

from dataclasses import replace
from datetime import date

from trc_mee6.jobs.context import Job
from trc_mee6.jobs.registry import require_members
from trc_mee6.jobs.run import ended, recorded_run
from trc_mee6.report import Status, StreakCounts, StreaksReport
from trc_mee6.rules.streaks import Streak, effect, judged
from trc_mee6.store import streaks as store_of
from trc_mee6.store.locks import STREAKS
from trc_mee6.store.streaks import Judgement


def streaks(job: Job, *, rebuild: bool = False) -> StreaksReport:
    """Judge every day that is over and observed.

    Args:
        rebuild: from every member's first day on; the result is the same (R11).

    Raises:
        ConfigError: the database knows nobody of this guild.
    """
    require_members(job.store, job.guild_id)
    blank = StreaksReport(
        "streaks", Status.FAILED, job.guild_id, dry_run=job.dry_run, rebuilt=rebuild
    )
    return recorded_run(job, STREAKS, blank, lambda report: _judge(job, report))


def _judge(job: Job, report: StreaksReport) -> StreaksReport:
    today = (report.started_at or job.clock.now()).date()
    tally = _Tally(today)
    if not report.rebuilt:
        _judge_alike(job, tally)
    last: int | None = 0
    while last is not None and job.stop.signum is None:
        last = _judge_batch(job, last, tally, anew=report.rebuilt)
    standing = store_of.standing(job.store, job.guild_id, today)
    moved = tally.extended + tally.broken
    counts = StreakCounts(
        total=standing.members,
        extended=tally.extended,
        broken=tally.broken,
        # Somebody may have been unlinked since they were judged.
        unchanged=max(0, standing.members - moved - standing.pending),
        pending=standing.pending,
    )
    report = replace(report, judged_through=standing.judged_through, members=counts)
    return ended(report, Status.OK, 0, None)


class _Tally:
    """Linked members judged through yesterday whose streak moved."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.extended = self.broken = 0

    def add(self, end: date, before: int, after: int, members: int = 1) -> None:
        """Count members judged up to `end` whose current streak was and is this."""
        if end >= self.today:
            self.extended += members * (after > before)
            self.broken += members * (after < before)


def _judge_alike(job: Job, tally: _Tally) -> None:
    if job.dry_run:  # what is rolled back would be judged once more with everybody else
        return
    with job.store.writing(job.guild_id):
        alike = store_of.alike(job.store, job.guild_id)
        if alike is None:
            return
        active = effect(alike.start, alike.end, first_active=True)
        quiet = effect(alike.start, alike.end, first_active=False)
        counts = store_of.count_alike(job.store, job.guild_id, alike)
        store_of.apply_alike(job.store, job.guild_id, alike, active, quiet)
    for done, before, members in (  # any streak moves as one of 1 does
        (active, 1, counts.active_streaking),
        (active, 0, counts.active - counts.active_streaking),
        (quiet, 1, counts.quiet_streaking),
    ):
        after = 0 if done.broken else before + done.added
        tally.add(alike.end, before, after, members)


def _judge_batch(job: Job, after: int, tally: _Tally, *, anew: bool) -> int | None:
    """Judge the next members one by one, and return the last of them, None if there was none."""
    with job.store.writing(job.guild_id) as transaction:
        batch = store_of.due(job.store, job.guild_id, tally.today, after=after, anew=anew)
        if not batch:
            return None
        days = store_of.days_of(
            job.store, job.guild_id, [(member.discord_id, member.first) for member in batch]
        )
        judgements = []
        for member in batch:
            active, grace = days[member.discord_id]
            start = Streak() if member.anew else member.before
            streak = judged(start, member.first, member.end, active, grace)
            judgements.append(Judgement(member.discord_id, streak, member.end))
            if member.linked:
                tally.add(member.end, member.before.current, streak.current)
        store_of.apply_each(job.store, job.guild_id, judgements)
        if job.dry_run:
            transaction.rollback()
    return batch[-1].discord_id
