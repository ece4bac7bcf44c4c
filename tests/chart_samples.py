"""Charts as plain values, for the tests of how they are drawn."""

import random
from datetime import date, timedelta

from trc_mee6.report import (
    ActivityHours,
    Growth,
    GrowthLine,
    LevelCount,
    Levels,
    MemberState,
    MemberYear,
    YearDay,
)
from trc_mee6.rules.streaks import Kind

UNTIL = date(2026, 11, 24)  # a Tuesday
FIRST = 100000000000000000
_DAY = timedelta(days=1)


def growth(*names, days=30, by="gain", guild="The Guild"):
    """Lines of members with these names, the first with most."""
    chance = random.Random(1)
    lines = []
    for number, name in enumerate(names):
        values, pace = [0], 900 // (number + 1) + 3
        for _ in range(days):
            values.append(values[-1] + chance.choice((0, pace, pace)))
        lines.append(GrowthLine(FIRST + number, name, tuple(values)))
    lines.sort(key=lambda line: -line.values[-1])
    return Growth(1, guild, by, UNTIL - (days - 1) * _DAY, UNTIL, tuple(lines))


def levels(counts=((0, 12), (1, 30), (2, 7), (5, 1), (40, 2)), guild="The Guild"):
    return Levels(1, guild, tuple(LevelCount(*one) for one in counts))


def activity(busy=True, guild="The Guild", times=1, each=None):
    """From 8 o'clock on, more from hour to hour and day to day, or as much in each hour."""
    xp = tuple(
        tuple((each or (day * 10 + hour) * times) if busy and hour > 7 else 0 for hour in range(24))
        for day in range(7)
    )
    return ActivityHours(1, guild, UNTIL - 27 * _DAY, UNTIL, xp, 4321)


def year(name="Ada", observed=True, guild="The Guild"):
    """First observed 90 days ago; active on weekdays but for the 16th, a Monday."""
    inactive = date(2026, 11, 16)
    days = []
    for ago in range(364, -1, -1):
        day = UNTIL - ago * _DAY
        if ago > 90 or not observed:
            one = YearDay(day, 0, None)
        elif ago == 0:
            one = YearDay(day, 0, Kind.UNJUDGED)
        elif day.weekday() > 4:
            one = YearDay(day, 0, Kind.GRACE)
        elif day == inactive:
            one = YearDay(day, 0, Kind.INACTIVE)
        else:
            one = YearDay(day, 30 + ago, Kind.ACTIVE)
        days.append(one)
    state = MemberState(FIRST, "42", name, True, 9000, 0, 0, 90, 90, 9, 400, None, 5, 31)
    return MemberYear(1, guild, state, tuple(days), inactive + _DAY if observed else None)


CHARTS = {
    "growth": growth("Ada", "Bea", "Cal"),
    "levels": levels(),
    "activity": activity(),
    "year": year(),
}
NOTHING = {
    "growth": growth(),
    "levels": levels(()),
    "activity": activity(busy=False),
    "year": year(observed=False),
}
