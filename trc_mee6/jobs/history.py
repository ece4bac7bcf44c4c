"""The points ledger, from the database alone."""

from trc_mee6.jobs.registry import member_known_as, require_members
from trc_mee6.report import LedgerHistory, LedgerSums
from trc_mee6.store import history
from trc_mee6.store.connect import Store
from trc_mee6.store.history import Which
from trc_mee6.store.members import state


def ledger_lines(
    store: Store, guild_id: int, member_id: str | None, which: Which, limit: int | None
) -> LedgerHistory:
    """Return ledger lines of a member, None for everybody's, newest first.

    Args:
        member_id: the operator's own id of the member, or the Discord id.
        limit: how many at most, None for all. One more is given, if there is one, for whoever
            says that there are more.

    Raises:
        ConfigError: no such member, or the database knows nobody of this guild.
    """
    require_members(store, guild_id)
    member = None
    if member_id is not None:
        discord_id = member_known_as(store, guild_id, member_id).discord_id
        member = state(store, guild_id, discord_id)
        which = which._replace(discord_id=discord_id)
    lines = history.lines(store, guild_id, which, _and_one(limit))
    return LedgerHistory(guild_id, member, lines, limit)


def ledger_sums(store: Store, guild_id: int, which: Which, limit: int | None) -> LedgerSums:
    """Return what the ledger comes to by day and source, newest day first; raises as above."""
    require_members(store, guild_id)
    return LedgerSums(guild_id, history.sums(store, guild_id, which, _and_one(limit)), limit)


def _and_one(limit: int | None) -> int | None:
    return None if limit is None else limit + 1
