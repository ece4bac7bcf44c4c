"""Registry files: CSV with or without a header, or a JSON array."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from trc_mee6.errors import InputMalformed
from trc_mee6.log import log
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.store.registry import Entry
from trc_mee6.text import is_text, printable, quoted

_COLUMNS = ("discord_id", "member_id", "name")
_DELIMITERS = (",", ";", "\t")
_WAY_OUT = "Nothing was imported; mend the file and import it again."


def read_entries(source: Path, standard_input: BinaryIO) -> list[Entry]:
    """Return the lines of a registry file, each id once.

    Args:
        source: the file; `-` is standard input.
        standard_input: read for `-`.

    Raises:
        InputMalformed: it cannot be read, or a row is wrong; says line and column of the first.
    """
    text = _text(source, standard_input)
    rows = _json_rows(text) if text.lstrip().startswith(("[", "{")) else _csv_rows(text)
    entries: dict[int, Entry] = {}
    member_ids: dict[str, int] = {}
    for where, entry in rows:
        before = entries.setdefault(entry.discord_id, entry)
        if before != entry:
            raise InputMalformed(
                f"{where}: {entry.discord_id} stands here again, with other values. {_WAY_OUT}"
            )
        if entry.member_id is not None:
            other = member_ids.setdefault(entry.member_id, entry.discord_id)
            if other != entry.discord_id:
                raise InputMalformed(
                    f"{where}: member_id {quoted(entry.member_id)} is already that of"
                    f" {other}. {_WAY_OUT}"
                )
    if not entries:
        raise InputMalformed(f"The file has no members. {_WAY_OUT}")
    return list(entries.values())


def _text(source: Path, standard_input: BinaryIO) -> str:
    try:
        body = standard_input.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        raise InputMalformed(
            f"{printable(str(source))} cannot be read: {error.strerror}. Check the path."
        ) from None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise InputMalformed(
            f"line {line}, column {column}: not UTF-8. Save the file as UTF-8. {_WAY_OUT}"
        ) from None


def _csv_rows(text: str) -> Iterator[tuple[str, Entry]]:
    first_line = text.lstrip().split("\n", 1)[0]
    delimiter = next((mark for mark in first_line if mark in _DELIMITERS), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = list(_COLUMNS)
    started = False
    while True:
        line = reader.line_num + 1  # where the row begins; a quoted cell may hold line breaks
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = printable(str(error))  # it quotes the delimiter, which may be a tab
            raise InputMalformed(f"line {line}, column 1: {said}. {_WAY_OUT}") from None
        if not any(cell.strip() for cell in row):
            continue
        if not started:
            started = True
            if not re.search(r"\d", row[0]):
                columns = [cell.strip().lower() for cell in row]
                if "discord_id" not in columns:
                    raise InputMalformed(
                        f"line {line}, column 1: the header names no discord_id. {_WAY_OUT}"
                    )
                ignored = [column for column in columns if column not in _COLUMNS]
                if ignored:
                    log.warning("registry.columns_ignored", columns=ignored)
                continue
        values = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        places = {name: f"line {line}, column {n}" for n, name in enumerate(columns, start=1)}
        yield places["discord_id"], _entry(values, places)


def _json_rows(text: str) -> Iterator[tuple[str, Entry]]:
    decoder = json.JSONDecoder()
    place = _Places(text)
    at = _skip(text, 0)
    if text[at] != "[":
        raise InputMalformed(f"{place(at)}: not an array of members. {_WAY_OUT}")
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:  # a ValueError: a number of 5,000 digits
            where = error.pos if isinstance(error, json.JSONDecodeError) else at
            raise InputMalformed(f"{place(where)}: not valid JSON. {_WAY_OUT}") from None
        where_text = place(at)
        values = value if isinstance(value, dict) else {"discord_id": value}
        yield where_text, _entry(values, dict.fromkeys(_COLUMNS, where_text))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise InputMalformed(f"{place(at)}: a comma or ] is missing. {_WAY_OUT}")
    after = _skip(text, at + 1)
    if after < len(text):
        raise InputMalformed(f"{place(after)}: something follows the array. {_WAY_OUT}")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


class _Places:
    """Says the line and column of positions, each no earlier than the one before.

    A file of many members would take hours if its lines were counted anew for each.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._line_starts = 0
        self._line = 1

    def __call__(self, at: int) -> str:
        self._line += self._text.count("\n", self._at, at)
        self._line_starts = max(self._line_starts, self._text.rfind("\n", self._at, at) + 1)
        self._at = at
        return f"line {self._line}, column {at - self._line_starts + 1}"


def _entry(values: dict[str, Any], places: dict[str, str]) -> Entry:
    """Return one row as an entry; `places` says where each column stands."""
    found, where = values.get("discord_id"), places["discord_id"]
    if found is None:
        raise InputMalformed(f"{where}: there is no discord_id. {_WAY_OUT}")
    try:
        discord_id = snowflake(str(found))
    except ValueError as error:
        shown = quoted(str(found))
        rounded = ", which a spreadsheet rounded: format the column as text" * (
            "e+" in shown.lower()
        )
        raise InputMalformed(
            f"{where}: discord_id is {shown}{rounded}; {error}. {_WAY_OUT}"
        ) from None
    return Entry(
        discord_id, _optional(values, "member_id", places), _optional(values, "name", places)
    )


def _optional(values: dict[str, Any], column: str, places: dict[str, str]) -> str | None:
    value = values.get(column)
    if value is None or value == "":
        return None
    where = places[column]
    if type(value) not in (str, int):
        raise InputMalformed(f"{where}: {column} is neither text nor a whole number. {_WAY_OUT}")
    text = str(value)
    if not is_text(text):
        raise InputMalformed(f"{where}: {column} is no text a database can keep. {_WAY_OUT}")
    return text
