"""`trc-mee6 leaderboard` as a process: who is where, over which days, in which form."""

import csv
import io
import os
import stat
from datetime import UTC, datetime

import pytest
from cli.conftest import plain
from cli.schemas import FAILURE, LEADERBOARD, conforms
from support import GUILD

from trc_mee6 import award_points
from trc_mee6.store.connect import open_store

ADA, BEA, CAL, DOT = (100000000000000000 + n for n in range(4))
NOW = "2026-01-14 12:00:00"  # a Wednesday; the week began on the 12th


def names(document):
    return [(entry["rank"], entry["username"]) for entry in document["entries"]]


@pytest.fixture
def season(board, sync_at):
    """Points on 28 December, 5 January, 12 January and today, 14 January; equal totals at last."""
    for who, name in ((ADA, "Ada"), (BEA, "Bea"), (CAL, "Cal"), (DOT, "Dot")):
        board.join(who, 1000, name)
    sync_at(datetime(2025, 12, 28, 9, tzinfo=UTC))
    for moment, who, xp in (
        (datetime(2025, 12, 28, 12, tzinfo=UTC), ADA, 300),
        (datetime(2026, 1, 5, 0, tzinfo=UTC), ADA, 0),  # so that the next gain has a short window
        (datetime(2026, 1, 5, 12, tzinfo=UTC), BEA, 200),
        (datetime(2026, 1, 12, 0, tzinfo=UTC), ADA, 0),
        (datetime(2026, 1, 12, 12, tzinfo=UTC), CAL, 200),
        (datetime(2026, 1, 14, 0, tzinfo=UTC), ADA, 0),
        (datetime(2026, 1, 14, 11, tzinfo=UTC), DOT, 150),
    ):
        board.gain(who, xp)
        sync_at(moment)
    return board


