"""What is said of a leaderboard that was posted to Discord."""

from dataclasses import replace

from trc_mee6.render.documents import Document, discord_id
from trc_mee6.render.leaderboard import document as board_document
from trc_mee6.report import Leaderboard, Posted

# Around names written from right to left; no terminal is given signs that turn the text.
_ISOLATES = dict.fromkeys((0x2068, 0x2069))


def line(posted: Posted, board: Leaderboard) -> str:
    """Return what was done, or would be done, as one line."""
    done = f"would be {posted.status}" if posted.dry_run else posted.status
    which = "" if posted.message_id is None else f" (message {posted.message_id})"
    chart = "with" if posted.has_chart else "without"
    return (
        f"leaderboard {done}{which}: {len(posted.entries):,} of {board.total_members:,} members,"
        f" {chart} the chart"
    )


def preview(posted: Posted, board: Leaderboard) -> str:
    """Return what a dry run would send, as Discord's Markdown, under that line."""
    return f"{line(posted, board)}\n{posted.title}\n{posted.description.translate(_ISOLATES)}"


def document(posted: Posted, board: Leaderboard) -> Document:
    """Return the document of the leaderboard, with the members in the message, and of the post."""
    return board_document(replace(board, entries=iter(posted.entries))) | {
        "post": {
            "status": posted.status,
            "message_id": discord_id(posted.message_id),
            "chart": posted.has_chart,
            "dry_run": posted.dry_run,
        }
    }
