"""The last weeks of one member as a calendar, a week a line."""

from collections.abc import Sequence
from datetime import timedelta

from trc_mee6.render.terminal import Cell, Column, show_table
from trc_mee6.rules.streaks import DayKind, Kind

# Told apart by their form alone; on a terminal by colour too.
_SHOWN = {
    Kind.ACTIVE: Cell("■", "green"),
    Kind.GRACE: Cell("-", "cyan"),
    Kind.INACTIVE: Cell("x", "bold red"),
    Kind.UNJUDGED: Cell("?", "yellow"),
}
_LEGEND = "  ".join(f"{cell.text} {kind}" for kind, cell in _SHOWN.items())
_COLUMNS = (
    Column("Week from", whole=True),
    *(Column(name, whole=True) for name in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")),
)


def show(days: Sequence[DayKind]) -> None:
    """Write the weeks that hold these days, if any; days that are not among them stay blank."""
    if days:
        kinds = dict(days)
        first, last = days[0].day, days[-1].day
        mondays = [first - timedelta(days=first.weekday())]
        while mondays[-1] + timedelta(weeks=1) <= last:
            mondays.append(mondays[-1] + timedelta(weeks=1))
        rows: list[list[str | Cell]] = [
            [
                f"Mon {monday}",
                *(
                    _SHOWN[kinds[day]] if day in kinds else ""
                    for day in (monday + timedelta(days=n) for n in range(7))
                ),
            ]
            for monday in mondays
        ]
        show_table(_COLUMNS, rows, f"Days through {last:%a} {last} (UTC)", _LEGEND)
