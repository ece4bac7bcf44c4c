"""`trc-mee6 chart` as a process: in a terminal, a file, or as JSON."""

import io
import re
import shutil
import stat
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from cli.conftest import plain
from cli.schemas import CHARTS, FAILURE, conforms
from PIL import Image
from support import GUILD, PROGRAM, HandClock, run_to_end

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.settings import load
from trc_mee6.standin import Board, StandIn
from trc_mee6.store.connect import open_store

ADA, BEA = (100000000000000000 + n for n in range(2))
NOW = "2026-01-14 12:00:00"
EACH = ["growth", "levels", "activity", f"member {ADA}"]


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """The file of a database in which two members gained XP on five days."""
    file = tmp_path_factory.mktemp("observed") / "trc-mee6.db"
    url = f"sqlite:///{file}"
    clock = HandClock()
    with StandIn() as stand_in, open_store(url) as store:
        board = stand_in.add(Board(GUILD))
        board.join(ADA, 1000, "Ada")
        board.join(BEA, 1000, "Bea")
        settings = load(mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=url)
        for day in range(8, 13):
            for hour, xp in ((9, 0), (10, 120)):
                board.gain(ADA, xp)
                board.gain(BEA, xp // 2)
                clock.time = datetime(2026, 1, day, hour, tzinfo=UTC)
                assert sync(Job(settings, store, clock, GUILD), enroll_all=True).status == "ok"
    return file


@pytest.fixture
def week(observed, tmp_path):
    """That database, for one test."""
    shutil.copy(observed, tmp_path / "trc-mee6.db")


def picture_in(file):
    return Image.open(io.BytesIO(file.read_bytes())).convert("RGB")


@pytest.mark.parametrize("which", EACH)
def test_without_a_file_it_is_plotted(run_at, week, which):
    ran = run_at(NOW, "chart", *which.split())
    assert (ran.code, ran.err) == (0, "")
    assert "The Stand-In" in ran.out.splitlines()[1]
    assert len(ran.out.splitlines()) > 8
    assert "\x1b" not in ran.out


def test_quietly_nothing_is_plotted(run_at, week):
    ran = run_at(NOW, "--quiet", "chart", "levels")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_on_a_terminal_it_has_its_width(terminal, week):
    shown = terminal("chart", "growth", columns=60)
    assert shown.code == 0
    assert "\x1b[" in shown.out
    assert max(len(line) for line in plain(shown.out).splitlines()) <= 61


@pytest.mark.parametrize("which", EACH)
def test_json_is_one_document_that_docs_describe(run_at, week, which):
    ran = run_at(NOW, "chart", *which.split(), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    conforms(ran.document, CHARTS[which.split()[0]])


def test_growth_is_by_what_is_asked_and_of_whom_is_asked(run_at, week):
    def members(*options):
        ran = run_at(NOW, "chart", "growth", "--format", "json", *options)
        shown = ran.document["members"]
        return [(one["username"], one["opening"], one["values"][-1]) for one in shown]

    everybody = members()
    assert everybody == [("Ada", 0, 600), ("Bea", 0, 300)]
    assert members("--by", "xp") == [("Ada", None, 1600), ("Bea", None, 1300)]
    assert members("--by", "points") == [("Ada", 0, 6), ("Bea", 0, 3)]
    assert members("--member", str(BEA), "--member", str(ADA), "--top", "1") == everybody
    assert members("--since", "2026-01-10", "--until", "2026-01-11") == [
        ("Ada", 0, 240), ("Bea", 0, 120),
    ]  # fmt: skip
    assert members("--by", "points_gained", "--since", "2026-01-10", "--until", "2026-01-11") == [
        ("Ada", 0, 2),
        ("Bea", 0, 1),
    ]
    assert members("--period", "3d", "--top", "1") == [("Ada", 0, 120)]


def test_growth_ends_today_at_the_latest(run_at, week):
    days = "chart", "growth", "--format", "json", "--since", "2026-01-12", "--until", "2026-02-28"
    for by in ("gain", "xp"):
        shown = run_at(NOW, *days, "--by", by).document
        assert shown["days"] == ["2026-01-12", "2026-01-13", "2026-01-14"]
    to_come = ["--since", "2026-01-15", "--until", "2026-02-28"]
    ran = run_at(NOW, "chart", "growth", *to_come)
    assert ran.code == 2
    assert "2026-01-15 is still to come" in ran.err


def test_a_file_is_what_its_suffix_says(run_at, week, tmp_path):
    for suffix, begin in ((".png", b"\x89PNG"), (".svg", b"<svg "), (".html", b"<!doctype html>")):
        ran = run_at(NOW, "chart", "growth", "--output", f"chart{suffix}")
        assert (ran.code, ran.out, ran.err) == (0, f"chart written to chart{suffix}\n", "")
        assert (tmp_path / f"chart{suffix}").read_bytes().startswith(begin)
    assert picture_in(tmp_path / "chart.png").width == pytest.approx(1600, abs=4)
    ET.parse(tmp_path / "chart.svg")
    assert b"Content-Security-Policy" in (tmp_path / "chart.html").read_bytes()


def test_scheme_and_width_are_those_of_the_file(run_at, week, tmp_path):
    options = ["--output", "c.png", "--scheme", "dark", "--width", "390"]
    ran = run_at(NOW, "--quiet", "chart", "member", str(ADA), "--year", "2026", *options)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    picture = picture_in(tmp_path / "c.png")
    assert picture.width == pytest.approx(780, abs=4)
    assert picture.getpixel((1, 1)) == (22, 24, 29)


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(run_at, week, tmp_path):
    file = tmp_path / "c.svg"
    file.write_text("old")
    file.chmod(0o640)
    ran = run_at(NOW, "chart", "levels", "--output", "c.svg", "--format", "json")
    conforms(ran.document, CHARTS["levels"])
    first = file.read_bytes()
    assert run_at(NOW, "chart", "levels", "--output", "c.svg").code == 0
    assert file.read_bytes() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [*tmp_path.glob(".c*")] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("growth --output chart.gif", "none of the endings .png, .svg and .html"),
        ("growth --output chart", "none of the endings .png, .svg and .html"),
        ("levels --scheme dark", "it goes with --output"),
        ("levels --width 390", "it goes with --output of a .png or .svg"),
        ("levels --width 390 --output x.html", "it goes with --output of a .png or .svg"),
        ("levels --width 100 --output x.png", "320"),
        ("growth --top 26", "25"),
        ("growth --top 0", "1"),
        ("growth --period 7d --since 2026-01-01", "not both"),
        ("growth --member x", "snowflake|Discord id|'x'"),
        ("growth" + " --member 100000000000000000" * 26, "at most 25 fit"),
        (f"member {ADA} --year 1999", "2015"),
    ],
)
def test_what_makes_no_sense_is_a_misuse(run, words, said):
    ran = run("chart", *words.split())
    assert ran.code == 2
    assert re.search(said, ran.err), ran.err
    assert "chart" in ran.err


