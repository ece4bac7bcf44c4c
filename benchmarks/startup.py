"""Short runs, where loading modules is most of the work."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.board import GUILD, OURS, SYNC, settings
from benchmarks.measure import CouldNotRun, Run, in_turn, timed
from trc_mee6.errors import RateLimited
from trc_mee6.standin import Board, StandIn, faults

VERSION = (*OURS, "--version")


def importing(*modules: str) -> Sequence[str]:
    """Return the command that loads these modules and nothing else."""
    return (sys.executable, "-c", f"import {', '.join(modules)}")


def cooling_down(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Let a board send a sync away, and return the environment in which the next ones cool down.

    Nothing answers at the board's address any more, so a run that asked would fail.

    Raises:
        CouldNotRun: the sync did not take it for a ban.
    """
    with StandIn() as stand_in:
        stand_in.add(Board(GUILD))
        stand_in.misbehave(faults.too_many(), times=None)
        banned = settings(environment, stand_in.url, f"sqlite:///{folder / 'cooldown.db'}")
        done = subprocess.run(SYNC, env=banned, cwd=folder, capture_output=True, check=False)
    if done.returncode != RateLimited.exit_code:
        raise CouldNotRun(f"a sync that is sent away ended with {done.returncode}: {done.stderr!r}")
    return banned


def run_in_turn(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    folder: Path,
    rounds: int,
) -> dict[str, list[Run]]:
    """Run each command so many times, after once that does not count: it fills the caches."""
    for command in commands.values():
        timed(command, environment, folder)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(rounds):
        for name in in_turn(list(commands), turn):
            runs[name].append(timed(commands[name], environment, folder))
    return runs
