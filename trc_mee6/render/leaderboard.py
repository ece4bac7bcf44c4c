"""A leaderboard as table, JSON, CSV or Markdown.

Each form is given as lines of text, so that a long board is never held as a whole.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import TextIO

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.text import printable

# Spreadsheets take a cell that begins like this for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FIELDS = (
    "rank", "discord_id", "member_id", "username", "points", "xp", "xp_gained", "level",
    "messages", "current_streak", "longest_streak", "last_active_on",
)  # fmt: skip
_RANKED_BY = {"points": "points", "xp": "XP", "level": "level", "messages": "messages"}


def title(board: Leaderboard) -> str:
    """Return what stands above a leaderboard."""
    name = printable(board.guild_name or f"Guild {board.guild_id}")
    since, until = board.period.since, board.period.until
    when = "" if since is None else f", {since} to {until}" if since != until else f", {until}"
    return f"{name}: by {_RANKED_BY[board.by]}{when}"


def table_lines(board: Leaderboard) -> Iterator[str]:
    """Give the table as plain text."""
    plain = io.StringIO()
    show(board, plain)
    yield plain.getvalue()


def show(board: Leaderboard, stream: TextIO | None = None) -> None:
    """Write the table, for a terminal or plain; to standard output by default."""
    gained = "XP gained" if board.period.since is None else f"XP this {board.period.name}"
    if board.period.name.endswith("d"):
        gained = f"XP in {board.period.name[:-1]} days"
    columns = (
        Column("#", numeric=True, style="dim"),
        Column("Name"),
        Column("Points", numeric=True, style="bold green"),
        Column("XP", numeric=True),
        Column("Level", numeric=True, style="cyan"),
        Column("Messages", numeric=True),
        Column(gained, numeric=True, style="yellow"),
    )
    caption = f"{_members(board)}, as of {board.generated_at:%Y-%m-%d %H:%M} UTC"
    show_table(columns, map(_cells, board.entries), title(board), caption, stream)


def _members(board: Leaderboard) -> str:
    return "1 member" if board.total_members == 1 else f"{board.total_members:,} members"


def _cells(entry: Ranked) -> tuple[str, ...]:
    gained = f"+{entry.xp_gained:,}" if entry.xp_gained > 0 else number(entry.xp_gained)
    return (
        str(entry.rank), name_of(entry), number(entry.points), number(entry.xp),
        number(entry.level), number(entry.messages), gained,
    )  # fmt: skip


def name_of(entry: Ranked) -> str:
    """Return a member's name, or the id where none is known."""
    return printable(entry.username) if entry.username else str(entry.discord_id)


def document(board: Leaderboard) -> Document:
    """Return the JSON document."""
    return _head(board) | {"entries": [entry_document(entry) for entry in board.entries]}


def _head(board: Leaderboard) -> Document:
    return {
        "command": "leaderboard",
        "guild": {"id": discord_id(board.guild_id), "name": board.guild_name},
        "generated_at": moment(board.generated_at),
        "by": board.by,
        "period": {
            "name": board.period.name,
            "since": day(board.period.since),
            "until": day(board.period.until),
        },
        "total_members": board.total_members,
    }


def entry_document(entry: Ranked) -> Document:
    """Return one entry of the JSON document; streaks are null until they are judged."""
    return {
        **entry._asdict(),
        "discord_id": discord_id(entry.discord_id),
        "current_streak": None,
        "longest_streak": None,
        "last_active_on": None,
    }


def json_lines(board: Leaderboard) -> Iterator[str]:
    """Give the JSON document, an entry a line."""
    head = json.dumps(_head(board), ensure_ascii=False)
    yield f'{head[:-1]}, "entries": [\n'
    before = ""
    for entry in board.entries:
        yield f"{before}  {json.dumps(entry_document(entry), ensure_ascii=False)}"
        before = ",\n"
    yield "\n]}\n"


def csv_lines(board: Leaderboard) -> Iterator[str]:
    """Give RFC 4180 lines with a header; text that a spreadsheet would compute is quoted by '."""
    yield _csv_line(_FIELDS)
    for entry in board.entries:
        values = entry_document(entry)
        yield _csv_line([_csv_cell(values[field]) for field in _FIELDS])


def _csv_cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if value.startswith(_FORMULA_STARTS) else text


def _csv_line(cells: object) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # type: ignore[arg-type] # any row
    return line.getvalue()


def markdown_lines(board: Leaderboard) -> Iterator[str]:
    """Give a table in Markdown, for GitHub and Discord alike."""
    yield f"**{markdown_text(title(board))}**\n\n"
    yield "| # | Name | Points | XP | Level | Messages | XP gained |\n"
    yield "| ---: | :--- | ---: | ---: | ---: | ---: | ---: |\n"
    for entry in board.entries:
        rank, name, *numbers = _cells(entry)
        yield f"| {rank} | {markdown_text(name)} | {' | '.join(numbers)} |\n"


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it stands, mentioning nobody and linking nowhere."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-!|~<>&])", r"\\\1", printable(text))
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")
