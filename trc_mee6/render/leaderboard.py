"""A leaderboard as table, JSON, CSV or Markdown.

Each form is given as lines of text, so that a long board is never held as a whole.
"""

import io
import re
from collections.abc import Iterator
from typing import TextIO

from trc_mee6.render.documents import Document, day, discord_id, moment, streamed
from trc_mee6.render.sheet import csv_lines as sheet_lines
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.text import name, printable

_FIELDS = (
    "rank", "discord_id", "member_id", "username", "points", "xp", "xp_gained", "level",
    "messages", "current_streak", "longest_streak", "last_active_on",
)  # fmt: skip
_NAMED = ("day", "week", "month")
_RANKED_BY = {
    "points": "points", "xp": "XP", "level": "level", "messages": "messages", "streak": "streak",
}  # fmt: skip
# What becomes a mention or a link by itself, in a chat or on GitHub: @everyone, https://x.example,
# www.x.example, an invitation as discord.gg/x. A space without width behind it keeps it text.
_LINKED_OR_MENTIONED = re.compile(r"@|:(?=//)|\bwww(?=\.)|\.(?=\w+/)", re.IGNORECASE)
_COLUMNS = (
    "#", "Name", "Points", "XP", "Level", "Messages", "XP gained", "Streak", "Longest",
    "Last active",
)  # fmt: skip


def title(board: Leaderboard) -> str:
    """Return what stands above a leaderboard."""
    guild = name(board.guild_name) or f"Guild {board.guild_id}"
    since, until = board.period.since, board.period.until
    when = "" if since is None else f", {since} to {until}" if since != until else f", {until}"
    source = "" if board.source is None else f" from {printable(board.source)}"
    nothing = "" if board.source_known else " (no line has this source)"
    return f"{guild}: by {_RANKED_BY[board.by]}{source}{nothing}{when}"


def table_lines(board: Leaderboard) -> Iterator[str]:
    """Give the table as plain text."""
    plain = io.StringIO()
    show(board, plain)
    yield plain.getvalue()


def show(board: Leaderboard, stream: TextIO | None = None) -> None:
    """Write the table, for a terminal or plain; to standard output by default."""
    caption = f"{_members(board)}, as of {board.generated_at:%Y-%m-%d %H:%M} UTC"
    show_table(_columns(board), map(_cells, board.entries), title(board), caption, stream)


def _columns(board: Leaderboard) -> tuple[Column, ...]:
    """Return the columns; on a narrow terminal those that the board is not about give way."""
    gained = f"XP this {board.period.name}" if board.period.name in _NAMED else "XP gained"
    if board.period.name.endswith("d"):
        gained = f"XP in {board.period.name[:-1]} days"
    about = {
        "xp": {"XP", gained}, "level": {"Level"}, "messages": {"Messages"},
        "streak": {"Streak", "Longest"},
    }.get(board.by, set())  # fmt: skip
    columns = (
        Column("#", numeric=True, style="dim"),
        Column("Name"),
        Column("Points", numeric=True, style="bold green"),
        Column("XP", numeric=True),
        Column("Level", numeric=True, style="cyan", spare=3),
        Column("Messages", numeric=True, spare=5),
        Column(gained, numeric=True, style="yellow", spare=4),
        Column("Streak", numeric=True, style="magenta"),
        Column("Longest", numeric=True, spare=1),
        Column("Last active", numeric=True, spare=2),
    )
    return tuple(one._replace(spare=0) if one.title in about else one for one in columns)


def _members(board: Leaderboard) -> str:
    return "1 member" if board.total_members == 1 else f"{board.total_members:,} members"


def _cells(entry: Ranked) -> tuple[str, ...]:
    gained = f"+{entry.xp_gained:,}" if entry.xp_gained > 0 else number(entry.xp_gained)
    return (
        str(entry.rank), name_of(entry), number(entry.points), number(entry.xp),
        number(entry.level), number(entry.messages), gained, number(entry.current_streak),
        number(entry.longest_streak), str(entry.last_active_on or "-"),
    )  # fmt: skip


def name_of(entry: Ranked) -> str:
    """Return a member's name, or the id where none is known."""
    return name(entry.username) or str(entry.discord_id)


def document(board: Leaderboard) -> Document:
    """Return the JSON document."""
    return _head(board) | {"entries": [entry_document(entry) for entry in board.entries]}


def _head(board: Leaderboard) -> Document:
    return {
        "command": "leaderboard",
        "guild": {"id": discord_id(board.guild_id), "name": board.guild_name},
        "generated_at": moment(board.generated_at),
        "by": board.by,
        "source": board.source,
        "period": {
            "name": board.period.name,
            "since": day(board.period.since),
            "until": day(board.period.until),
        },
        "total_members": board.total_members,
    }


def entry_document(entry: Ranked) -> Document:
    """Return one entry of the JSON document; streaks are null until they are judged."""
    return entry._asdict() | {
        "discord_id": discord_id(entry.discord_id),
        "last_active_on": day(entry.last_active_on),
    }


def json_lines(board: Leaderboard) -> Iterator[str]:
    """Give the JSON document, an entry a line."""
    yield from streamed(_head(board), "entries", map(entry_document, board.entries))


def csv_lines(board: Leaderboard) -> Iterator[str]:
    """Give RFC 4180 lines with a header; text that a spreadsheet would compute is quoted by '."""
    yield from sheet_lines(_FIELDS, map(entry_document, board.entries))


def markdown_lines(board: Leaderboard) -> Iterator[str]:
    """Give a table in Markdown, for GitHub and Discord alike."""
    yield f"**{markdown_text(title(board))}**\n\n"
    yield f"| {' | '.join(_COLUMNS)} |\n"
    yield f"| ---: | :--- | {' | '.join(['---:'] * (len(_COLUMNS) - 2))} |\n"
    for entry in board.entries:
        rank, who, *numbers = _cells(entry)
        yield f"| {rank} | {markdown_text(who)} | {' | '.join(numbers)} |\n"


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it stands, mentioning nobody and linking nowhere."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-!|~<>&$])", r"\\\1", printable(text).lstrip())
    return _LINKED_OR_MENTIONED.sub("\\g<0>\u200b", escaped)
