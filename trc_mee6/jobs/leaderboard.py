"""The leaderboard, from the database alone."""

from datetime import datetime

from trc_mee6.jobs.registry import require_members
from trc_mee6.report import Leaderboard
from trc_mee6.rules.days import Period
from trc_mee6.store.connect import Store
from trc_mee6.store.guilds import known_guild
from trc_mee6.store.history import has_source
from trc_mee6.store.ranking import ranking
from trc_mee6.store.registry import linked_members


def leaderboard(
    store: Store,
    guild_id: int,
    by: str,
    period: Period,
    top: int | None,
    now: datetime,
    source: str | None = None,
) -> Leaderboard:
    """Return the linked members in order of `by` over a period.

    Args:
        by: points, xp, level, messages or streak.
        top: how many at most, None for all.
        now: the present moment, for the record.
        source: count the points of this source only.

    Raises:
        ConfigError: the database knows nobody of this guild.
    """
    guild = known_guild(store, guild_id)
    require_members(store, guild_id)
    return Leaderboard(
        guild_id,
        None if guild is None else guild.name,
        now,
        by,
        period,
        linked_members(store, guild_id),
        ranking(store, guild_id, by, period, top, source),
        source,
        source is None or has_source(store, guild_id, source),
    )
