"""`python -m benchmarks`: measure, and say how far everything is from its bound.

A figure over its bound is shown, not punished: the exit code is 1 only if something could not be
run. Every ratio is one of medians, against a floor measured in turn with it.
"""

import argparse
import os
import platform
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import board, leaders, night, startup
from benchmarks.measure import CouldNotRun, Spread, seconds, spread

MILLION = 1_000_000
STARTS_PER_ROUND = 4  # a start takes a tenth of a second, and needs more runs to settle
FIRST, LATER, POSTGRES, PER_MEMBER, START, NIGHT = 2.5, 1.5, 2.0, 1.2, 1.5, 3.0  # the bounds
LEADERS = 2.0
MEMORY = 200.0  # the bound in MB


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, in `unit`; the bound is one on the ratio, without a floor on ours."""

    what: str
    unit: str
    bound: float
    ours: Spread
    floor: Spread | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the line as shown."""
        figure = self.ours.median / self.floor.median if self.floor else self.ours.median
        return (
            self.what,
            _shown(self.ours, self.unit),
            _shown(self.floor, self.unit) if self.floor else "",
            f"{figure:.2f}" if self.floor else "",
            f"{self.bound:g}" if self.floor else f"{self.bound:g} {self.unit}",
            "ok" if figure <= self.bound else "over",
        )


def _shown(figures: Spread, unit: str) -> str:
    digits = 0 if unit == "MB" else 2 if unit == "s" else 1
    middle = f"{figures.median:.{digits}f} {unit}"
    if figures.low == figures.high:
        return middle
    return f"{middle} ({figures.low:.{digits}f}-{figures.high:.{digits}f})"


def measure(
    players: int, rounds: int, environment: dict[str, str], folder: Path, *, million: bool
) -> Iterator[Line]:
    """Give the lines of the table as they are measured."""
    yield from _starts(rounds * STARTS_PER_ROUND, environment, folder)
    _progress(f"{rounds} rounds of two syncs of {players:,} players")
    with board.served(players, environment) as served, board.postgres(folder) as new_database:
        entries = {
            "ours": board.ours(served, environment),
            "floor": board.floor(served, environment),
            "postgres": board.ours_on(new_database, served, environment),
        }
        syncs = board.sync_in_turn(served, entries, rounds)
    ours, floor, postgres = syncs["ours"], syncs["floor"], syncs["postgres"]
    first = f"First sync of {players:,} players"
    later = f"Later sync, {board.CHANGED:.0%} of {players:,} players changed"
    yield Line(first, "s", FIRST, seconds(ours.first), seconds(floor.first))
    yield Line(later, "s", LATER, seconds(ours.later), seconds(floor.later))
    on_postgres = "on Postgres, to SQLite"
    yield Line(
        f"First sync {on_postgres}", "s", POSTGRES, seconds(postgres.first), seconds(ours.first)
    )
    yield Line(
        f"Later sync {on_postgres}", "s", POSTGRES, seconds(postgres.later), seconds(ours.later)
    )
    if million:
        yield from _at_a_million(ours, players, environment)
        yield from _nights(environment)
        yield from _leaderboards(environment)


def _at_a_million(few: board.Syncs, players: int, environment: dict[str, str]) -> Iterator[Line]:
    _progress(f"two syncs of {MILLION:,} players")
    with board.served(MILLION, environment) as served:
        entries = {"ours": board.ours(served, environment)}
        many = board.sync_in_turn(served, entries, rounds=1)["ours"]
    for kind, of_many, of_few in (
        ("First", many.first, few.first),
        ("Later", many.later, few.later),
    ):
        what = f"{kind} sync per member at {MILLION:,}, to {players:,}"
        each_of_many = seconds(of_many).times(1e6 / MILLION)
        each_of_few = seconds(of_few).times(1e6 / players)
        yield Line(what, "µs", PER_MEMBER, each_of_many, each_of_few)
    peak = max(run.peak for run in many.first + many.later)
    yield Line(f"Peak memory at {MILLION:,}", "MB", MEMORY, spread([peak]))


