"""The site's folder: what is written, left alone, removed, and never touched."""

import fcntl
import json
import os
import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from community import TODAY, noon, settle
from support import GUILD

from trc_mee6.errors import ConfigError, LockHeld
from trc_mee6.jobs import site_folder
from trc_mee6.jobs.leaderboard import leaderboard
from trc_mee6.jobs.site import publish
from trc_mee6.report import Published
from trc_mee6.rules.days import between, period

EVER = period("all", TODAY)
MEMBERS = 12
NOON = noon(TODAY)


@pytest.fixture
def people(store):
    return settle(store, MEMBERS, days=1)  # so no charts are drawn, which takes its time


@pytest.fixture
def written(store, people, tmp_path):
    """Write the site; options are those of a leaderboard."""

    def write(first=EVER, *, by="points", top=None, today=TODAY, now=NOON, **options):
        def board_of(days):
            return leaderboard(store, GUILD, by, days, top, now, **options)

        return publish(store, GUILD, board_of, first, today, tmp_path / "www")

    return write


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows(page):
    """Return the names in a ranking, and what stands beside the first."""
    return re.findall(r"<bdi>(.*?)</bdi></a></th>", page.decode())


def test_there_is_a_page_for_each_period_and_member_and_the_document(written, people, tmp_path):
    assert written() == Published(written=5 + MEMBERS, unchanged=0, removed=0)
    names = {"index.html", "month.html", "week.html", "day.html", "leaderboard.json"}
    assert set(files(tmp_path / "www")) == names | {f"member/{who}.html" for who in people}


def test_what_is_unchanged_is_not_written_again(written, people, store, tmp_path):
    written()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "www").rglob("*")}
    content = files(tmp_path / "www")
    later = noon(TODAY) + timedelta(hours=3)
    assert written(now=later) == Published(0, 5 + MEMBERS, 0)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "www").rglob("*")} == before
    assert files(tmp_path / "www") == content
    store.sql("UPDATE sync_run SET started_at = :at", at=later)  # another sync, nobody gained
    assert written(now=later) == Published(5, MEMBERS, 0)
    store.sql("UPDATE member SET messages = 77 WHERE discord_id = :who", who=people[0])
    assert written(now=later) == Published(6, MEMBERS - 1, 0)


def test_the_document_is_the_leaderboard_as_of_the_last_sync(written, store, people, tmp_path):
    written(now=noon(TODAY) + timedelta(hours=5))
    document = json.loads((tmp_path / "www/leaderboard.json").read_text())
    assert document["generated_at"] == "2026-11-18T12:00:00Z"
    assert (document["command"], len(document["entries"])) == ("leaderboard", MEMBERS)
    assert "As of <time" in (tmp_path / "www/index.html").read_text()
    store.sql("DELETE FROM sync_run")
    written()
    document = json.loads((tmp_path / "www/leaderboard.json").read_text())
    assert document["generated_at"] == "2026-11-18T00:00:00Z"
    assert "Not synced yet." in (tmp_path / "www/index.html").read_text()


def test_who_is_no_longer_listed_has_no_page(written, store, people, tmp_path):
    written()
    store.sql("UPDATE member SET linked = FALSE WHERE discord_id = :who", who=people[3])
    assert written().removed == 1
    assert not (tmp_path / f"www/member/{people[3]}.html").exists()
    top = written(top=2)
    listed = {path.stem for path in (tmp_path / "www/member").iterdir()}
    assert top.removed == MEMBERS - 1 - len(listed)
    for page in ("index", "week", "day"):  # whoever a page links to has one
        links = re.findall(r'"member/(\d+)\.html"', (tmp_path / f"www/{page}.html").read_text())
        assert len(links) == 2
        assert set(links) <= listed


@pytest.mark.parametrize(
    ("first", "pages"),
    [
        (period("week", TODAY), {"index", "all", "month", "day"}),
        (period("30d", TODAY), {"index", "all", "month", "week", "day"}),
        (between(TODAY - timedelta(days=9), TODAY), {"index", "all", "month", "week", "day"}),
    ],
)
def test_the_period_asked_for_is_the_one_that_visitors_find(written, tmp_path, first, pages):
    written()
    written(first)
    folder = tmp_path / "www"
    assert {path.stem for path in folder.glob("*.html")} == pages
    document = json.loads((folder / "leaderboard.json").read_text())
    assert document["period"]["name"] == first.name
    written()
    assert not (folder / "all.html").exists()


