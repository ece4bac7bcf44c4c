"""`trc-mee6 leaderboard --post`: what it does beside the leaderboard's own options."""

from typing import TYPE_CHECKING

from trc_mee6.cli.invocation import Invocation

if TYPE_CHECKING:
    from trc_mee6.jobs.post import Content
    from trc_mee6.settings import Settings
    from trc_mee6.store.connect import Store

_IN_DOUBT = (
    "Look at the channel: the message may be there. The next run edits the one that the database"
    " knows of, or posts another."
)


def at_most(top: int) -> int:
    """Return how many members to read for a message, of `top` wanted, 0 for all."""
    from trc_mee6.render.embed import MOST_MEMBERS

    return min(top or MOST_MEMBERS, MOST_MEMBERS)


def post(
    invocation: Invocation,
    settings: "Settings",
    store: "Store",
    read: "Content",
    *,
    anew: bool,
    dry_run: bool,
) -> None:
    """Send a leaderboard to Discord, and say what was done.

    Raises:
        TrcMee6Error: it was not sent; see `jobs.post`.
    """
    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs import post as job
    from trc_mee6.jobs.context import Job
    from trc_mee6.render import post as rendered

    board = read.board
    with invocation.stop(_IN_DOUBT) as stop:
        inputs = Job(settings, store, SystemClock(), board.guild_id, dry_run, stop=stop)
        posted = job.post(inputs, read, anew=anew)
        if invocation.as_json:
            invocation.answer(rendered.document(posted, board))
        elif dry_run:
            invocation.say(rendered.preview(posted, board))
        else:
            invocation.say(rendered.line(posted, board))
