"""What stands above a leaderboard, and its numbers."""

from datetime import UTC, date, datetime

import pytest

from trc_mee6.render.leaderboard import table_lines, title
from trc_mee6.report import Leaderboard, Ranked
from trc_mee6.rules.days import Period

TODAY = date(2026, 1, 14)


def board(period, *entries, by="points", name="The Guild"):
    now = datetime(2026, 1, 14, 12, tzinfo=UTC)
    return Leaderboard(7, name, now, by, period, 1234, iter(entries))


@pytest.mark.parametrize(
    ("period", "by", "name", "says"),
    [
        (Period("all", None, TODAY), "points", "The Guild", "The Guild: by points"),
        (Period("day", TODAY, TODAY), "xp", None, "Guild 7: by XP, 2026-01-14"),
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


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("all", "XP gained"),
        ("day", "XP this day"),
        ("month", "XP this month"),
        ("30d", "XP in 30 days"),
    ],
)
def test_the_last_column_says_over_what_xp_was_gained(name, column):
    since = None if name == "all" else TODAY
    header = "".join(table_lines(board(Period(name, since, TODAY)))).splitlines()[1]
    assert header.endswith(f"  {column}")


def test_numbers_have_thousands_apart_a_sign_where_gained_and_a_dash_for_none():
    entry = Ranked(1, 1, None, "Ada", -1234, None, -5678, None, None)
    shown = "".join(table_lines(board(Period("all", None, TODAY), entry))).splitlines()
    assert shown[2].split() == ["1", "Ada", "-1,234", "-", "-", "-", "-5,678"]
    assert shown[-1] == "1,234 members, as of 2026-01-14 12:00 UTC"
