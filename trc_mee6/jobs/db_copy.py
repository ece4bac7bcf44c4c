"""Copies a database, SQLite or Postgres, into an empty one of either kind, or not at all.

1. FROM is held: no run is under way, and nobody writes to it until the copy has ended.
2. TO gets its tables, and must have no rows of ours.
3. All rows are written, read back and compared, and audited, in one transaction of TO.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from trc_mee6.report import Copied
from trc_mee6.store.audit import findings_within
from trc_mee6.store.connect import Store, connected, file_to_make, refuse_damaged
from trc_mee6.store.db_copy import NAMES, copy_rows, counted, require_another, require_empty
from trc_mee6.store.guilds import guild_ids
from trc_mee6.store.locks import runs_kept_out
from trc_mee6.store.schema import pending, require_current, upgrade

FROM, TO = "FROM", "TO"


def copy_database(source_url: str, target_url: str, now: datetime, *, dry_run: bool) -> Copied:
    """Copy everything, and return what there was.

    Args:
        dry_run: look at both, and write nothing; TO is not even made.

    Raises:
        ConfigError: an address is wrong, TO is FROM or not empty, a database is of another version.
        CopyDiffers: TO did not keep what was written; nothing is left of it.
        DatabaseUnavailable: one of them failed; TO is empty.
        LockHeld: a run of FROM is under way.
    """
    with connected(source_url, FROM, create=False) as source, _held(source):
        if dry_run:
            to_make = file_to_make(target_url, TO)
            address = to_make or _looked_at(source, target_url, now)
            return Copied(source.address, address, counted(source), None, dry_run=True)
        with connected(target_url, TO) as target:
            require_another(source, target, now)
            require_empty(target, TO)
            upgrade(target)  # also what a copy left that was stopped while it did this
            with target.alone(NAMES):
                require_empty(target, TO)
                rows = copy_rows(source, target)
                found = sum(1 for _ in findings_within(target))
                target.refuse_another_file()
        return Copied(source.address, target.address, rows, found, dry_run=False)


@contextmanager
def _held(source: Store) -> Iterator[None]:
    require_current(source, FROM)
    refuse_damaged(source)
    with source.alone(NAMES), runs_kept_out(source, guild_ids(source)):
        yield


def _looked_at(source: Store, target_url: str, now: datetime) -> str:
    """Refuse what a copy would refuse, and return the address."""
    with connected(target_url, TO, create=False) as target:
        require_another(source, target, now)
        require_empty(target, TO)
        pending(target)  # refuses one of a newer version
        return target.address
