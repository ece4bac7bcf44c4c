"""What people were told about a job (R17)."""

from trc_mee6.rules.alerts import Trouble
from trc_mee6.store.connect import Store


def alerted(store: Store, guild_id: int, job: str) -> Trouble | None:
    """Return the trouble last told of, None if none was or it is over."""
    row = store.row(
        "SELECT trouble FROM alert WHERE guild_id = :guild_id AND job = :job",
        guild_id=guild_id,
        job=job,
    )
    return None if row is None else Trouble(row[0])


def note_trouble(store: Store, guild_id: int, job: str, trouble: Trouble) -> None:
    """Note that people were told of this trouble."""
    store.sql(
        """INSERT INTO alert (guild_id, job, trouble) VALUES (:guild_id, :job, :trouble)
        ON CONFLICT (guild_id, job) DO UPDATE SET trouble = excluded.trouble""",
        guild_id=guild_id,
        job=job,
        trouble=trouble,
    )


def note_recovery(store: Store, guild_id: int, job: str) -> None:
    """Note that people were told that it is over."""
    store.sql(
        "DELETE FROM alert WHERE guild_id = :guild_id AND job = :job", guild_id=guild_id, job=job
    )