def test_a_period_lists_who_gained_and_says_if_nobody_did(written, store, people, tmp_path):
    tomorrow = TODAY + timedelta(days=1)
    written(today=tomorrow, now=noon(tomorrow))
    written(period("day", tomorrow), today=tomorrow, now=noon(tomorrow))
    assert "Nobody has gained anything" in (tmp_path / "www/index.html").read_text()
    assert len(rows((tmp_path / "www/all.html").read_bytes())) == MEMBERS
    store.sql("UPDATE member SET linked = FALSE")
    written()
    assert "No members yet" in (tmp_path / "www/index.html").read_text()
    assert list((tmp_path / "www/member").iterdir()) == []


@pytest.mark.parametrize(
    ("by", "unit"), [("points", "points"), ("xp", "XP"), ("level", "XP"), ("streak", "XP")]
)
def test_a_members_page_draws_what_is_ranked_by(written, store, people, tmp_path, by, unit):
    written(by=by)
    xp, points = store.row("SELECT xp_total, points FROM member WHERE discord_id = :w", w=people[0])
    page = (tmp_path / f"www/member/{people[0]}.html").read_text()
    now = points if by == "points" else xp
    assert f" to {now:,} on {TODAY}" in page
    assert re.search(rf"From [\d,]+ {unit} on ", page)


def test_points_of_one_source_and_busy_members_alone(written, tmp_path):
    written(source="mee6", active=300)
    page = (tmp_path / "www/index.html").read_text()
    assert "Leaderboard by points from mee6, active (300 XP in 30 days)" in page
    assert 0 < len(rows(page.encode())) < MEMBERS
    written(active=10**9)
    page = (tmp_path / "www/index.html").read_text()
    assert "Nobody here has gained 1,000,000,000 XP in the last 30 days." in page


@pytest.mark.parametrize("by", ["level", "messages", "streak"])
def test_what_depends_on_no_period_ranks_everybody_in_each(written, tmp_path, by):
    tomorrow = TODAY + timedelta(days=1)
    written(period("day", tomorrow), by=by, top=3, today=tomorrow, now=noon(tomorrow))
    assert len(rows((tmp_path / "www/index.html").read_bytes())) == 3


def test_files_of_others_are_left_alone(written, tmp_path):
    folder = tmp_path / "www"
    (folder / "member").mkdir(parents=True)
    theirs = {
        "style.css": "x", "about.html": "<p>ours</p>", "month.htm": "", "member/notes.html": "y",
        "member/123.html": "made by hand", "30d.html": "made by hand", ".htaccess": "z",
        "member/.x.html.bak": "w", ".index.html.old": "v",
    }  # fmt: skip
    for name, text in theirs.items():
        (folder / name).write_text(text)
    (folder / "member/456.html").symlink_to(tmp_path / "elsewhere.html")
    (tmp_path / "elsewhere.html").write_text('<meta name="generator" content="trc-mee6">')
    (folder / "week").mkdir()
    (folder / ".index.html.abcdefgh").mkdir()
    written()
    assert {name: (folder / name).read_text() for name in theirs} == theirs
    assert (folder / "member/456.html").is_symlink()
    assert (tmp_path / "elsewhere.html").exists()


@pytest.mark.parametrize("name", ["index.html", "leaderboard.json", "week.html"])
def test_a_file_of_others_is_not_replaced(written, tmp_path, name):
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / name).write_text("made by hand")
    with pytest.raises(ConfigError, match=f"{name} was not made by this program"):
        written()
    assert files(folder) == {name: b"made by hand"}


def test_nothing_is_written_through_links(written, tmp_path):
    folder, outside = tmp_path / "www", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "index.html").symlink_to(outside / "index.html")
    with pytest.raises(ConfigError, match=r"index.html was not made by this program"):
        written()
    (folder / "member").rename(tmp_path / "away")
    (folder / "member").symlink_to(outside)
    with pytest.raises(ConfigError, match="member is a link, and nothing is written through it"):
        written()
    assert list(outside.iterdir()) == []


def test_a_folder_may_be_reached_by_a_link(written, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "www").symlink_to(tmp_path / "real")
    assert written().written == 5 + MEMBERS
    assert (tmp_path / "real/index.html").is_file()


