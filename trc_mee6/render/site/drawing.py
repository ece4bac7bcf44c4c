"""Drawings of one member's year, from plain numbers: a line and a calendar.

They are paths for SVG; which colours they have is for the style of the page.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from trc_mee6.report import MemberDay
from trc_mee6.rules.streaks import Kind

_WIDTH, _HEIGHT = 1000, 200  # of the line's drawing, whatever size it is shown in
_CELL = 11  # from one day of the calendar to the next, of which 9 are filled
_LEFT, _TOP = 24, 12  # room for the names of days and months
_HALF = 27  # weeks of a year's first half; either half fits a phone
_SIZES = {
    "active1": 9, "active2": 9, "active3": 9, "active4": 9,
    "grace": 5, "inactive": 2, "unjudged": 9,
}  # fmt: skip
_LEGEND = (
    ("active1", "active, a little"), ("active4", "active, a lot"),
    ("grace", "excused or weekend"), ("inactive", "inactive"), ("unjudged", "not judged yet"),
)  # fmt: skip


class Curve(NamedTuple):
    """A total over time as a path, and what stands around it."""

    width: int
    height: int
    line: str
    low: int
    high: int
    now: int
    first: date
    last: date
    says: str


class Label(NamedTuple):
    """A text in a drawing."""

    x: int
    y: int
    text: str


class Half(NamedTuple):
    """A part of the calendar; `paths` are of a kind of day each."""

    width: int
    height: int
    labels: list[Label]
    paths: list[tuple[str, str]]


class Calendar(NamedTuple):
    """The days of a year; the legend has a path for each kind that occurs."""

    halves: list[Half]
    legend: list[tuple[str, str, str]]
    says: str


def curve(days: Sequence[MemberDay], now: int, measure: str) -> Curve | None:
    """Return how a total came to what it is now, None if there are fewer than two days.

    Args:
        measure: points or xp.
    """
    if len(days) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    gains = [day.points if measure == "points" else day.xp for day in days]
    total = now - sum(gains)
    low = total
    totals = [total := total + gain for gain in gains]
    low, high = min(low, *totals), max(totals)
    spread = max(high - low, 1)
    points = [
        f"{_WIDTH * at // (len(days) - 1)} {_HEIGHT - _HEIGHT * (total - low) // spread}"
        for at, total in enumerate(totals)
        # In between, where nothing changes, a straight line goes the same way.
        if at in (0, len(days) - 1) or gains[at] or gains[at + 1]
    ]
    first, last = days[0].day, days[-1].day
    unit = "points" if measure == "points" else "XP"
    says = f"From {totals[0]:,} {unit} on {first} to {now:,} on {last}"
    line = f"M{'L'.join(points)}"
    return Curve(_WIDTH, _HEIGHT, line, totals[0], high, now, first, last, says)


def calendar(days: Sequence[MemberDay]) -> Calendar | None:
    """Return the days as two halves of a calendar, weeks from left to right, None for no days."""
    if not days:
        return None
    kinds = _kinds(days)
    first = days[0].day - timedelta(days=days[0].day.weekday())
    split = first + timedelta(weeks=_HALF)
    halves = [
        [(day, kind) for day, kind in kinds if day < split],
        [(day, kind) for day, kind in kinds if day >= split],
    ]
    present = {kind for _, kind in kinds}
    legend = [
        (kind, _square(5, 5, _SIZES[kind]), text) for kind, text in _LEGEND if kind in present
    ]
    return Calendar([_half(half) for half in halves if half], legend, _says(days))


def _kinds(days: Sequence[MemberDay]) -> list[tuple[date, str]]:
    """Return what each day is drawn as; active ones in four steps, a quarter of them each."""
    gains = sorted(day.xp for day in days if day.kind is Kind.ACTIVE)
    steps = [gains[len(gains) * n // 4] for n in (1, 2, 3)] if gains else []

    def kind(day: MemberDay) -> str:
        if day.kind is not Kind.ACTIVE:
            return str(day.kind)
        return f"active{1 + sum(day.xp >= step for step in steps)}"

    return [(day.day, kind(day)) for day in days]


def _half(days: Sequence[tuple[date, str]]) -> Half:
    first = days[0][0] - timedelta(days=days[0][0].weekday())
    paths: dict[str, list[str]] = {}
    labels = [Label(0, _TOP + _CELL * n + 8, text) for n, text in ((0, "Mon"), (4, "Fri"))]
    for day, kind in days:
        week, weekday = divmod((day - first).days, 7)
        x, y = _LEFT + _CELL * week + 5, _TOP + _CELL * weekday + 5
        paths.setdefault(kind, []).append(_square(x, y, _SIZES[kind]))
        if day.day == 1 and week < _HALF - 1:  # else it would be cut off
            labels.append(Label(x - 5, 8, f"{day:%b}"))
    width, height = _LEFT + _CELL * _HALF, _TOP + _CELL * 7
    return Half(width, height, labels, [(kind, "".join(paths[kind])) for kind in sorted(paths)])


def _square(x: int, y: int, size: int) -> str:
    """Return a square around a point: a stroke as wide as it is long, which is the shortest way."""
    return f"M{x} {y - size / 2:g}v{size}"


def _says(days: Sequence[MemberDay]) -> str:
    active = sum(day.kind is Kind.ACTIVE for day in days)
    inactive = sum(day.kind is Kind.INACTIVE for day in days)
    of = f"{len(days)} days" if len(days) > 1 else "1 day"
    return (
        f"Active on {active} of {of} since {days[0].day}; {inactive} inactive, on which a streak"
        " ends."
    )
