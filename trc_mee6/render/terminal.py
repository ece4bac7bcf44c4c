"""Tables for people: with colour and boxes on a terminal, plain text elsewhere."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TextIO

from trc_mee6.text import printable

_WIDE = 200  # columns of a table that no terminal limits
_LONGEST_CELL = 40
_NARROWEST = 8  # what a terminal leaves of a column that may be cut
_BORDER = 3  # cells around and between columns


class Column(NamedTuple):
    """A column of a table; numbers stand to the right.

    Attributes:
        longest: cells beyond this are cut with an ellipsis; None wraps them instead.
        whole: never cut, however narrow the terminal; numbers never are.
    """

    title: str
    numeric: bool = False
    style: str = ""
    longest: int | None = _LONGEST_CELL
    whole: bool = False


def show_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    title: str = "",
    caption: str = "",
    stream: TextIO | None = None,
) -> None:
    """Write a table to standard output, every cell as plain text whatever it contains."""
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    stream = stream or sys.stdout
    on_terminal = stream.isatty()
    table = Table(
        box=box.ROUNDED if on_terminal else None,
        title=Text(printable(title)) if title else None,
        caption=Text(printable(caption)) if caption else None,
        title_justify="left",
        caption_justify="left",
        pad_edge=on_terminal,
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
    widths = [len(column.title) for column in columns]
    for row in rows:
        cells = [printable(cell) for cell in row]
        widths = [max(width, cell_len(cell)) for width, cell in zip(widths, cells, strict=True)]
        table.add_row(
            *(
                Text(cell, no_wrap=column.longest is not None)
                for column, cell in zip(columns, cells, strict=True)
            )
        )
    console: Any = Console(
        file=stream,
        width=None if on_terminal else _WIDE,
        highlight=False,
        force_terminal=on_terminal,  # not as FORCE_COLOR says
    )
    if on_terminal:
        console.width = max(console.width, _least_width(columns, widths))
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    stream.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _least_width(columns: Sequence[Column], widths: Sequence[int]) -> int:
    """Return how wide the table must be for its whole columns, and a bit of the others."""
    shown = (
        width if column.numeric or column.whole else min(width, _NARROWEST)
        for column, width in zip(columns, widths, strict=True)
    )
    return 1 + sum(width + _BORDER for width in shown)


def number(value: int | None) -> str:
    """Return a number with thousands apart, a dash for none."""
    return "-" if value is None else f"{value:,}"