@pytest.mark.parametrize(
    ("period", "since", "order"),
    [
        ("all", None, [(1, "Ada"), (2, "Bea"), (2, "Cal"), (4, "Dot")]),
        ("month", "2026-01-01", [(1, "Bea"), (1, "Cal"), (3, "Dot"), (4, "Ada")]),
        ("week", "2026-01-12", [(1, "Cal"), (2, "Dot"), (3, "Ada"), (3, "Bea")]),
        ("day", "2026-01-14", [(1, "Dot"), (2, "Ada"), (2, "Bea"), (2, "Cal")]),
        ("1d", "2026-01-14", [(1, "Dot"), (2, "Ada"), (2, "Bea"), (2, "Cal")]),
        ("10d", "2026-01-05", [(1, "Bea"), (1, "Cal"), (3, "Dot"), (4, "Ada")]),
        ("9d", "2026-01-06", [(1, "Cal"), (2, "Dot"), (3, "Ada"), (3, "Bea")]),
    ],
)
def test_points_count_over_the_period_and_equal_ones_share_a_rank(
    run_at, season, stand_in, period, since, order
):
    stand_in.asked.clear()
    ran = run_at(NOW, "leaderboard", "--period", period, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    conforms(ran.document, LEADERBOARD)
    assert ran.document["period"] == {"name": period, "since": since, "until": "2026-01-14"}
    assert names(ran.document) == order
    assert stand_in.asked == []


@pytest.mark.parametrize(
    ("by", "period", "order"),
    [
        ("xp", "all", [(1, "Ada"), (2, "Bea"), (2, "Cal"), (4, "Dot")]),
        ("xp", "week", [(1, "Cal"), (2, "Dot"), (3, "Ada"), (3, "Bea")]),
        ("gain", "week", [(1, "Cal"), (2, "Dot"), (3, "Ada"), (3, "Bea")]),
        ("gain", "all", [(1, "Ada"), (2, "Bea"), (2, "Cal"), (4, "Dot")]),
        ("level", "all", [(1, "Ada"), (1, "Bea"), (1, "Cal"), (1, "Dot")]),
        ("messages", "week", [(1, "Ada"), (2, "Bea"), (2, "Cal"), (4, "Dot")]),
        ("streak", "all", [(1, "Ada"), (1, "Bea"), (1, "Cal"), (1, "Dot")]),
    ],
)
def test_members_are_ranked_by_what_is_asked_for(run_at, season, by, period, order):
    ran = run_at(NOW, "leaderboard", "--by", by, "--period", period, "--format", "json")
    assert (ran.document["by"], names(ran.document)) == (by, order)


def test_entries_say_how_a_member_stands_and_what_was_gained(run_at, season):
    document = run_at(NOW, "leaderboard", "--period", "week", "--format", "json").document
    assert document["guild"] == {"id": str(GUILD), "name": "The Stand-In"}
    assert (document["total_members"], document["generated_at"][:13]) == (4, "2026-01-14T12")
    assert document["entries"][0] == {
        "rank": 1,
        "discord_id": str(CAL),
        "member_id": None,
        "username": "Cal",
        "points": 2,
        "xp": 1200,
        "xp_gained": 200,
        "level": 5,
        "messages": 58,
        "current_streak": None,
        "longest_streak": None,
        "last_active_on": "2026-01-12",
        "rank_before": None,
        "is_new": True,
        "gap": None,
    }


def test_the_table_is_for_people(run_at, terminal, season):
    ran = run_at(NOW, "leaderboard", "--period", "10d", "--top", "3")
    assert ran.out == (
        "The Stand-In: by points, 2026-01-05 to 2026-01-14\n"
        "#  Change  Name  Points     XP  Level  Messages  XP in 10 days  Trend           Streak"
        "  Longest  Last active\n"
        "1  new     Bea        2  1,200      5        58           +200  ····█·········       -"
        "        -   2026-01-05\n"
        "1  new     Cal        2  1,200      5        58           +200  ···········█··       -"
        "        -   2026-01-12\n"
        "3  new     Dot        1  1,150      5        56           +150  ·············█       -"
        "        -   2026-01-14\n"
        "4 members, as of 2026-01-14 12:00 UTC\n"
    )
    shown = terminal("leaderboard")
    assert "\x1b[" in shown.out
    assert "│ 1 │ Ada  │      3 │ 1,300 │" in plain(shown.out)


def test_quiet_shows_no_table_but_gives_what_is_asked_for_by_format(run, season):
    assert run("-q", "leaderboard").out == ""
    assert run("-q", "leaderboard", "--format", "csv").out.startswith("rank,")


def test_on_a_narrow_terminal_no_number_is_cut(terminal, season):
    season.join(ADA, 9_876_543, "Ada " * 12)
    assert terminal("sync", "--accept-drops").code == 0
    shown = plain(terminal("leaderboard", columns=46).out)
    assert "Ada Ada… │ 98,755 │ 9,876,543 │" in shown
    assert len({len(line) for line in shown.splitlines() if line[:1] in "╭│├╰"}) == 1


def header(shown):
    return plain(shown).splitlines()[2].replace("│", " ").split()


@pytest.mark.parametrize(
    ("columns", "by", "titles"),
    [
        (60, "points", "# Name Points XP Streak Longest"),
        (80, "points", "# Name Points XP Level Streak Longest Last active"),
        (100, "points", "# Name Points XP Level Messages XP gained Streak Longest Last active"),
        (40, "messages", "# Name Points XP Messages Streak"),
        (60, "streak", "# Name Points XP Streak Longest"),
        (54, "level", "# Name Points XP Level Streak"),
    ],
)
def test_a_narrow_terminal_leaves_out_what_the_board_is_not_about(
    terminal, season, columns, by, titles
):
    assert header(terminal("leaderboard", "--by", by, columns=columns).out) == titles.split()


def test_redirected_output_has_every_column_however_narrow_the_terminal(shell, season):
    shown = shell("COLUMNS=40 $PROGRAM leaderboard | head -2").out.splitlines()[1]
    assert shown.split() == [
        "#", "Name", "Points", "XP", "Level", "Messages", "XP", "gained", "Trend", "Streak",
        "Longest", "Last", "active",
    ]  # fmt: skip


def test_by_streak_the_current_goes_before_the_longest_and_equal_ones_share_a_rank(
    run, run_at, board, sync_at
):
    for who, name in ((ADA, "Ada"), (BEA, "Bea"), (CAL, "Cal"), (DOT, "Dot")):
        board.join(who, 1000, name)
    sync_at(datetime(2026, 1, 5, tzinfo=UTC))
    for day, gaining in ((5, (ADA, BEA, CAL)), (6, (ADA, CAL)), (7, (BEA,)), (8, ())):
        for who in gaining:
            board.gain(who, 100)
        sync_at(datetime(2026, 1, day, 12, tzinfo=UTC))
        sync_at(datetime(2026, 1, day + 1, tzinfo=UTC))
    run_at("2026-01-08 00:05:00", "streaks")
    document = run("leaderboard", "--by", "streak", "--format", "json").document
    standing = [
        (one["rank"], one["username"], one["current_streak"], one["longest_streak"])
        for one in document["entries"]
    ]
    assert standing == [(1, "Ada", 0, 2), (1, "Cal", 0, 2), (3, "Bea", 0, 1), (4, "Dot", 0, 0)]
    assert document["entries"][0]["last_active_on"] == "2026-01-06"


def test_points_of_one_source_are_ranked_alone(run, season, environment, sqlite_url):
    at = datetime(2026, 1, 13, tzinfo=UTC)
    for who, points in ((BEA, 2), (DOT, 9)):
        award_points(
            str(who), points, source="quiz", key="1", occurred_at=at,
            guild_id=GUILD, database_url=sqlite_url,
        )  # fmt: skip
    ran = run("leaderboard", "--source", "quiz", "--format", "json")
    assert ran.document["source"] == "quiz"
    assert [(one["rank"], one["username"], one["points"]) for one in ran.document["entries"]] == [
        (1, "Dot", 9), (2, "Bea", 2), (3, "Ada", 0), (3, "Cal", 0),
    ]  # fmt: skip
    assert run("leaderboard", "--source", "mee6").out.startswith("The Stand-In: by points from mee")
    everything = run("leaderboard", "--format", "json").document
    assert (everything["source"], names(everything)[0]) == (None, (1, "Dot"))


def test_a_source_goes_with_points_alone(run, season):
    ran = run("leaderboard", "--by", "xp", "--source", "quiz")
    assert (ran.code, ran.out) == (2, "")
    assert "goes with --by points, not --by xp" in ran.err
    for wrong, says in (
        ("", "source is empty"),
        (" ", "source is empty"),
        ("\udcff", "source has a character that is no text"),
        ("mee6 ", "source 'mee6 ' has white space around it"),
    ):
        ran = run("leaderboard", "--source", wrong)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err


def test_a_source_that_no_line_has_is_told(run, season):
    title = "The Stand-In: by points from quizz (no line has this source)\n"
    ran = run("leaderboard", "--source", "quizz")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(title)
    marked = run("leaderboard", "--source", "quizz", "--format", "markdown").out.splitlines()[0]
    assert "no line has this source" in marked
    assert "no line" not in run("leaderboard", "--source", "mee6").out


def test_a_query_that_fails_leaves_one_document(run, season, sqlite_url):
    with open_store(sqlite_url) as store:
        store.sql("ALTER TABLE point_transaction RENAME COLUMN source TO src")
        store.sql("ALTER TABLE point_transaction RENAME COLUMN day TO on_day")
        store.sql("ALTER TABLE member_gain RENAME COLUMN since TO began")
    for words in (("--source", "quiz"), ("--period", "month")):
        ran = run("leaderboard", *words, "--format", "json")
        assert ran.code == 69
        conforms(ran.document, FAILURE)


def test_csv_is_for_spreadsheets(run, season):
    rows = list(csv.DictReader(io.StringIO(run("leaderboard", "--format", "csv").out)))
    assert [row["username"] for row in rows] == ["Ada", "Bea", "Cal", "Dot"]
    assert rows[0] == rows[0] | {"rank": "1", "points": "3", "xp": "1300", "member_id": ""}


def test_markdown_is_for_chats(run_at, season):
    lines = run_at(NOW, "leaderboard", "--period", "day", "--format", "markdown").out.splitlines()
    assert lines == [
        r"**The Stand\-In: by points, 2026\-01\-14**",
        "",
        (
            "| # | Change | Name | Points | XP | Level | Messages | XP this day | Streak"
            " | Longest | Last active |"
        ),
        "| ---: | :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| 1 | new | Dot | 1 | 1,150 | 5 | 56 | +150 | - | - | 2026-01-14 |",
        "| 2 |  | Ada | 0 | 1,300 | 5 | 62 | 0 | - | - | 2025-12-28 |",
        "| 2 |  | Bea | 0 | 1,200 | 5 | 58 | 0 | - | - | 2026-01-05 |",
        "| 2 |  | Cal | 0 | 1,200 | 5 | 58 | 0 | - | - | 2026-01-12 |",
    ]


def test_top_says_how_many_and_0_is_all(run, board, sync_at):
    for number in range(30):
        board.join(ADA + number, number)
    sync_at(datetime(2026, 1, 5, tzinfo=UTC))
    for words, count in (((), 25), (("--top", "3"), 3), (("--top", "0"), 30)):
        document = run("leaderboard", "--format", "json", *words).document
        assert (len(document["entries"]), document["total_members"]) == (count, 30)


def test_a_guild_that_the_database_does_not_know_replaces_no_leaderboard(run, tmp_path):
    (tmp_path / "board.md").write_text("what was there")
    ran = run("leaderboard", "--format", "markdown", "--output", "board.md")
    assert (ran.code, ran.out) == (78, "")
    assert f"knows no member of guild {GUILD}" in ran.err
    assert (tmp_path / "board.md").read_text() == "what was there"
    nowhere = run("leaderboard", MEE6_GUILD_ID=None)
    assert (nowhere.code, nowhere.out) == (78, "")
    assert "No guild is named" in nowhere.err


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_a_file_holds_what_would_be_printed_and_keeps_its_mode(run_at, season, tmp_path, form):
    path = tmp_path / "board.txt"
    path.write_text("old")
    path.chmod(0o640)
    ran = run_at(NOW, "leaderboard", "--format", form, "--output", "board.txt")
    said = "" if form == "json" else "leaderboard written to board.txt\n"
    assert (ran.code, ran.out, ran.err) == (0, said, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    printed = run_at(NOW, "leaderboard", "--format", form).out
    written = path.read_text()  # newlines as Python reads them, like `printed`
    assert written.split("generated_at")[0] == printed.split("generated_at")[0]
    assert written[-80:] == printed[-80:]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_litter(run, season, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(path.name for path in tmp_path.iterdir())
    for path, why in (
        ("nowhere/board.csv", "No such file or directory"),
        ("folder", "is no regular file"),
        ("pipe", "is no regular file"),
        ("/proc/board.csv", "cannot be written"),
    ):
        ran = run("leaderboard", "--format", "csv", "--output", path)
        assert (ran.code, ran.out) == (78, "")
        assert f"--output {path}" in ran.err
        assert why in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_dates_are_a_period_and_exclude_one_by_name(run_at, season):
    ran = run_at(
        NOW, "leaderboard", "--since", "2026-01-05", "--until", "2026-01-12", "--format", "json"
    )
    period = {"name": "dates", "since": "2026-01-05", "until": "2026-01-12"}
    assert ran.document["period"] == period
    assert ran.document["compared_with"] == {"since": "2025-12-28", "until": "2026-01-04"}
    assert names(ran.document) == [(1, "Bea"), (1, "Cal"), (3, "Ada"), (3, "Dot")]
    for words in ((), ("--until", "9999-12-31")):
        ran = run_at(NOW, "leaderboard", "--since", "2026-01-12", *words, "--format", "json")
        assert ran.document["period"]["until"] == "2026-01-14"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since", "2026-01-05", "--period", "week"), "not both"),
        (("--until", "2026-01-05"), "goes with --since"),
        (("--since", "2026-01-05", "--until", "2026-01-04"), "2026-01-04 is before 2026-01-05"),
        (("--since", "yesterday"), "'yesterday' is no day"),
        (("--since", "9999-12-31"), "9999-12-31 is still to come"),
        (("--around", str(ADA), "--top", "25"), "does not go with --top"),
        (("--active", "0"), "--active"),
        (("--around", "me"), "'me'"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, season, words, says):
    ran = run("leaderboard", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in plain(ran.err)


def test_ranks_are_compared_with_the_period_before(run_at, season):
    argument = ("leaderboard", "--period", "9d")
    document = run_at(NOW, *argument, "--format", "json").document
    assert document["compared_with"] == {"since": "2025-12-28", "until": "2026-01-05"}
    before = [(one["username"], one["rank_before"]) for one in document["entries"]]
    assert before == [("Cal", None), ("Dot", None), ("Ada", 1), ("Bea", 2)]
    shown = [line.split()[:3] for line in run_at(NOW, *argument).out.splitlines()[2:6]]
    assert shown == [
        ["1", "new", "Cal"],
        ["2", "new", "Dot"],
        ["3", "▼2", "Ada"],
        ["3", "▼1", "Bea"],
    ]
    assert "Change" not in run_at(NOW, "leaderboard").out
    assert "Change" not in run_at(NOW, "leaderboard", "--period", "9d", "--by", "level").out


def test_around_shows_the_neighbours_and_the_gap_to_each(run_at, season, run):
    for number in range(20):
        season.join(DOT + 1 + number, 5000, f"more {number}")
    assert run("sync").code == 0
    ran = run_at("2026-01-14 12:30:00", "leaderboard", "--by", "xp", "--around", str(BEA))
    lines = ran.out.splitlines()
    assert lines[0] == f"The Stand-In: by XP, around {BEA}"
    assert [line.split()[:3] for line in lines[2:-1]] == [
        ["1", "Ada", "+100"], ["2", "Bea", "0"], ["2", "Cal", "0"], ["4", "Dot", "-50"],
    ]  # fmt: skip
    document = run_at(
        NOW, "leaderboard", "--by", "xp", "--around", str(BEA), "--format", "json"
    ).document
    conforms(document, LEADERBOARD)
    assert [entry["gap"] for entry in document["entries"]] == [100, 0, 0, -50]
    assert document["around"] == str(BEA)
    assert document["total_members"] == 4


def test_around_says_who_is_on_no_leaderboard(run, run_at, season):
    unknown = run("leaderboard", "--around", "999999999999999999")
    assert unknown.code == 78
    assert "is no member of guild" in unknown.err
    quiet = run_at(NOW, "leaderboard", "--around", str(ADA), "--active", "301")
    assert (quiet.code, quiet.out) == (78, "")
    assert "gained less than 301 XP in the last 30 days" in quiet.err
    assert run("members", "unlink", str(ADA)).code == 0
    unlinked = run("leaderboard", "--around", str(ADA))
    assert unlinked.code == 78
    assert f"Link with: trc-mee6 members link {ADA}" in unlinked.err


def test_active_leaves_who_gained_enough_in_thirty_days(run_at, season):
    words = ("leaderboard", "--active", "200")
    document = run_at(NOW, *words, "--format", "json").document
    assert names(document) == [(1, "Ada"), (2, "Bea"), (2, "Cal")]
    assert (document["total_members"], document["active"]) == (3, 200)
    title = run_at(NOW, *words).out.splitlines()[0]
    assert title == "The Stand-In: by points, active (200 XP in 30 days)"
    later = run_at("2026-02-03 12:00:00", *words, "--format", "json").document
    assert names(later) == [(1, "Bea"), (1, "Cal")]
    week = run_at(NOW, *words, "--period", "week", "--format", "json").document
    assert names(week) == [(1, "Cal"), (2, "Ada"), (2, "Bea")]


def test_around_knows_every_rank_of_the_period_before(run_at, season):
    words = ("leaderboard", "--period", "9d", "--around", str(BEA), "--format", "json")
    entries = run_at(NOW, *words).document["entries"]
    assert [(one["username"], one["rank_before"], one["is_new"]) for one in entries] == [
        ("Cal", None, True), ("Dot", None, True), ("Ada", 1, False), ("Bea", 2, False),
    ]  # fmt: skip


def test_a_period_from_the_first_day_of_the_calendar_has_none_before(run, season):
    ran = run("leaderboard", "--since", "0001-01-01", "--format", "json")
    assert (ran.code, ran.document["compared_with"]) == (0, None)
