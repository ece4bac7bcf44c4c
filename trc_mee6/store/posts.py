"""Which message of its own `leaderboard --post` edits, in each place that it posts to."""

from datetime import datetime
from typing import NamedTuple

from trc_mee6.store.connect import Store

_NO_THREAD = 0  # a column of a key cannot be NULL


class Place(NamedTuple):
    """Where a guild's leaderboard is posted; the webhook's token is not part of it.

    Attributes:
        thread_id: None for the channel itself.
    """

    guild_id: int
    webhook_id: int
    thread_id: int | None


def remembered(store: Store, place: Place) -> int | None:
    """Return the id of the message last posted there, None if there was none."""
    row = store.row(
        """SELECT message_id FROM discord_post WHERE guild_id = :guild_id
        AND webhook_id = :webhook_id AND thread_id = :thread_id""",
        **_key(place),
    )
    return None if row is None else int(row[0])


def remember(store: Store, place: Place, message_id: int, now: datetime) -> None:
    """Note the message that was just posted there, in place of an older one."""
    store.sql(
        """INSERT INTO discord_post (guild_id, webhook_id, thread_id, message_id, posted_at)
        VALUES (:guild_id, :webhook_id, :thread_id, :message_id, :now)
        ON CONFLICT (guild_id, webhook_id, thread_id) DO UPDATE
        SET message_id = excluded.message_id, posted_at = excluded.posted_at""",
        **_key(place),
        message_id=message_id,
        now=now,
    )


def _key(place: Place) -> dict[str, int]:
    return place._asdict() | {"thread_id": place.thread_id or _NO_THREAD}