def test_whatever_file_a_run_stops_at_the_next_completes_the_site(
    written, store, tmp_path, monkeypatch
):
    folder = tmp_path / "www"
    written()
    store.sql("UPDATE member SET points = points + 1, xp_total = xp_total + 100")
    store.sql("UPDATE sync_run SET started_at = :at", at=noon(TODAY) + timedelta(hours=1))
    whole = set(files(folder))
    replace_file = site_folder.replace_file
    for stop_after in (0, 1, MEMBERS, MEMBERS + 1, MEMBERS + 3):
        left = [stop_after]

        def stopping(path, *arguments, left=left, **named):
            if not left[0]:
                (path.parent / f".{path.name}.abcd_123").write_text("half")
                raise KeyboardInterrupt
            left[0] -= 1
            replace_file(path, *arguments, **named)

        (folder / "leaderboard.json").write_text("")  # a crash of the machine leaves such
        monkeypatch.setattr(site_folder, "replace_file", stopping)
        with pytest.raises(KeyboardInterrupt):
            written()
        monkeypatch.setattr(site_folder, "replace_file", replace_file)
        store.sql("UPDATE member SET messages = messages + 1")
    index = (folder / "index.html").read_bytes()
    assert set(files(folder)) > whole
    assert written().written == 5 + MEMBERS
    assert set(files(folder)) == whole
    assert (folder / "index.html").read_bytes() != index
    assert written() == Published(0, 5 + MEMBERS, 0)


def test_a_second_run_keeps_out(written, tmp_path):
    written()
    other = os.open(tmp_path / "www", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(LockHeld, match="Another run is writing the site in"):
        written()
    os.close(other)
    assert written().unchanged == 5 + MEMBERS


def test_a_web_server_may_read_it_if_the_umask_lets_it(written, tmp_path):
    before = os.umask(0o022)
    try:
        written()
    finally:
        os.umask(before)
    folder = tmp_path / "www"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "member")} == {0o755}


@pytest.mark.parametrize(
    ("folder", "why"),
    [("nowhere/www", "No such file or directory"), ("file", "File exists"), ("/proc/www", "")],
)
def test_a_folder_that_cannot_be_used_is_named(store, people, tmp_path, folder, why):
    (tmp_path / "file").write_text("x")

    def board_of(days):
        return leaderboard(store, GUILD, "points", days, None, noon(TODAY))

    with pytest.raises(ConfigError, match=f"the site cannot be written: {why}"):
        publish(store, GUILD, board_of, EVER, TODAY, tmp_path / folder)


def test_rankings_of_more_than_a_day_have_a_chart_of_their_first(store, tmp_path):
    people = settle(store, 14, days=40)

    def board_of(days):
        return leaderboard(store, GUILD, "points", days, None, noon(TODAY))

    publish(store, GUILD, board_of, EVER, TODAY, tmp_path / "www")
    pages = {path.stem: path.read_text() for path in (tmp_path / "www").glob("*.html")}
    drawn = {name: page.count("<svg xmlns") for name, page in pages.items()}
    assert drawn == {"index": 2, "month": 2, "week": 2, "day": 0}
    said = re.search("figcaption[^>]*>(.*)</figcaption>", pages["index"])[1]
    first = rows(pages["index"].encode())[:10]
    assert sorted(re.findall(r"(?:: |, )(.+?) [\d,]+(?=,|$)", said)) == sorted(first)
    assert len(people) == 14
    assert ">Points gained</text>" in pages["week"]
    assert ">Points</text>" in pages["index"]


def test_who_was_never_observed_has_a_page_too(written, store, people, tmp_path):
    store.sql(
        """UPDATE member SET first_observed_at = NULL, observed_at = NULL, xp_total = NULL,
        level = NULL, messages = NULL, username = NULL, current_streak = NULL,
        longest_streak = NULL, last_active_on = NULL WHERE discord_id = :who""",
        who=people[-1],
    )
    written()
    page = (tmp_path / f"www/member/{people[-1]}.html").read_text()
    assert "Not seen on the board yet." in page
    assert f"<h1><bdi>{people[-1]}</bdi></h1>" in page
    assert Path(tmp_path / "www/index.html").read_text().count("<td") > 0