def _nights(environment: dict[str, str]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as name:
        yield from _night(f"sqlite:///{name}/night.db", "", environment, Path(name))
    with (
        tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as name,
        board.postgres(Path(name)) as new_database,
    ):
        yield from _night(new_database(), " on Postgres", environment, Path(name))


def _night(database: str, where: str, environment: dict[str, str], folder: Path) -> Iterator[Line]:
    _progress(f"a night of {MILLION:,} members with a year behind them{where}")
    runs = night.nights(MILLION, database, environment, folder)
    what = f"A night's streaks{where} at {MILLION:,}, to one plain UPDATE"
    yield Line(what, "s", NIGHT, seconds(runs.ours), seconds(runs.floor))
    for what, measured in (
        ("a night's streaks", runs.ours),
        ("first streaks of a year", runs.first),
        ("db check", runs.check),
    ):
        peak = spread([max(run.peak for run in measured)])
        yield Line(f"Peak memory of {what}{where} at {MILLION:,}", "MB", MEMORY, peak)


def _leaderboards(environment: dict[str, str]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as name:
        urls = (f"sqlite:///{name}/leaders.db", f"sqlite:///{name}/few.db")
        yield from _leaders(*urls, "", environment, Path(name))
    with (
        tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as name,
        board.postgres(Path(name)) as new_database,
    ):
        yield from _leaders(new_database(), new_database(), " on Postgres", environment, Path(name))


def _leaders(
    database: str, small: str, where: str, environment: dict[str, str], folder: Path
) -> Iterator[Line]:
    _progress(f"leaderboards of {MILLION:,} members with a year behind them{where}")
    ours, start = leaders.leaderboards(MILLION, database, small, environment, folder)
    for name, runs in ours.items():
        what = f"Top 25 of {MILLION:,}{where}, {name}, to the same of {leaders.FEW} members"
        yield Line(what, "ms", LEADERS, seconds(runs).times(1e3), seconds(start).times(1e3))


def _starts(rounds: int, environment: dict[str, str], folder: Path) -> Iterator[Line]:
    _progress(f"{rounds} rounds of short runs")
    for what, command, modules, setting in (
        ("--version", startup.VERSION, ("typer",), environment),
        (
            "Sync in cooldown",
            board.SYNC,
            ("typer", "peewee", "pydantic_settings"),
            startup.cooling_down(environment, folder),
        ),
    ):
        commands = {"ours": command, "floor": startup.importing(*modules)}
        runs = startup.run_in_turn(commands, setting, folder, rounds)
        compared = f"{what}, to import {', '.join(modules)}"
        yield Line(
            compared,
            "ms",
            START,
            seconds(runs["ours"]).times(1e3),
            seconds(runs["floor"]).times(1e3),
        )


def _progress(line: str) -> None:
    print(f"measuring {line} ...", file=sys.stderr, flush=True)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB memory,"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _show(lines: list[Line]) -> None:
    table = Table(box=box.MARKDOWN)
    for column in ("what", "ours", "floor", "ratio", "bound", ""):
        table.add_column(
            column, no_wrap=True, justify="left" if column in ("what", "") else "right"
        )
    for line in lines:
        table.add_row(*line.cells())
    Console(width=200).print(table)


def _at_least_one(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--players", type=_at_least_one, default=100_000, help="on the board that is synced often"
    )
    parser.add_argument(
        "--million", action=argparse.BooleanOptionalAction, default=True, help="sync a million too"
    )
    parser.add_argument("--repeat", type=_at_least_one, default=5, metavar="N", help="rounds")
    return parser.parse_args()


def main() -> int:
    """Measure everything, show the table, and return the exit code."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that children are stopped
    print(_machine(), flush=True)
    lines: list[Line] = []
    try:
        with tempfile.TemporaryDirectory(prefix="trc-mee6-bench-") as name:
            folder = Path(name)
            environment = {"PATH": os.environ.get("PATH", ""), "HOME": name, "TZ": "UTC"}
            measured = measure(
                options.players, options.repeat, environment, folder, million=options.million
            )
            lines.extend(measured)  # one by one, so that a failure leaves those before it
    except CouldNotRun as error:
        print(f"could not be run: {error}", file=sys.stderr)
        return 1
    finally:
        _show(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
