"""Charts in a terminal: plain text in a file, coloured on a terminal, lines that fit."""

import io
import re
import sys

import pytest
from chart_samples import CHARTS, NOTHING, activity, growth, levels, year
from hostile import TEXTS, highest_heap, unclean
from rich.cells import cell_len
from support import Terminal

from trc_mee6.errors import ConfigError
from trc_mee6.render.charts.plots import show


def plotted(chart):
    stream = io.StringIO()
    show(chart, stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", CHARTS)
def test_a_plot_is_plain_text_and_fits_80_columns(monkeypatch, kind):
    monkeypatch.setenv("COLUMNS", "80")
    shown = plotted(CHARTS[kind])
    assert "\x1b" not in shown
    assert shown == plotted(CHARTS[kind])
    assert 8 < len(shown.splitlines()) < 30
    assert all(cell_len(line) <= 110 for line in shown.splitlines())
    plot = [line for line in shown.splitlines() if line[-1:] in "│┐┘"]
    assert all(cell_len(line) <= 80 for line in plot)


@pytest.mark.parametrize("kind", NOTHING)
def test_nothing_to_plot_is_said(kind):
    assert re.search(r"(Nothing|No member|No gain|0 active days)", plotted(NOTHING[kind]))


@pytest.mark.parametrize("chart", [growth("Ada"), levels()], ids=["growth", "levels"])
def test_without_the_library_nothing_is_written(monkeypatch, chart):
    monkeypatch.setitem(sys.modules, "plotext", None)
    stream = io.StringIO()
    with pytest.raises(ConfigError, match="plotext"):
        show(chart, stream)
    assert stream.getvalue() == ""


def test_lines_are_told_apart_by_letters_and_named_below():
    day = plotted(growth("Ada", days=1)).splitlines()
    assert day[:3] == ["XP gained", "The Guild", "2026-11-24 (UTC)"]
    lines = plotted(growth("Ada", "小林", None)).splitlines()
    assert lines[:3] == ["XP gained", "The Guild", "2026-10-26 to 2026-11-24 (UTC)"]
    assert re.fullmatch(r"A [\d,]+ Ada", lines[-3])
    assert re.fullmatch(r"B [\d,]+ 小林", lines[-2])
    assert re.fullmatch(r"C [\d,]+ 100000000000000002", lines[-1])
    plot = "".join(line for line in lines if line.endswith("│"))
    assert set("ABC") <= set(plot)


def test_on_a_terminal_the_letters_have_colours(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    show(growth("Ada", "Bea"), terminal)
    assert "\x1b[1;34mA" in terminal.getvalue()
    assert unclean(terminal.getvalue()) == []
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert [line.rstrip() for line in plain.splitlines()] == plotted(
        growth("Ada", "Bea")
    ).splitlines()


def test_a_week_has_24_hours_a_day_and_a_year_a_sign_a_day():
    lines = plotted(activity()).splitlines()
    assert len(next(line for line in lines if line.startswith("Sun "))) == 4 + 48
    lines = plotted(year()).splitlines()
    days = [line[4:] for line in lines if re.match(r"\w{3} [ ·░▒▓█x-]+$", line)]
    assert len(days) == 7
    signs = "".join(days)
    assert (signs.count("x"), signs.count("-"), signs.count("·")) == (1, 26, 1)
    assert sum(signs.count(shade) for shade in "░▒▓█") == 91 - 1 - 26 - 1


@pytest.mark.parametrize("columns", [40, 60, 110])
def test_what_stands_below_a_plot_does_not_run_together(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for chart, one in (
        *((growth("Ada", days=days), r"\d\d \w{3}") for days in (1, 3, 30, 179)),
        *((growth("Ada", days=days), r"\w{3} \d{4}") for days in (200, 400)),
        *((levels(((0, 9), (most, 1))), r"\d+") for most in (9, 40, 100, 2**31 - 1)),
    ):
        lines = plotted(chart).splitlines()
        [axis] = [number for number, line in enumerate(lines) if line.lstrip().startswith("└")]
        assert re.fullmatch(f"{one}( +{one})+", lines[axis + 1].strip())
        assert len(re.findall(one, lines[axis + 1])) == lines[axis].count("┬") >= 2


def test_levels_as_high_as_can_be_share_bars():
    lines = plotted(levels(((0, 3), (70, 2), (2**31 - 1, 1)))).splitlines()
    assert lines[2].endswith("the highest at 2147483647")
    assert 15 < len(lines) < 25


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_hostile_name_steers_no_terminal(text):
    for chart in (growth(text, days=3, guild=text), year(text, guild=text)):
        shown = plotted(chart)
        assert unclean(shown) == []
        assert highest_heap(shown) <= 5
        assert max(map(cell_len, shown.splitlines())) < 150
