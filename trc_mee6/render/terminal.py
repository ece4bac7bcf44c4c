"""Tables for people: with colour and boxes on a terminal, plain text elsewhere."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TextIO

from trc_mee6.text import printable

_WIDE = 200  # columns of a table that no terminal limits
LONGEST_CELL = 40
_NARROWEST = 8  # what a terminal leaves of a column that may be cut
_READABLE = 16  # what columns that may be left out leave of one that may be cut
_BORDER = 3  # cells around and between columns


class Column(NamedTuple):
    """A column of a table; numbers stand to the right.

    Attributes:
        longest: cells beyond this are cut with an ellipsis; None wraps them instead.
        whole: never cut, however narrow the terminal; numbers never are.
        spare: left out of a terminal too narrow for all, the highest first; 0 never.
    """

    title: str
    numeric: bool = False
    style: str = ""
    longest: int | None = LONGEST_CELL
    whole: bool = False
    spare: int = 0


class Cell(NamedTuple):
    """A cell with a style of its own."""

    text: str
    style: str


def show_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str | Cell]],
    title: str = "",
    caption: str = "",
    stream: TextIO | None = None,
    *,
    uncut: bool = False,
) -> None:
    """Write a table to standard output, every cell as plain text whatever it contains.

    Args:
        uncut: what is no terminal gets all of every cell, on one line.
    """
    from rich.cells import cell_len
    from rich.console import Console

    stream = stream or sys.stdout
    on_terminal = stream.isatty()
    console: Any = Console(
        file=stream,
        width=None if on_terminal else _WIDE,
        highlight=False,
        force_terminal=on_terminal,  # not as FORCE_COLOR says
    )
    lines = [[_harmless(cell) for cell in row] for row in rows]
    widths = [
        max(len(column.title), *(cell_len(line[n].text) for line in lines), 0)
        for n, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    if uncut and not on_terminal:
        columns = [column._replace(longest=None) for column in columns]
        console.width = max(_WIDE, _least_width(columns, widths, max(widths)))
    if on_terminal:
        shown = _fitting(columns, widths, console.width)
        least = _least_width([columns[n] for n in shown], [widths[n] for n in shown], _NARROWEST)
        console.width = max(console.width, least)
    table = _empty_table([columns[n] for n in shown], title, caption, boxed=on_terminal)
    for line in lines:
        table.add_row(*(_text(line[n], columns[n]) for n in shown))
    if on_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    stream.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _harmless(cell: str | Cell) -> Cell:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return Cell(printable(text), style)


def _text(cell: Cell, column: Column) -> Any:
    from rich.text import Text

    return Text(cell.text, style=cell.style, no_wrap=column.longest is not None)


def _empty_table(columns: Sequence[Column], title: str, caption: str, *, boxed: bool) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.ROUNDED if boxed else None,
        title=Text(printable(title)) if title else None,
        caption=Text(printable(caption)) if caption else None,
        title_justify="left",
        caption_justify="left",
        pad_edge=boxed,
        header_style="bold",
    )
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.numeric else "left",
            style=column.style,
            # To rich a column that may not wrap is one that may not shrink before the others.
            no_wrap=column.numeric or column.whole,
            overflow="fold" if column.longest is None else "ellipsis",
            max_width=column.longest,
        )
    return table


def _fitting(columns: Sequence[Column], widths: Sequence[int], terminal: int) -> list[int]:
    """Return the places of the columns to show, so many that the others are still good to read."""
    shown = list(range(len(columns)))
    for place in sorted(shown, key=lambda n: -columns[n].spare):
        fits = [columns[n] for n in shown], [widths[n] for n in shown]
        if columns[place].spare == 0 or _least_width(*fits, _READABLE) <= terminal:
            break
        shown.remove(place)
    return shown


def _least_width(columns: Sequence[Column], widths: Sequence[int], cut_to: int) -> int:
    """Return how wide the table must be for its whole columns, and this much of the others."""
    shown = (
        width if column.numeric or column.whole else min(width, cut_to)
        for column, width in zip(columns, widths, strict=True)
    )
    return 1 + sum(width + _BORDER for width in shown)


def number(value: int | None) -> str:
    """Return a number with thousands apart, a dash for none."""
    return "-" if value is None else f"{value:,}"
