"""`trc-mee6 forecast` as a process: when somebody reaches something, told and as a document."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cli.conftest import plain
from cli.schemas import FORECAST, conforms
from support import GUILD

ADA, BEA, CAL = (100000000000000000 + n for n in range(3))
NOW = "2026-01-20 18:30:00"


@pytest.fixture
def season(board, sync_at):
    """Ada gains 100 and 140 XP in turn, Bea 50 a day, from the 6th to the 20th."""
    for who, xp, name in ((ADA, 1000, "Ada"), (BEA, 5000, "Bea"), (CAL, 70, None)):
        board.join(who, xp, name)
    for number in range(5, 21):
        if number > 5:
            board.gain(ADA, 100 + 40 * (number % 2))
            board.gain(BEA, 50)
        sync_at(datetime(2026, 1, number, 18, tzinfo=UTC))
    return board


def test_the_next_level_is_told_in_two_sentences(run_at, season):
    ran = run_at(NOW, "forecast", str(ADA))
    assert (ran.code, ran.err) == (0, "")
    # 1000 + 8 · 100 + 7 · 140 XP; at 120 a day 120 take a day from 18:00 of the 20th on.
    assert ran.out == (
        "Ada needs 120 XP to level 8 (at 2,900 XP).\n"
        "At the pace of the 14 days to 2026-01-19, 120 XP a day, that is on 2026-01-21;"
        " 4 of 5 times between 2026-01-21 and 2026-01-22.\n"
    )


def test_options_say_what_is_asked_and_of_how_many_days(run_at, season):
    words = ("--xp", "10000", "--days", "7", "--format", "json")
    found = run_at(NOW, "forecast", str(ADA), *words).document
    conforms(found, FORECAST)
    assert found["target"] == {"xp": 10_000, "level": None, "overtake": None}
    assert found["pace"] == {
        "since": "2026-01-13", "until": "2026-01-19", "days": 7, "xp_gained": 860,
        "xp_per_day": 122.86,
    }  # fmt: skip
    days = [found[f"{which}_on"] for which in ("earliest", "expected", "latest")]
    expected = date(2026, 1, 20) + timedelta(
        days=59
    )  # 7220 XP at 860 / 7 take 58.8 days from 18:00
    assert days == sorted(days)
    assert days[1] == str(expected)
    assert len(set(days)) == 3


def test_passing_somebody(run_at, season):
    found = run_at(NOW, "forecast", str(ADA), "--overtake", str(BEA), "--format", "json").document
    conforms(found, FORECAST)
    assert found["prospect"] == "expected"
    assert found["xp_needed"] == 5750 - 2780 + 1
    assert found["pace"]["xp_gained"] == 14 * 70
    assert found["target"]["overtake"]["username"] == "Bea"
    said = run_at(NOW, "forecast", str(CAL), "--overtake", str(BEA)).out.splitlines()
    assert said == [
        f"{CAL} needs 5,681 XP to pass Bea (5,750 XP).",
        f"Not at this pace: Bea gained 50 XP a day more than {CAL} in the 14 days to 2026-01-19.",
    ]
    assert run_at(NOW, "forecast", str(BEA), "--overtake", str(ADA)).out == (
        "Bea (5,750 XP) is ahead of Ada (2,780 XP) already.\n"
    )


def test_a_terminal_is_told_the_same_and_quiet_says_nothing(run, terminal, season):
    told = run("forecast", str(ADA), "--level", "3")
    assert told.out.startswith("Ada (2,780 XP) has reached level 3 (at 475 XP) already.\n")
    assert plain(terminal("forecast", str(ADA), "--level", "3").out) == told.out
    assert run("--quiet", "forecast", str(ADA)).out == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--level", "20", "--xp", "10000"), "--level / --xp / --overtake: give one of them"),
        (("--xp", "1", "--overtake", str(BEA)), "--level / --xp / --overtake: give one of them"),
        (("--overtake", str(ADA)), "--overtake: nobody passes themselves"),
        (("--overtake", "Bea"), "'Bea'"),
        (("--level", "0"), "greater than or equal to 1"),
        (("--level", "1768803"), "less than or equal to 1768802"),
        (("--xp", str(2**63)), "less than or equal to 9223372036854775807"),
        (("--days", "6"), "greater than or equal to 7"),
        (("--days", "3661"), "less than or equal to 3660"),
    ],
)
def test_what_cannot_be_asked(run, words, says):
    ran = run("forecast", str(ADA), *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.endswith("Try: trc-mee6 forecast --help\n")


@pytest.mark.parametrize("words", [("--level", "1768802"), ("--xp", str(2**63 - 1))])
def test_the_largest_that_can_be_asked_is_too_far(run_at, season, words):
    ran = run_at(NOW, "forecast", str(ADA), *words)
    assert ran.code == 0
    assert "Not within 100 years at the pace of the 14 days to 2026-01-19, 120 XP" in ran.out


def test_who_is_not_known_or_not_observed_is_said_with_what_helps(run, season):
    ran = run("forecast", str(CAL + 1))
    assert (ran.code, ran.out) == (78, "")
    assert ran.err == (
        f"trc-mee6: {CAL + 1} is no member of guild {GUILD}. See who is: trc-mee6 members list\n"
    )
    assert run("members", "unlink", str(BEA)).code == 0
    ran = run("forecast", str(ADA), "--overtake", str(BEA), "--format", "json")
    assert ran.code == 78
    assert ran.document["reason"].endswith(f"Link them with: trc-mee6 members link {BEA}")
