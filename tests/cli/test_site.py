"""`trc-mee6 leaderboard --format html` as a process."""

import json
import os
import stat

import pytest
from cli.schemas import LEADERBOARD, conforms
from community import settle
from support import PROGRAM, run_to_end

from trc_mee6.clock import SystemClock
from trc_mee6.store.connect import open_store

MEMBERS = 9


@pytest.fixture
def people(sqlite_url):
    with open_store(sqlite_url) as store:
        return settle(store, MEMBERS, days=1, until=SystemClock().now().date())


def test_a_folder_is_made_and_then_kept_in_step(run, people, tmp_path):
    ran = run("leaderboard", "--format", "html", "--output", "www")
    said = f"site in www: {5 + MEMBERS} files written, 0 unchanged, 0 removed\n"
    assert (ran.code, ran.out, ran.err) == (0, said, "")
    conforms(json.loads((tmp_path / "www/leaderboard.json").read_text()), LEADERBOARD)
    again = run("leaderboard", "--format", "html", "--output", "www", "--top", "3")
    assert again.code == 0
    assert " removed" in again.out
    assert run("-q", "leaderboard", "--format", "html", "--output", "www").out == ""
    assert {path.stem for path in (tmp_path / "www/member").iterdir()} == set(map(str, people))


def test_options_are_those_of_every_leaderboard(run, people, tmp_path):
    words = ("--by", "streak", "--period", "30d", "--active", "1", "--top", "4")
    ran = run("leaderboard", "--format", "html", "--output", "www", *words)
    assert (ran.code, ran.err) == (0, "")
    document = json.loads((tmp_path / "www/leaderboard.json").read_text())
    assert (document["by"], document["period"]["name"]) == ("streak", "30d")
    assert 0 < len(document["entries"]) <= 4
    assert "Last 30 days" in (tmp_path / "www/index.html").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "needs a folder: --output DIR"),
        (("--output", ""), "name a folder for the site"),
        (("--output", "-"), "name a folder for the site"),
        (("--output", "www", "--around", "100000000000000000"), "does not go with --format html"),
    ],
)
def test_what_makes_no_site_is_refused(run, people, tmp_path, words, says):
    ran = run("leaderboard", "--format", "html", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())
    assert not (tmp_path / "www").exists()


def test_a_page_of_somebody_else_is_not_replaced(run, people, tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www/index.html").write_text("made by hand")
    ran = run("leaderboard", "--format", "html", "--output", "www")
    assert (ran.code, ran.out) == (78, "")
    assert "was not made by this program, so it is not replaced" in ran.err
    assert (tmp_path / "www/index.html").read_text() == "made by hand"


def test_without_its_extra_it_names_what_to_install(usual, people, tmp_path):
    hidden = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from trc_mee6.__main__ import main; sys.exit(main())"
    )
    command = [PROGRAM[0], "-c", hidden, "leaderboard", "--format", "html", "--output", "www"]
    ran = run_to_end(command, usual, tmp_path)
    assert ran.code == 78
    assert "pipx install --force '.[charts]'" in ran.err
    assert not list((tmp_path / "www").rglob("*.html"))


def test_other_forms_load_no_templates(usual, people, tmp_path):
    asked = (
        "import sys; from trc_mee6.__main__ import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(str('jinja2' in sys.modules))"
    )
    command = [PROGRAM[0], "-c", asked, "leaderboard", "--format", "csv"]
    assert run_to_end(command, usual, tmp_path).err.endswith("False")


def test_the_umask_says_who_may_read(usual, people, tmp_path):
    line = f"umask 022; {' '.join(PROGRAM)} leaderboard --format html --output www"
    assert run_to_end(["sh", "-c", line], usual, tmp_path).code == 0
    assert stat.S_IMODE((tmp_path / "www/index.html").stat().st_mode) == 0o644
    assert os.access(tmp_path / "www/member", os.X_OK)
