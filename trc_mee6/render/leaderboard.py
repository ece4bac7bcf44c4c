"""A leaderboard as table, JSON, CSV or Markdown.

Each form is given as lines of text. But for the table, whose columns are as wide as what is in
them, a long board is never held as a whole.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TextIO

from trc_mee6.render.documents import Document, day, discord_id, moment, streamed
from trc_mee6.render.sheet import csv_lines as sheet_lines
from trc_mee6.render.terminal import Cell, Column, number, show_table
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.text import name, printable

_FIELDS = (
    "rank", "discord_id", "member_id", "username", "points", "xp", "xp_gained", "level",
    "messages", "current_streak", "longest_streak", "last_active_on", "rank_before",
    "is_new", "gap",
)  # fmt: skip
_CHANGES = {"▲": "green", "▼": "red", "n": "cyan"}
_NAMED = ("day", "week", "month")
_RANKED_BY = {
    "points": "points", "xp": "XP", "gain": "XP gained", "level": "level",
    "messages": "messages", "streak": "streak",
}  # fmt: skip
# What becomes a mention or a link by itself, in a chat or on GitHub: @everyone, https://x.example,
# www.x.example, an invitation as discord.gg/x. A space without width behind it keeps it text.
_LINKED_OR_MENTIONED = re.compile(r"@|:(?=//)|\bwww(?=\.)|\.(?=\w+/)", re.IGNORECASE)
_BARS = "▁▂▃▄▅▆▇█"


class _Shown(NamedTuple):
    """A column, and what it shows of a line."""

    column: Column
    cell: Callable[[Ranked], str | Cell]


def title(board: Leaderboard) -> str:
    """Return what stands above a leaderboard."""
    guild = name(board.guild_name) or f"Guild {board.guild_id}"
    since, until = board.period.since, board.period.until
    when = "" if since is None else f", {since} to {until}" if since != until else f", {until}"
    source = "" if board.source is None else f" from {printable(board.source)}"
    nothing = "" if board.source_known else " (no line has this source)"
    around = "" if board.around is None else f", around {board.around}"
    return f"{guild}: by {_RANKED_BY[board.by]}{source}{nothing}{when}{active(board)}{around}"


def active(board: Leaderboard) -> str:
    """Return that only active members are ranked, if that was asked for."""
    return "" if board.active is None else f", active ({board.active:,} XP in 30 days)"


def table_lines(board: Leaderboard) -> Iterator[str]:
    """Give the table as plain text."""
    plain = io.StringIO()
    show(board, plain)
    yield plain.getvalue()


def show(board: Leaderboard, stream: TextIO | None = None) -> None:
    """Write the table, for a terminal or plain; to standard output by default."""
    caption = f"{_members(board)}, as of {board.generated_at:%Y-%m-%d %H:%M} UTC"
    columns, cells = zip(*_shown(board), strict=True)
    rows = ([cell(entry) for cell in cells] for entry in board.entries)
    show_table(columns, rows, title(board), caption, stream)


def _shown(board: Leaderboard) -> tuple[_Shown, ...]:
    """Return what is shown; on a narrow terminal what the board is not about gives way."""
    gained = f"XP this {board.period.name}" if board.period.name in _NAMED else "XP gained"
    if board.period.name.endswith("d"):
        gained = f"XP in {board.period.name[:-1]} days"
    shown = (
        _Shown(Column("#", numeric=True, style="dim"), lambda one: str(one.rank)),
        _Shown(Column("Change", whole=True), _change),
        _Shown(Column("Name"), name_of),
        _Shown(Column("Gap", numeric=True, style="bold"), _gap),
        _Shown(Column("Points", numeric=True, style="bold green"), lambda one: number(one.points)),
        _Shown(Column("XP", numeric=True), lambda one: number(one.xp)),
        _Shown(Column("Level", numeric=True, style="cyan", spare=3), lambda one: number(one.level)),
        _Shown(Column("Messages", numeric=True, spare=5), lambda one: number(one.messages)),
        _Shown(Column(gained, numeric=True, style="yellow", spare=4), _gained),
        _Shown(Column("Trend", whole=True, style="yellow", spare=6), _trend),
        _Shown(
            Column("Streak", numeric=True, style="magenta"),
            lambda one: number(one.current_streak),
        ),
        _Shown(Column("Longest", numeric=True, spare=1), lambda one: number(one.longest_streak)),
        _Shown(
            Column("Last active", numeric=True, spare=2),
            lambda one: str(one.last_active_on or "-"),
        ),
    )
    absent = {
        "Change": board.before is None,
        "Gap": board.around is None,
        "Trend": not board.has_trend,
    }
    about = {
        "xp": {"XP", gained}, "gain": {gained}, "level": {"Level"}, "messages": {"Messages"},
        "streak": {"Streak", "Longest"},
    }.get(board.by, set())  # fmt: skip
    return tuple(
        _Shown(column._replace(spare=0), cell) if column.title in about else _Shown(column, cell)
        for column, cell in shown
        if not absent.get(column.title)
    )


def _members(board: Leaderboard) -> str:
    return "1 member" if board.total_members == 1 else f"{board.total_members:,} members"


def change(entry: Ranked) -> str:
    """Return how a rank differs from that in the period before: ▲3, ▼1, = or new, or nothing."""
    if entry.rank_before is None:
        return "new" if entry.is_new else ""
    up = entry.rank_before - entry.rank
    if up == 0:
        return "="
    return f"▲{up}" if up > 0 else f"▼{-up}"


def _change(entry: Ranked) -> str | Cell:
    shown = change(entry)
    return Cell(shown, _CHANGES[shown[0]]) if shown[:1] in _CHANGES else shown


def _gap(entry: Ranked) -> str:
    return "" if entry.gap is None else f"{entry.gap:+,}" if entry.gap else "0"


def _gained(entry: Ranked) -> str:
    return f"+{entry.xp_gained:,}" if entry.xp_gained > 0 else number(entry.xp_gained)


def _trend(entry: Ranked) -> str:
    """Return a bar for each day, the highest for the member's best one; a dot for none."""
    best = max(entry.trend, default=0)
    return "".join(
        _BARS[(gained * len(_BARS) - 1) // best] if gained > 0 else "·" for gained in entry.trend
    )


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
        "compared_with": None
        if board.before is None
        else {"since": day(board.before.since), "until": day(board.before.until)},
        "active": board.active,
        "around": discord_id(board.around),
        "total_members": board.total_members,
    }


