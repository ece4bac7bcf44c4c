"""A leaderboard as an embed of Discord: short lines for a phone, within Discord's limits.

Discord counts characters as Python does, and Markdown in them as it is written. Its numbered
lists count by themselves, so a rank stands in a piece of code, where nothing is made of it.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from trc_mee6.render.documents import Document, moment
from trc_mee6.render.leaderboard import change, markdown_text, title
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.text import name

LONGEST_TITLE = 256
LONGEST_DESCRIPTION = 4096  # with a title and a footer still below the 6000 of the whole embed
MOST_MEMBERS = 250  # more than fit, however short the names
_LONGEST_NAME = 32  # characters, which is what Discord allows
_COLOUR = 0xE69F00
_ALT_TEXT = "Chart: how the members at the top grew, day by day"
_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
_LAST_LINE = len("… and 1,000,000,000,000 more\n")
_FROM_RIGHT_TO_LEFT = ("R", "AL")
_ISOLATED = "\u2068{}\u2069"  # so that the numbers behind it stay where they are


class Embed(NamedTuple):
    """What Discord shows.

    Attributes:
        synced_at: shown behind the footer, in the reader's own zone; None for nothing.
        shown: how many members are in it, the first of those given.
    """

    title: str
    description: str
    footer: str
    synced_at: datetime | None
    shown: int


def embed(board: Leaderboard, entries: Sequence[Ranked], synced_at: datetime | None) -> Embed:
    """Return a leaderboard as far as it fits.

    Args:
        entries: those of the board, which can be read from it only once.
        synced_at: when the last good sync started, None if there was none.
    """
    lines: list[str] = []
    room = LONGEST_DESCRIPTION - _LAST_LINE
    for entry in entries:
        line = _line(board, entry)
        if len(line) + 1 > room:
            break
        room -= len(line) + 1
        lines.append(line)
    shown = len(lines)
    if shown == 0:
        lines.append(_nobody(board))
    if board.total_members > shown:
        lines.append(f"… and {board.total_members - shown:,} more")
    footer = _counted(board.total_members, "member")
    if synced_at is not None:
        footer += " · last sync"
    heading = _fitting(title(board), LONGEST_TITLE)
    return Embed(heading, "\n".join(lines), footer, synced_at, shown)


def payload(made: Embed, picture: str | None) -> Document:
    """Return the document that Discord takes; it mentions nobody.

    Args:
        picture: the name of the file that is sent with it, None for none. What an earlier edit
            sent is dropped.
    """
    document: Document = {
        "title": made.title,
        "description": made.description,
        "color": _COLOUR,
        "footer": {"text": made.footer},
    }
    if made.synced_at is not None:
        document["timestamp"] = moment(made.synced_at)
    attachments: list[Document] = []
    if picture is not None:
        document["image"] = {"url": f"attachment://{picture}"}
        attachments.append({"id": 0, "filename": picture, "description": _ALT_TEXT})
    return {
        "embeds": [document],
        "attachments": attachments,
        "allowed_mentions": {"parse": []},
    }


def _nobody(board: Leaderboard) -> str:
    if board.active is not None:
        return f"Nobody gained {board.active:,} XP in the last 30 days. The first to do so is here."
    return "Nobody is here yet. Members appear with the first sync that finds them."


def _line(board: Leaderboard, entry: Ranked) -> str:
    number = _number(board, entry)
    who, value = _name(entry), _value(board, number)
    moved = "" if board.before is None else change(entry)
    end = f" {moved}" if moved not in ("", "=") else ""
    if entry.rank in _MEDALS and number > 0:
        return f"{_MEDALS[entry.rank]} **{who}** · **{value}**{end}"
    return f"`{entry.rank:>2}` {who} · {value}{end}"


def _name(entry: Ranked) -> str:
    shown = name(entry.username, _LONGEST_NAME).strip() or str(entry.discord_id)
    escaped = _escaped(shown)
    if any(unicodedata.bidirectional(c) in _FROM_RIGHT_TO_LEFT for c in shown):
        return _ISOLATED.format(escaped)
    return escaped


def _number(board: Leaderboard, entry: Ranked) -> int:
    """Return what a member is ranked by."""
    ranked_by = {
        "points": entry.points,
        "xp": entry.xp,
        "gain": entry.xp_gained,
        "level": entry.level,
        "messages": entry.messages,
        "streak": entry.current_streak,
    }
    return ranked_by["gain" if _is_gain(board) else board.by] or 0


def _is_gain(board: Leaderboard) -> bool:
    return board.by == "gain" or (board.by == "xp" and board.period.since is not None)


def _value(board: Leaderboard, number: int) -> str:
    if _is_gain(board):
        return f"{number:+,} XP" if number else "0 XP"
    match board.by:
        case "xp":
            return f"{number:,} XP"
        case "level":
            return f"level {number:,}"
        case "messages":
            return _counted(number, "message")
        case "streak":
            return _counted(number, "day")
    return _counted(number, "point")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _fitting(text: str, longest: int) -> str:
    """Return as much of a text as fits into so many characters, escapes included."""
    shown = _escaped(text)
    cut = text
    while len(shown) > longest:
        cut = cut[: len(cut) - max(1, (len(shown) - longest) // 2)]
        shown = f"{_escaped(cut)}…"
    return shown


def _escaped(text: str) -> str:
    """Return text that Discord shows as it stands; a colon may begin the code of an emoji."""
    return markdown_text(text).replace(":", r"\:")
