"""The leaderboard in a channel of Discord: one message, edited from then on.

1. What is to be shown is read from the database at one moment.
2. The text is made, and the chart, if the extra for it is installed.
3. Under a lock of the guild, the message that was posted last is edited. If there is none, it was
   deleted, or a new one is wanted, a message is posted and remembered.

Whoever is killed between a post and the note of it leaves a message that nobody edits any more;
the next run posts another.
"""

from datetime import datetime
from typing import NamedTuple

from trc_mee6.errors import ConfigError, DatabaseUnavailable
from trc_mee6.jobs.charts import growth_of
from trc_mee6.jobs.context import Job
from trc_mee6.log import log
from trc_mee6.notify.discord import (
    PICTURE_NAME,
    Message,
    Webhook,
    WebhookClient,
    webhook,
)
from trc_mee6.render.embed import embed, payload
from trc_mee6.report import Growth, Leaderboard, Posted, Ranked
from trc_mee6.store import runs
from trc_mee6.store.connect import Store, is_database_error, what_failed
from trc_mee6.store.locks import POST, run_lock
from trc_mee6.store.posts import Place, remember, remembered

_LINES = 7  # of the chart: as many as there are colours that everybody can tell apart
_WIDTH = 480  # pixels, about what Discord shows on a phone and in a window


def require_webhook(job: Job) -> Webhook:
    """Return where to post.

    Raises:
        ConfigError: it is not set.
    """
    url = job.settings.discord_webhook_url
    if url is None:
        raise ConfigError(
            "DISCORD_WEBHOOK_URL is not set, so there is nowhere to post. Make a webhook in Discord"
            " (Edit Channel, Integrations, Webhooks), and set it to the address that is copied"
            " there."
        )
    return webhook(url.get_secret_value())


class Content(NamedTuple):
    """What a message is made of.

    Attributes:
        board: its `entries` are used up.
        grown: how the first of the entries grew, None for no chart.
        synced_at: when the last good sync started, None if there was none.
    """

    board: Leaderboard
    entries: tuple[Ranked, ...]
    grown: Growth | None
    synced_at: datetime | None


def content(store: Store, board: Leaderboard) -> Content:
    """Read what a message is made of, in the snapshot that the leaderboard was asked for in."""
    entries = tuple(board.entries)
    good = runs.last(store, board.guild_id, "sync", good=True)
    grown = growth_of(store, board, [entry.discord_id for entry in entries[:_LINES]])
    return Content(board, entries, grown, good.started_at if good else None)


def post(job: Job, read: Content, *, anew: bool = False) -> Posted:
    """Put a leaderboard into the guild's message of this webhook.

    Args:
        anew: post a message in any case, and edit that one from then on.

    Raises:
        ConfigError: there is no webhook, or Discord does not know it.
        LockHeld: another run posts.
        DatabaseUnavailable: it failed; if the message was posted by then, the error says so.
        DiscordUnavailable, DiscordBusy, DiscordRefused: it was not posted.
    """
    to = require_webhook(job)
    text = embed(read.board, read.entries, read.synced_at)
    picture = None if read.grown is None else _picture(read.grown)
    message = Message(payload(text, PICTURE_NAME if picture else None), picture)
    place = Place(job.guild_id, to.id, to.thread_id)
    if job.dry_run:
        before = None if anew else remembered(job.store, place)
        status, message_id = ("posted" if before is None else "edited"), before
    else:
        status, message_id = _sent(job, to, place, message, anew=anew)
    return Posted(
        status=status,
        message_id=message_id,
        entries=read.entries[: text.shown],
        title=text.title,
        description=text.description,
        has_chart=picture is not None,
        dry_run=job.dry_run,
    )


def _sent(job: Job, to: Webhook, place: Place, message: Message, *, anew: bool) -> tuple[str, int]:
    client = WebhookClient(to, job.clock, job.stop.interruptible)
    lock = f"{POST}-{job.guild_id}"
    with run_lock(job.store, lock, "leaderboard --post", job.clock.now()):
        before = None if anew else remembered(job.store, place)
        if before is not None:
            if client.edit(before, message):
                return "edited", before
            log.info("post.not_editable", message_id=str(before))
        message_id = client.post(message)
        _note(job, place, message_id)
        return "posted", message_id


def _note(job: Job, place: Place, message_id: int) -> None:
    try:
        remember(job.store, place, message_id, job.clock.now())
    except Exception as error:
        if isinstance(error, DatabaseUnavailable) or is_database_error(error):
            raise DatabaseUnavailable(
                f"The message was posted (id {message_id}), but could not be noted:"
                f" {what_failed(error)}. Delete it in the channel: the next run does not know of"
                " it, and edits an older one or posts another."
            ) from error
        raise


def _picture(grown: Growth) -> bytes | None:
    """Return a chart as PNG, None without the libraries for it."""
    from trc_mee6.render.charts import Scheme, png

    try:
        return png(grown, scheme=Scheme.DARK, width=_WIDTH)
    except ConfigError as error:
        log.warning("post.no_chart", reason=str(error))
        return None