def test_an_unknown_guild_or_member_is_told(run, week):
    ran = run("chart", "levels", "--guild", "5" * 18, "--format", "json")
    assert ran.code == 78
    conforms(ran.document, FAILURE)
    assert "knows no member" in ran.err
    assert run("chart", "member", "nobody").code == 78
    assert run("chart", "growth", "--output", "/nowhere/x.png").code == 78


@pytest.mark.parametrize(
    ("package", "words"),
    [("altair", "--output x.png"), ("vl_convert", "--output x.svg"), ("plotext", "")],
)
def test_an_extra_that_is_missing_is_named(usual, week, tmp_path, package, words):
    program = (
        f"import sys; sys.modules[{package!r}] = None;"
        "from trc_mee6.__main__ import main; sys.exit(main())"
    )
    command = [PROGRAM[0], "-c", program, "chart", "levels", *words.split()]
    ran = run_to_end(command, usual, tmp_path)
    assert ran.code == 78
    assert "pipx install --force '.[charts]'" in ran.err
    assert ran.err.count("\n") == 1


def test_no_chart_costs_other_commands_their_quick_start(usual, tmp_path):
    program = (
        "import sys; import trc_mee6.cli.main;"
        "sys.exit(bool({'altair', 'vl_convert', 'plotext', 'rich'} & set(sys.modules)))"
    )
    assert run_to_end([PROGRAM[0], "-c", program], usual, tmp_path).code == 0
