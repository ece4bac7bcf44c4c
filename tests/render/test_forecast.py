"""A forecast is told in plain sentences, whoever it is about."""

from datetime import UTC, date, datetime

import pytest
from hostile import TEXTS, highest_heap, unclean

from trc_mee6.render.forecast import document, sentences
from trc_mee6.report import Forecast, MemberState, Pace, Target
from trc_mee6.rules.forecast import Outlook
from trc_mee6.rules.streaks import Span

ID = 100000000000000000
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = Span(date(2026, 10, 25), date(2026, 11, 23))
LEVEL_20 = Target(23_850, 20)


def member(name="Ada", number=0):
    return MemberState(ID + number, "42", name, True, 0, 0, 0, 0, 0, 20, 900, AT)


GRACE = Target(24_001, rival=member("Grace", 1))


def told(*, target=LEVEL_20, xp=22_616, gained=None, outlook=None, who=None, now=AT):
    pace = None if gained is None else Pace(DAYS, gained)
    return Forecast(7, now, who or member(), xp, target, AT, date(2026, 12, 1), pace, outlook)


NEEDS = "Ada needs 1,234 XP to level 20 (at 23,850 XP)."
TO_PASS = "Ada needs 1,385 XP to pass Grace (24,000 XP)."
AHEAD = "Ada (24,001 XP) is ahead of Grace (24,000 XP) already."
PACE = "At the pace of the 30 days to 2026-11-23"
REACHED = "Ada (23,850 XP) has reached level 20 (at 23,850 XP) already."
NEVER = Outlook(None, None, None)
SAID = {
    "a level": (
        told(gained=2559, outlook=Outlook(14, 8, 25)),
        NEEDS,
        (
            f"{PACE}, 85.3 XP a day, that is on 2026-12-08;"
            " 4 of 5 times between 2026-12-02 and 2026-12-19."
        ),
    ),
    "a pace that hardly varies": (
        told(gained=2700, outlook=Outlook(14, 14, 14)),
        NEEDS,
        f"{PACE}, 90 XP a day, that is on 2026-12-08; 4 of 5 times on that very day.",
    ),
    "a total, at a pace that varies much": (
        told(gained=2700, outlook=Outlook(14, 8, None), target=Target(23_850)),
        "Ada needs 1,234 XP to 23,850 XP.",
        (
            f"{PACE}, 90 XP a day, that is on 2026-12-08;"
            " 4 of 5 times not before 2026-12-02, and perhaps not within 100 years."
        ),
    ),
    "far away": (
        told(gained=1, outlook=Outlook(None, 36_000, None)),
        NEEDS,
        "Not within 100 years at the pace of the 30 days to 2026-11-23, 0.03 XP a day.",
    ),
    "never": (
        told(gained=0, outlook=NEVER),
        NEEDS,
        "Not at this pace: Ada gained nothing in the 30 days to 2026-11-23.",
    ),
    "not known long enough": (
        told(),
        NEEDS,
        (
            "A forecast takes 7 whole days since the newest baseline; it can be made from"
            " 2026-12-01 on."
        ),
    ),
    "a level that is reached": (told(xp=23_850), REACHED),
    "a total that is reached": (
        told(xp=9000, target=Target(7)),
        "Ada (9,000 XP) has reached 7 XP already.",
    ),
    "passed": (
        told(target=GRACE, gained=60_000, outlook=Outlook(0, 0, 1)),
        TO_PASS,
        (
            f"{PACE}, 2,000 XP a day more than Grace, that is on 2026-11-24;"
            " 4 of 5 times between 2026-11-24 and 2026-11-25."
        ),
    ),
    "slower": (
        told(target=GRACE, gained=-1500, outlook=NEVER),
        TO_PASS,
        "Not at this pace: Grace gained 50 XP a day more than Ada in the 30 days to 2026-11-23.",
    ),
    "as quick": (
        told(target=GRACE, gained=0, outlook=NEVER),
        TO_PASS,
        "Not at this pace: Grace gained as much as Ada in the 30 days to 2026-11-23.",
    ),
    "hardly quicker": (
        told(target=GRACE, gained=1, outlook=NEVER),
        TO_PASS,
        (
            "Not within 100 years at the pace of the 30 days to 2026-11-23, 0.03 XP a day more than"
            " Grace."
        ),
    ),
    "ahead": (told(target=GRACE, xp=24_001), AHEAD),
    "not observed today": (
        told(target=GRACE, xp=24_001, now=datetime(2026, 11, 25, tzinfo=UTC)),
        AHEAD,
        "This is as of 2026-11-24 12:00 UTC, the last observation.",
    ),
    "nameless": (
        told(xp=23_850, who=member(None)),
        f"{ID} (23,850 XP) has reached level 20 (at 23,850 XP) already.",
    ),
}


@pytest.mark.parametrize(
    ("forecast", "said"), [(one, said) for one, *said in SAID.values()], ids=SAID
)
def test_what_is_said(forecast, said):
    assert list(sentences(forecast)) == said


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_names_leave_the_sentences_whole(text):
    rival = Target(24_001, rival=member(text, 1))
    for gained in (-10, 0, 10):
        said = "\n".join(
            sentences(told(target=rival, who=member(text), gained=gained, outlook=Outlook(1, 1, 1)))
        )
        assert said.count("\n") == 1
        assert unclean(said) == []
        assert highest_heap(said) <= 5
        assert len(said) < 700


def test_the_document_gives_days_and_what_they_rest_on():
    assert document(told(target=GRACE, gained=2560, outlook=Outlook(20, 8, None))) == {
        "command": "forecast",
        "guild_id": "7",
        "generated_at": "2026-11-24T12:00:00Z",
        "member": {
            "discord_id": str(ID),
            "member_id": "42",
            "username": "Ada",
            "xp_total": 22_616,
            "level": 19,
        },
        "target": {
            "xp": 24_001,
            "level": None,
            "overtake": {
                "discord_id": str(ID + 1),
                "member_id": "42",
                "username": "Grace",
                "xp_total": 24_000,
                "level": 20,
            },
        },
        "xp_needed": 1385,
        "observed_at": "2026-11-24T12:00:00Z",
        "pace": {
            "since": "2026-10-25",
            "until": "2026-11-23",
            "days": 30,
            "xp_gained": 2560,
            "xp_per_day": 85.33,
        },
        "prospect": "expected",
        "expected_on": "2026-12-14",
        "earliest_on": "2026-12-02",
        "latest_on": None,
    }


def test_what_was_to_be_by_now_is_not_told_as_to_come():
    later = datetime(2026, 12, 20, tzinfo=UTC)
    past = list(sentences(told(gained=2559, outlook=Outlook(14, 8, 25), now=later)))
    assert "that was to be on 2026-12-08; 4 of 5 times" in past[1]
    assert past[2] == "This is as of 2026-11-24 12:00 UTC, the last observation."
    unknown = list(sentences(told(now=later)))
    assert unknown[1] == (
        "A forecast takes 7 whole days since the newest baseline; they have passed, so run first:"
        " trc-mee6 sync"
    )
