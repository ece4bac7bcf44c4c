"""CSV for spreadsheets: RFC 4180 lines with a header, and no cell that a spreadsheet computes."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trc_mee6.text import printable

# Spreadsheets take a cell that begins like this for a formula, some also after blanks.
_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width ones too
_BLANKS = ("\t", "\r")
# Where numbers have a decimal comma, spreadsheets take a semicolon for the end of a cell.
_LATER_CELL = re.compile(rf";(?=\s*[{re.escape(''.join(_SIGNS))}])")


def csv_lines(fields: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Give the header and a line a row; text that a spreadsheet would compute is quoted by '."""
    yield _csv_line(fields)
    for row in rows:
        yield _csv_line([_csv_cell(row[field]) for field in fields])


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()  # as in JSON
    if not isinstance(value, str):
        return value
    text = _LATER_CELL.sub(";'", printable(value))
    computed = value.startswith(_BLANKS) or value.lstrip().startswith(_SIGNS)
    return f"'{text}" if computed else text


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
