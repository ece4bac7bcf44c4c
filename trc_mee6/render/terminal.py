"""Tables for people: with colour and boxes on a terminal, plain text elsewhere."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TextIO

from trc_mee6.text import printable

_WIDE = 200  # columns of a table that no terminal limits
_LONGEST_CELL = 40


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
    for row in rows:
        table.add_row(*map(_cell, columns, row))
    console: Any = Console(file=stream, width=None if on_terminal else _WIDE, highlight=False)
    if on_terminal:
        least = console.measure(table).minimum
        console.print(table, width=max(console.width, least), crop=False, soft_wrap=False)
        return
    with console.capture() as captured:
        console.print(table)
    stream.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def number(value: int | None) -> str:
    """Return a number with thousands apart, a dash for none."""
    return "-" if value is None else f"{value:,}"
