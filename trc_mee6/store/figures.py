"""How all guilds of the database stand, in numbers, for monitoring."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from trc_mee6.report import GuildFigures, JobFigures
from trc_mee6.store import runs
from trc_mee6.store.connect import Store
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.pace import cooldown
from trc_mee6.store.registry import known_members, linked_members


def figures(store: Store, now: datetime) -> tuple[GuildFigures, ...]:
    """Return the figures of every guild that a job ever ran for, by guild and job."""
    found: dict[int, list[JobFigures]] = defaultdict(list)
    for guild_id, job in _jobs(store):
        found[guild_id].append(_job_figures(store, guild_id, job))
    return tuple(_guild_figures(store, guild_id, jobs, now) for guild_id, jobs in found.items())


def _jobs(store: Store) -> Iterator[tuple[int, str]]:
    rows = store.sql("SELECT DISTINCT guild_id, job FROM sync_run ORDER BY guild_id, job")
    yield from rows.fetchall()


def _guild_figures(
    store: Store, guild_id: int, jobs: list[JobFigures], now: datetime
) -> GuildFigures:
    guild = known_guild(store, guild_id)
    sweep = runs.last_complete_sweep(store, guild_id)
    return GuildFigures(
        guild_id=guild_id,
        jobs=tuple(jobs),
        players=None if sweep is None else sweep[1],
        members_linked=linked_members(store, guild_id),
        members_total=known_members(store, guild_id),
        cooldown_until=cooldown(store, now),
        held=guild is not None and guild.held_since is not None,
    )


def _job_figures(store: Store, guild_id: int, job: str) -> JobFigures:
    by_status = store.sql(
        """SELECT status, count(*), sum(requests), sum(points_awarded), sum(points_deducted)
        FROM sync_run WHERE guild_id = :guild_id AND job = :job AND status <> 'running'
        GROUP BY status ORDER BY status""",
        guild_id=guild_id,
        job=job,
    ).fetchall()
    last = runs.last(store, guild_id, job, ended=True)
    good = runs.last(store, guild_id, job, good=True)
    return JobFigures(
        job=job,
        runs={status: int(count) for status, count, *_ in by_status},
        requests=sum(int(row[2]) for row in by_status),
        points_awarded=sum(int(row[3]) for row in by_status),
        points_deducted=sum(int(row[4]) for row in by_status),
        last_exit_code=last.exit_code if last else None,
        last_seconds=(
            (last.finished_at - last.started_at).total_seconds()
            if last and last.finished_at
            else None
        ),
        last_good_at=good.started_at if good else None,
        consecutive_failures=runs.failures_in_a_row(store, guild_id, job),
    )
