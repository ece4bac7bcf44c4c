"""The points ledger, for people and for programs: what was awarded, lines and sums.

Lists are given as lines of text where a program reads them, so that they are never held whole.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

from trc_mee6.render.documents import Document, day, discord_id, moment, streamed
from trc_mee6.render.sheet import csv_lines as sheet_lines
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Awarded, DaySum, LedgerHistory, LedgerLine, LedgerSums, MemberState
from trc_mee6.text import name, printable

_LINE_COLUMNS = (
    Column("Day (UTC)", whole=True, style="cyan"),
    Column("Name"),
    Column("Points", numeric=True, style="bold green"),
    Column("Balance", numeric=True),
    Column("Source"),
    Column("Key", spare=1),
    Column("Reason", longest=60),
)
_DAY_COLUMNS = (
    Column("Day (UTC)", whole=True, style="cyan"),
    Column("Source"),
    Column("Lines", numeric=True, spare=2),
    Column("Members", numeric=True, spare=1),
    Column("Awarded", numeric=True),
    Column("Deducted", numeric=True),
    Column("Points", numeric=True, style="bold green"),
)
_NO_DAY = "-"
_T = TypeVar("_T")


def award_line(
    command: str, done: Awarded, on: date | None = None, reason: str | None = None
) -> str:
    """Return the one line that says what an award did.

    Args:
        on, reason: as asked for, None if not: what a line booked before has not is told.
    """
    line = done.line
    would = " (dry run, nothing was written)" if done.dry_run else ""
    why = "" if line.reason is None else f', reason "{printable(line.reason)}"'
    what = (
        f"{line.points:+,} for {_who(line)} from {printable(line.source)}, key"
        f" {printable(line.key)}, for {line.day}{why}"
    )
    if not done.awarded:
        at = f"{line.recorded_at:%Y-%m-%d %H:%M:%S} UTC"
        what = f"nothing changed: {what}, was booked before, on {at}"
        if on not in (None, line.day):
            what += f"; the day asked for, {on}, was not taken"
        if reason not in (None, line.reason):
            what += f'; the reason asked for, "{printable(reason)}", was not taken'
    return f"{command}{would}: {what}; balance {number(line.balance)}"


def award_document(command: str, done: Awarded) -> Document:
    """Return the JSON document of an award: the values of the line that is booked."""
    return {
        "command": command,
        "status": "ok",
        "dry_run": done.dry_run,
        "awarded": done.awarded,
        "guild_id": discord_id(done.guild_id),
        **_line_document(done.line),
        "leftover": done.leftover,
    }


def show(found: LedgerHistory | LedgerSums) -> None:
    """Write lines or sums as a table."""
    if isinstance(found, LedgerSums):
        days, caption = _first(found.days, found.limit)
        show_table(_DAY_COLUMNS, map(_sum_cells, days), "Points by day", caption, uncut=True)
        return
    lines, caption = _first(found.lines, found.limit)
    if found.member is None:
        show_table(_LINE_COLUMNS, map(_cells, lines), "Ledger lines", caption, uncut=True)
    else:
        columns = [column for column in _LINE_COLUMNS if column.title != "Name"]
        columns[-1] = columns[-1]._replace(longest=None)  # there is room for the whole reason
        title = f"{_who(found.member)}: {number(found.member.points)} points"
        show_table(columns, map(_cells_of_member, lines), title, caption, uncut=True)


def json_lines(found: LedgerHistory | LedgerSums) -> Iterator[str]:
    """Give the JSON document of lines or sums, one of them a line."""
    if isinstance(found, LedgerSums):
        head = _head(found.guild_id, None)
        yield from streamed(head, "days", _documents(found))
    else:
        head = _head(found.guild_id, found.member)
        yield from streamed(head, "transactions", _documents(found))


def csv_lines(found: LedgerHistory | LedgerSums) -> Iterator[str]:
    """Give lines or sums as CSV."""
    fields = (DaySum if isinstance(found, LedgerSums) else LedgerLine)._fields
    yield from sheet_lines(fields, _documents(found))


def _documents(found: LedgerHistory | LedgerSums) -> Iterator[Document]:
    if isinstance(found, LedgerSums):
        return map(_sum_document, islice(found.days, found.limit))
    return map(_line_document, islice(found.lines, found.limit))


def _head(guild_id: int, member: MemberState | None) -> Document:
    return {
        "command": "points history",
        "guild_id": discord_id(guild_id),
        "member": None if member is None else {
            "discord_id": discord_id(member.discord_id),
            "member_id": member.member_id,
            "username": member.username,
            "points": member.points,
        },
    }  # fmt: skip


def _line_document(line: LedgerLine) -> Document:
    return line._asdict() | {
        "discord_id": discord_id(line.discord_id),
        "occurred_at": moment(line.occurred_at),
        "day": day(line.day),
        "recorded_at": moment(line.recorded_at),
    }


def _sum_document(one: DaySum) -> Document:
    return one._asdict() | {"day": day(one.day)}


def _who(one: LedgerLine | MemberState) -> str:
    """Return the name and id of a member; the id is the operator's own if there is one."""
    known_as = name(one.member_id) or str(one.discord_id)
    username = name(one.username)
    return f"{username} ({known_as})" if username else known_as


def _first(entries: Iterable[_T], limit: int | None) -> tuple[list[_T], str]:
    """Return the entries to show, and what is to be said of them: that there are more, or none."""
    given = list(entries)
    if not given:
        return given, "There is none."
    if limit is None or len(given) <= limit:
        return given, ""
    return given[:limit], f"The newest {limit}; --limit 0 for all"


def _cells(line: LedgerLine) -> tuple[str, ...]:
    when, *rest = _cells_of_member(line)
    return (when, _who(line), *rest)


def _cells_of_member(line: LedgerLine) -> tuple[str, ...]:
    return (
        str(line.day or _NO_DAY), f"{line.points:+,}", number(line.balance), line.source, line.key,
        line.reason or "",
    )  # fmt: skip


def _sum_cells(one: DaySum) -> tuple[str, ...]:
    return (
        str(one.day or _NO_DAY), one.source, number(one.lines), number(one.members),
        number(one.awarded), number(one.deducted), f"{one.points:+,}" if one.points else "0",
    )  # fmt: skip
