"""What stands above a leaderboard, and its numbers."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from trc_mee6.render.leaderboard import (
    csv_lines,
    json_lines,
    markdown_lines,
    table_lines,
    title,
)
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period

TODAY = date(2026, 1, 14)


def board(period, *entries, by="points", name="The Guild", source=None):
    now = datetime(2026, 1, 14, 12, tzinfo=UTC)
    return Leaderboard(7, name, now, by, period, 1234, iter(entries), source)


@pytest.mark.parametrize(
    ("period", "by", "name", "says"),
    [
        (Period("all", None, TODAY), "points", "The Guild", "The Guild: by points"),
        (Period("day", TODAY, TODAY), "xp", None, "Guild 7: by XP, 2026-01-14"),
        (Period("all", None, TODAY), "streak", "G", "G: by streak"),
        (
            Period("week", date(2026, 1, 12), TODAY),
            "level",
            "G",
            "G: by level, 2026-01-12 to 2026-01-14",
        ),
    ],
)
def test_the_title_says_of_whom_by_what_and_over_which_days(period, by, name, says):
    assert title(board(period, by=by, name=name)) == says


def test_the_title_says_of_which_source_the_points_are_and_no_source_steers_anything():
    week = Period("week", date(2026, 1, 12), TODAY)
    says = "The Guild: by points from quiz, 2026-01-12 to 2026-01-14"
    assert title(board(week, source="quiz")) == says
    hostile = "[b]\x1b[31m\n@everyone"
    shown = "".join(table_lines(board(week, source=hostile))).splitlines()[0]
    assert shown.startswith("The Guild: by points from [b]␛[31m␊@everyone, ")
    marked = next(markdown_lines(board(week, source=hostile)))
    assert marked.startswith("**The Guild: by points from \\[b\\]␛\\[31m␊@\u200beveryone, ")
    (document,) = (json.loads("".join(json_lines(board(week, source=hostile)))),)
    assert document["source"] == hostile


def test_streaks_and_the_last_active_day_are_in_every_form():
    ever = Period("all", None, TODAY)
    entry = Ranked(1, 7, None, "Ada", 3, 300, 300, 2, 9, 4, 1200, TODAY)
    forms = (table_lines, markdown_lines, csv_lines, json_lines)
    table, markdown, sheet, document = ("".join(form(board(ever, entry))) for form in forms)
    assert table.splitlines()[2].split()[-3:] == ["4", "1,200", "2026-01-14"]
    assert markdown.endswith("| 4 | 1,200 | 2026-01-14 |\n")
    assert sheet.endswith(",4,1200,2026-01-14,,false,\r\n")
    found = json.loads(document)["entries"][0]
    assert (found["current_streak"], found["longest_streak"]) == (4, 1200)
    assert found["last_active_on"] == "2026-01-14"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("all", "XP gained"),
        ("day", "XP this day"),
        ("month", "XP this month"),
        ("30d", "XP in 30 days"),
    ],
)
def test_a_column_says_over_what_xp_was_gained(name, column):
    since = None if name == "all" else TODAY
    header = "".join(table_lines(board(Period(name, since, TODAY)))).splitlines()[1]
    assert f"  {column}  Streak  Longest  Last active" in header


def test_numbers_have_thousands_apart_a_sign_where_gained_and_a_dash_for_none():
    entry = Ranked(1, 1, None, "Ada", -1234, None, -5678, None, None)
    shown = "".join(table_lines(board(Period("all", None, TODAY), entry))).splitlines()
    assert shown[2].split() == ["1", "Ada", "-1,234", *"---", "-5,678", *"---"]
    assert shown[-1] == "1,234 members, as of 2026-01-14 12:00 UTC"


def test_a_trend_is_a_bar_for_each_day_the_highest_for_the_best():
    shown = board(Period("all", None, TODAY), ranked(trend=(0, 1, 50, -5, 100)))
    lines = "".join(table_lines(replace(shown, has_trend=True))).splitlines()
    assert "Trend" in lines[1]
    assert "·▁▄·█" in lines[2]
    none = board(Period("all", None, TODAY), ranked(trend=(0, -3)))
    assert "  ··  " in "".join(table_lines(replace(none, has_trend=True)))


@pytest.mark.parametrize(
    ("rank_before", "is_new", "says"),
    [(5, False, "▲4"), (1, False, "="), (None, True, "new"), (None, False, "Ada")],
)
def test_a_change_of_rank_is_against_the_period_before(rank_before, is_new, says):
    week = Period("week", date(2026, 1, 12), TODAY)
    before = Period("week", date(2026, 1, 5), date(2026, 1, 11))
    shown = board(week, ranked(rank_before=rank_before, is_new=is_new))
    line = "".join(table_lines(replace(shown, before=before))).splitlines()[2]
    assert line.split()[1] == says


def ranked(**different):
    return Ranked(1, 1, None, "Ada", 3, 300, 300, 2, 9)._replace(**different)
