"""The words for a balance and a streak."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from trc_mee6.render.member_details import arithmetic, show, why
from trc_mee6.report import (
    MemberDetails,
    MemberState,
    SourcePoints,
    StreakAccount,
    StreakStatus,
    XpAccount,
)
from trc_mee6.rules.streaks import DayKind, Kind

NEVER = XpAccount(None, None, None, 0, 0, 0, 0, None)
USUAL = XpAccount(6250, 5000, datetime(2026, 1, 5, 12, tzinfo=UTC), 0, 0, 12, 50, 100)
JUDGED = StreakAccount(
    StreakStatus.JUDGED,
    first_observed_on=date(2026, 1, 5),
    judged_through=date(2026, 2, 6),
    observed_through=date(2026, 2, 6),
)
SINCE = {"counts_from": date(2026, 2, 2)}
BROKEN = {"last_inactive_on": date(2026, 1, 30)}


def details(streak=JUDGED, current=5, *, linked=True, sources=(), days=()):
    state = MemberState(
        7, None, "Ada", linked, 6250, 5000, 50, 12, 12, 1, 2, None, current, 9, None
    )
    return MemberDetails(state, [], [], list(sources), USUAL, streak, list(days), date(2026, 2, 7))


@pytest.mark.parametrize(
    ("xp", "says"),
    [
        (
            USUAL,
            (
                "XP total 6,250 - baseline 5,000 (2026-01-05) + awarded 0 = 1,250:"
                " 12 points and 50 XP left over"
            ),
        ),
        (
            replace(USUAL, awarded_xp=-1200, points=30, points_before=30),
            (
                "XP total 6,250 - baseline 5,000 (2026-01-05) + awarded -1,200 = 50:"
                " 0 points and 50 XP left over; with the 30 from before the baseline 30"
            ),
        ),
        (
            replace(USUAL, xp_total=4950, points=29, points_before=30),
            (
                "XP total 4,950 - baseline 5,000 (2026-01-05) + awarded 0 = -50:"
                " -1 points and 50 XP left over; with the 30 from before the baseline 29"
            ),
        ),
        (NEVER, "no baseline yet; awarded 0 = 0: 0 points and 0 XP left over"),
        (
            replace(NEVER, awarded_xp=130, points=1, leftover_xp=30),
            "no baseline yet; awarded 130 = 130: 1 point and 30 XP left over",
        ),
    ],
)
def test_r1_is_shown_as_one_line_of_arithmetic(xp, says):
    assert arithmetic(xp) == says


@pytest.mark.parametrize(
    ("streak", "current", "says"),
    [
        (
            replace(JUDGED, **SINCE, **BROKEN),
            5,
            "5 active weekdays since Mon 2026-02-02; Fri 2026-01-30 was inactive.",
        ),
        (replace(JUDGED, **BROKEN), 0, "0: Fri 2026-01-30 was inactive."),
        (
            replace(JUDGED, **SINCE),
            1,
            (
                "1 active weekday since Mon 2026-02-02; no inactive weekday since the first"
                " observation, Mon 2026-01-05."
            ),
        ),
        (JUDGED, 0, "0: no weekday was active yet, nor inactive, since the first, Mon 2026-01-05."),
        (StreakAccount(StreakStatus.UNOBSERVED), None, "Not observed yet: run trc-mee6 sync."),
        (
            replace(JUDGED, status=StreakStatus.UNJUDGED, judged_through=None),
            None,
            "Not judged yet: run trc-mee6 streaks.",
        ),
        (
            replace(JUDGED, status=StreakStatus.TO_JUDGE_ANEW, judged_through=None),
            4,
            "To be judged anew at the next run, after a late award.",
        ),
        (
            replace(JUDGED, **BROKEN, judged_through=date(2026, 2, 4)),
            0,
            (
                "0: Fri 2026-01-30 was inactive. Days from Thu 2026-02-05 on are judged at the next"
                " run."
            ),
        ),
        (
            replace(JUDGED, **BROKEN, pending=True),
            0,
            "0: Fri 2026-01-30 was inactive. Pending: not observed since Fri 2026-02-06 ended.",
        ),
    ],
)
def test_a_streak_says_why_it_stands_where_it_stands(streak, current, says):
    assert " ".join(why(details(streak, current))) == says


def test_who_is_unlinked_is_said_not_to_be_observed():
    assert list(why(details(linked=False)))[-1] == "Not linked, so no further day is observed."


def test_a_day_is_known_by_its_sign_and_a_source_is_plain_text(capsys):
    days = [
        DayKind(date(2026, 1, 29), Kind.GRACE),
        DayKind(date(2026, 1, 30), Kind.INACTIVE),
        *(DayKind(date(2026, 2, day), Kind.ACTIVE) for day in range(2, 7)),
        DayKind(date(2026, 2, 7), Kind.UNJUDGED),
    ]
    show(details(days=days, sources=[SourcePoints("[red]\x1b[31m\n", 1, -3)]))
    shown = capsys.readouterr().out.splitlines()
    start = shown.index("Days through Sat 2026-02-07 (UTC)")
    assert shown[start + 1 : start + 5] == [
        "Week from       Mo  Tu  We  Th  Fr  Sa  Su",
        "Mon 2026-01-26              -   x",
        "Mon 2026-02-02  ■   ■   ■   ■   ■   ?",
        "■ active  - grace  x inactive  ? unjudged",
    ]
    assert [line.split() for line in shown if "[red]" in line] == [["[red]␛[31m␊", "1", "-3"]]
