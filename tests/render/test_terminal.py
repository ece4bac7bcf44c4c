"""Tables on terminals of every width."""

import io
import re

import pytest
from rich.cells import cell_len
from support import Terminal

from trc_mee6.render.terminal import Cell, Column, show_table

COLUMNS = (
    Column("Name"),
    Column("Points", numeric=True),
    Column("Level", numeric=True, spare=1),
    Column("Messages", numeric=True, spare=3),
    Column("Seen", whole=True, spare=2),
)
ROW = ("Ada Lovelace the First", "1,234", "12", "987", "2026-01-05")


def shown(width, monkeypatch, row=ROW, stream=None):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = stream or Terminal()
    show_table(COLUMNS, iter([row]), stream=stream)
    return re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (67, ["Name", "Points", "Level", "Messages", "Seen"]),
        (61, ["Name", "Points", "Level", "Messages", "Seen"]),
        (60, ["Name", "Points", "Level", "Seen"]),
        (50, ["Name", "Points", "Level", "Seen"]),
        (49, ["Name", "Points", "Level"]),
        (36, ["Name", "Points"]),
        (10, ["Name", "Points"]),
    ],
)
def test_spare_columns_go_one_by_one_until_a_name_is_good_to_read(width, titles, monkeypatch):
    lines = shown(width, monkeypatch)
    assert [title.strip() for title in lines[1].strip("│").split("│")] == titles
    assert len({cell_len(line) for line in lines}) == 1
    assert cell_len(lines[0]) <= max(width, 21)


def test_what_is_no_terminal_gets_every_column(monkeypatch):
    header, row = shown(20, monkeypatch, stream=io.StringIO())
    assert header.split() == [column.title for column in COLUMNS]
    assert row == "Ada Lovelace the First   1,234     12       987  2026-01-05"


def test_a_table_without_rows_is_its_header(capsys):
    show_table(COLUMNS, [])
    assert capsys.readouterr().out.split() == [column.title for column in COLUMNS]


def test_a_styled_cell_is_plain_text_too(capsys):
    show_table((Column("A"),), [[Cell("[b]\x1b", "bold red")]])
    assert capsys.readouterr().out == "A\n[b]␛\n"
