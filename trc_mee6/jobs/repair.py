"""Puts right what follows from the lines of members who fail the audit; never the lines."""

from collections.abc import Iterable, Iterator

from trc_mee6.report import Finding, Repair
from trc_mee6.store import audit
from trc_mee6.store.connect import Store


def repair(store: Store, found: Iterable[Finding], *, dry_run: bool = False) -> Iterator[Repair]:
    """Repair the members that findings are about, each in a transaction of its own.

    What is wrong is looked up anew, for a sync or an award may have come in between.

    Args:
        found: findings by member, as the audit gives them.
    """
    for guild_id, discord_id in dict.fromkeys((f.guild_id, f.discord_id) for f in found):
        with store.writing(guild_id) as transaction:
            changed = audit.repair(store, guild_id, discord_id)
            left = audit.findings_of(store, guild_id, discord_id)
            if dry_run:
                transaction.rollback()
        whats = dict.fromkeys(finding.what for finding in left)
        yield Repair(guild_id, discord_id, tuple(changed), tuple(whats))
