"""Names are text, whatever they contain: nothing in one steers a terminal, a sheet or a chat."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime

import orjson
import pytest
from hostile import TEXTS, called, computed, highest_heap, table_of, unclean
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len
from support import Terminal

from trc_mee6.render import leaderboard as render
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period
from trc_mee6.text import name as printed_name
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


texts = pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)


@texts
def test_a_table_has_one_line_a_name_and_no_control_character(name):
    shown = table("Ada", name, "Bea", guild=name)
    lines = shown.splitlines()
    assert len(lines) in (6, 7)  # a long title may take two
    rows = lines[-4:-1]
    assert [line.split()[0] for line in rows] == ["1", "2", "3"]
    assert all(len(line.split()) > 9 for line in rows)  # there is a name, or the id
    assert unclean(shown) == []
    assert highest_heap(shown) <= 5
    assert all(len(line) < 250 for line in lines)
    assert all(cell_len(line) < 120 for line in rows)


@texts
@pytest.mark.parametrize("columns", [60, 132])
def test_on_a_terminal_a_name_stays_in_its_cell(monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    render.show(board("Ada", name, "Bea", guild=name), terminal)
    shown = terminal.getvalue()
    assert "\x1b[" in shown  # there is colour, or this shows nothing
    assert unclean(shown) == []
    assert highest_heap(shown) <= 5
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    framed = [line for line in lines if line[0] in "╭│├╰"]
    assert [line[0] + line[-1] for line in framed] == ["╭╮", "││", "├┤", "││", "││", "││", "╰╯"]
    assert {line.count("│") for line in framed[3:6]} == {framed[1].count("│")}
    assert len(lines) <= len(framed) + 8


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


@texts
def test_csv_gives_one_row_a_name_that_no_spreadsheet_computes(name):
    before, cell, after = cells("Ada", name, "Bea")
    assert (before, after) == ("Ada", "Bea")
    assert unclean(cell) == []
    assert computed(sheet("Ada", name, "Bea")) == []
    assert len(sheet("Ada", name, "Bea").splitlines()) == 4


def test_csv_leaves_ordinary_text_as_it_is_and_marks_formulas():
    assert cells("Ada", '"Q", too', "=1+1", "@x", "x" * 10_000, "a; b", "a;=1", ";-)") == [
        "Ada", '"Q", too', "'=1+1", "'@x", "x" * 10_000, "a; b", "a;'=1", ";'-)",
    ]  # fmt: skip
    assert sheet("Ada").endswith("\r\n")


@given(
    st.lists(st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\ud800\udc00")), min_size=1)
)
@example([*TEXTS.values()])
def test_json_keeps_every_name_and_steers_no_terminal(names):
    shown = "".join(render.json_lines(board(*names)))
    assert unclean(shown) == []
    document = orjson.loads(shown)  # which takes valid JSON only
    kept = [re.sub("[\ud800-\udfff]", "\ufffd", name) for name in names]
    assert [entry["username"] for entry in document["entries"]] == kept
    assert json.loads(shown) == document


@texts
def test_markdown_is_a_table_of_ten_cells_a_name_and_nothing_else(name):
    shown = "".join(render.markdown_lines(board("Ada", name, "Bea", guild=name)))
    rows = table_of(shown.split("\n", 2)[2])
    assert [len(row) for row in rows] == [10] * 4
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]
    assert rows[2][1].strip()
    assert rows[2][2:] == [*rows[1][2:]]
    title, below = MarkdownIt().parse(shown.split("\n")[0])[1].children, shown.split("\n")[1]
    assert [token.type for token in title] == [
        "text",
        "strong_open",
        "text",
        "strong_close",
        "text",
    ]
    assert below == ""
    assert called(shown) == []
    assert unclean(shown) == []


@pytest.mark.parametrize("name", [text for text in TEXTS.values() if text.isascii()], ids=ascii)
def test_markdown_shows_every_sign_of_a_name(name):
    shown = table_of("".join(render.markdown_lines(board(name))).split("\n", 2)[2])[1][1]
    assert shown.replace("\u200b", "") == printed_name(name).strip()


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
        ("www.x.example", "www\u200b.x.example"),
        ("discord.gg/x", "discord.\u200bgg/x"),
        ("ada.lovelace", "ada.lovelace"),
        ("$x$", r"\$x\$"),
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
    for unseen in ("\u200b\u200d", "\u3164", "\u0301", "\u00a0", "\u200b" * 10_000):
        assert " 100000000000000001 " in table(unseen)
        assert "| 100000000000000001 |" in "".join(render.markdown_lines(board(unseen)))


@pytest.mark.parametrize("start", ["＝", "＋", "－", "＠", " =", "\u3000+", "\n@", "\t", "\r"])
def test_no_cell_of_a_sheet_is_computed_after_blanks_or_in_full_width(start):
    name = f"{start}1+1"
    assert cells(name) == [f"'{printable(name)}"]
