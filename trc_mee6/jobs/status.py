"""How things stand: last runs, failures in a row, cooldown, hold, counts."""

from datetime import datetime, timedelta

from trc_mee6.report import RunRecord, StatusReport
from trc_mee6.store import runs
from trc_mee6.store.connect import Store
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.pace import cooldown
from trc_mee6.store.registry import known_members, linked_members

STALE_AFTER = timedelta(hours=1)
JOBS = ("sync", "backfill-baseline", "streaks")


def status(store: Store, guild_id: int, now: datetime) -> StatusReport:
    """Return how a guild stands at `now`."""
    guild = known_guild(store, guild_id)
    good = runs.last(store, guild_id, "sync", good=True)
    held_since = guild.held_since if guild else None
    return StatusReport(
        guild_id=guild_id,
        guild_name=guild.name if guild else None,
        database=store.address,
        runs={job: runs.last(store, guild_id, job) for job in JOBS},
        last_good_sync=good,
        consecutive_failures=runs.failures_in_a_row(store, guild_id, "sync"),
        cooldown_until=cooldown(store, now),
        held_since=held_since,
        held_reason=guild.held_reason if guild else None,
        members_linked=linked_members(store, guild_id),
        members_total=known_members(store, guild_id),
        trouble=tuple(_trouble(good, held_since, now)),
    )


def _trouble(good: RunRecord | None, held_since: datetime | None, now: datetime) -> list[str]:
    found = []
    if good is None:
        found.append("no sync has done its work yet; run: trc-mee6 sync")
    elif now - good.started_at > STALE_AFTER:
        found.append(
            f"the last good sync was at {good.started_at:%Y-%m-%d %H:%M:%S} UTC, more than an hour"
            " ago"
        )
    if held_since is not None:
        found.append(f"runs are held since {held_since:%Y-%m-%d %H:%M:%S} UTC")
    return found
