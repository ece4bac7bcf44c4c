"""Names are text, whatever they contain: nothing in one steers a terminal, a sheet or a chat."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from trc_mee6.render import leaderboard as render
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period
from trc_mee6.text import printable

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)


def board(*names, guild="The Guild"):
    entries = [
        Ranked(rank, 100000000000000000 + rank, "m", name, 10, 1000, 5, 4, 50)
        for rank, name in enumerate(names, start=1)
    ]
    period = Period("all", None, date(2026, 1, 14))
    return Leaderboard(1, guild, NOW, "points", period, len(names), iter(entries))


def table(*names, **more):
    return "".join(render.table_lines(board(*names, **more)))


def cells(*names):
    return [row["username"] for row in csv.DictReader(io.StringIO(sheet(*names), newline=""))]


def sheet(*names):
    return "".join(render.csv_lines(board(*names)))


HOSTILE = [
    "[red]x[/red]", "[/]", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "two\nlines", "two\r\nlines",
    "tab\there", "nul\0", "\u202egnp.exe", "\u2066a\u2069", "a\u2028b", "\x9b31m",
    "=cmd|' /C calc'!A0",
    "@SUM(1)", "+1", "-1", "@everyone", "<@100000000000000000>", "a|b", "`code`", "**bold**",
    "[a](https://x.example)", "https://x.example", "<script>alert(1)</script>", "&lt;", "# title",
    "x" * 10_000, "\\", '"quoted", too', ":smile:", "  spaced  ", "\ufeffbom", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_table_has_one_line_a_name_and_no_control_character(name):
    lines = table("Ada", name, "Bea").splitlines()
    assert len(lines) == 6
    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "3"]
    assert all(character.isprintable() or character == " " for character in "".join(lines))
    assert all(len(line) < 120 for line in lines)


def test_a_table_shows_markup_and_controls_as_text():
    shown = table("[red]x[/red]", "\x1b[31mred", "a\nb", ":smile:", guild="[b]G[/b]\x1b[1m")
    assert " [red]x[/red] " in shown
    assert " ␛[31mred " in shown
    assert " a␊b " in shown
    assert " :smile: " in shown
    assert shown.startswith("[b]G[/b]␛[1m: by points\n")


def test_a_table_cuts_a_long_name_and_says_so():
    assert f" {'x' * 39}… " in table("x" * 10_000)


def test_columns_align_by_the_width_of_cells_on_the_screen():
    names = ("Ada", "小林さくら", "김민준", "Hiro 🎮", "Jürgen", "é" * 3)
    lines = table(*names).splitlines()[1:-1]
    ends = {cell_len(line[: line.rindex("  10  ") + 4]) for line in lines[1:]}
    assert len(ends) == 1
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_csv_gives_one_row_a_name_that_no_spreadsheet_computes(name):
    before, cell, after = cells("Ada", name, "Bea")
    assert (before, after) == ("Ada", "Bea")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\n" not in cell
    assert len(sheet("Ada", name, "Bea").splitlines()) == 4


def test_csv_leaves_ordinary_text_as_it_is_and_marks_formulas():
    assert cells("Ada", '"Q", too', "=1+1", "@x", "x" * 10_000) == [
        "Ada", '"Q", too', "'=1+1", "'@x", "x" * 10_000,
    ]  # fmt: skip
    assert sheet("Ada").endswith("\r\n")


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_json_keeps_every_name_exactly(names):
    document = json.loads("".join(render.json_lines(board(*names))))
    assert [entry["username"] for entry in document["entries"]] == names
    assert document == render.document(board(*names))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_markdown_has_one_line_of_ten_cells_a_name(name):
    lines = "".join(render.markdown_lines(board("Ada", name, "Bea"))).splitlines()
    assert len(lines) == 7
    for line in lines[4:]:
        assert line.replace("\\\\", "").replace("\\|", "").count("|") == 11


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        ("`code`", r"\`code\`"),
        ("**b**", r"\*\*b\*\*"),
        ("<b>&", r"\<b\>\&"),
        ("@everyone", "@\u200beveryone"),
        ("<@1>", "\\<@\u200b1\\>"),
        ("https://x.example", "https:\u200b//x.example"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("a\\", r"a\\"),
    ],
)
def test_markdown_shows_names_as_they_stand_and_mentions_nobody(name, shown):
    assert f"| 1 | {shown} | 10 |" in "".join(render.markdown_lines(board(name)))


def test_who_has_no_name_is_shown_by_id():
    assert " 100000000000000001 " in table(None)
    assert "| 100000000000000001 |" in "".join(render.markdown_lines(board("")))
    assert cells(None) == [""]


@pytest.mark.parametrize("start", ["＝", "＋", "－", "＠", " =", "\u3000+", "\n@", "\t", "\r"])
def test_no_cell_of_a_sheet_is_computed_after_blanks_or_in_full_width(start):
    name = f"{start}1+1"
    assert cells(name) == [f"'{printable(name)}"]