def entry_document(entry: Ranked) -> Document:
    """Return one entry of the JSON document; streaks are null until they are judged."""
    values = entry._asdict() | {
        "discord_id": discord_id(entry.discord_id),
        "last_active_on": day(entry.last_active_on),
    }
    return {field: values[field] for field in _FIELDS}


def json_lines(board: Leaderboard) -> Iterator[str]:
    """Give the JSON document, an entry a line."""
    yield from streamed(_head(board), "entries", map(entry_document, board.entries))


def csv_lines(board: Leaderboard) -> Iterator[str]:
    """Give RFC 4180 lines with a header; text that a spreadsheet would compute is quoted by '."""
    yield from sheet_lines(_FIELDS, map(entry_document, board.entries))


def markdown_lines(board: Leaderboard) -> Iterator[str]:
    """Give a table in Markdown, for GitHub and Discord alike."""
    yield f"**{markdown_text(title(board))}**\n\n"
    shown = _shown(board)
    yield f"| {' | '.join(column.title for column, _ in shown)} |\n"
    yield f"| {' | '.join('---:' if column.numeric else ':---' for column, _ in shown)} |\n"
    for entry in board.entries:
        cells = (_markdown_cell(column, cell(entry)) for column, cell in shown)
        yield f"| {' | '.join(cells)} |\n"


def _markdown_cell(column: Column, cell: str | Cell) -> str:
    text = cell if isinstance(cell, str) else cell.text
    return text if column.numeric or column.whole else markdown_text(text)


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it stands, mentioning nobody and linking nowhere."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-!|~<>&$])", r"\\\1", printable(text).lstrip())
    return _LINKED_OR_MENTIONED.sub("\\g<0>\u200b", escaped)
