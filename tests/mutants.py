"""`make mutants`: break the rules in every small way there is, and see that their tests notice.

`python tests/mutants.py streaks` breaks one module alone.

Each module of trc_mee6/rules/ is mutated by cosmic-ray in a copy of its own under .mutants/, and
must be told from the original by its own test file alone, tests/rules/test_MODULE.py. Nothing
depends on chance: Hypothesis runs with its profile "ci", which draws the same examples each time.

Every survivor is shown as a diff; docs/development.md says why it is none to worry about.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SCRATCH = ROOT / ".mutants"
NEEDED = ("trc_mee6", "tests/rules", "tests/vectors", "tests/support.py", "pyproject.toml")
BOUND = 0.95  # of the mutants, killed
TIMEOUT = 20  # seconds; the tests of a module take two, so who takes longer never ends

CONFIG = """\
[cosmic-ray]
module-path = "trc_mee6/rules/{module}.py"
timeout = {timeout}
excluded-modules = []
test-command = '''{python} -m pytest -x -q --noconftest -p no:cacheprovider -p no:xdist \
--hypothesis-profile=ci tests/rules/test_{module}.py'''
distributor.name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = [
  # `|` stands in annotations alone; between dates and durations Python itself refuses the others.
  "core/ReplaceBinaryOperator_BitOr_.*",
  "core/ReplaceBinaryOperator_.*_(BitAnd|BitOr|BitXor|LShift|RShift|Pow|Mod)",
  # `is` stands before None and members of an enum alone: each equals itself alone, and their order
  # is the alphabet's; and whether two equal numbers or texts are one object is chance.
  "core/ReplaceComparisonOperator_(Is|IsNot)_(Eq|NotEq|Lt|LtE|Gt|GtE)",
  "core/ReplaceComparisonOperator_(Eq|NotEq|Lt|LtE|Gt|GtE)_(Is|IsNot)",
]
"""


@dataclass(frozen=True)
class Mutant:
    """One change of a module, and whether its tests told it from the original."""

    operator: str
    diff: str
    killed: bool


def mutants(module: str) -> list[Mutant]:
    """Try every mutant of a module of the rules."""
    folder = SCRATCH / module
    for name in NEEDED:
        copy, original = folder / name, ROOT / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if original.is_dir():
            shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(original, copy)
    config = CONFIG.format(module=module, python=sys.executable, timeout=TIMEOUT)
    (folder / "mutants.toml").write_text(config)
    run(folder, "cosmic-ray", "init", "mutants.toml", "mutants.sqlite")
    run(folder, "cr-filter-operators", "mutants.sqlite", "mutants.toml")
    run(folder, "cosmic-ray", "baseline", "mutants.toml")  # fails if the rules as they are do
    run(folder, "cosmic-ray", "exec", "mutants.toml", "mutants.sqlite")
    return list(tried(run(folder, "cosmic-ray", "dump", "mutants.sqlite")))


def run(folder: Path, program: str, *arguments: str) -> str:
    """Run a program of this Python's installation and return what it printed."""
    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def tried(dump: str) -> Iterator[Mutant]:
    """Read cosmic-ray's results: a line for each mutant, those filtered out included."""
    for line in dump.splitlines():
        item, result = json.loads(line)
        if result["worker_outcome"] == "skipped":
            continue
        if result["worker_outcome"] != "normal" or result["test_outcome"] == "incompetent":
            raise SystemExit(f"A mutant could not be tried: {result['output']}")
        [mutation] = item["mutations"]
        killed = result["test_outcome"] == "killed"
        yield Mutant(mutation["operator_name"], result["diff"], killed)


def say(line: str) -> None:
    """Print at once: this takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Try all, show who survives, and return 1 if too many do."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    files = [file for file in (ROOT / "trc_mee6" / "rules").glob("*.py") if file.stem[0] != "_"]
    files.sort(key=lambda file: file.stat().st_size, reverse=True)  # so that no core waits long
    modules = sys.argv[1:] or [file.stem for file in files]
    everything: list[Mutant] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for module, found in zip(modules, pool.map(mutants, modules), strict=True):
            survivors = [mutant for mutant in found if not mutant.killed]
            say(f"{module}: {len(found) - len(survivors)} of {len(found)} mutants killed")
            for survivor in survivors:
                say(f"\nsurvived {survivor.operator}\n{survivor.diff}\n")
            everything += found
    killed = sum(mutant.killed for mutant in everything)
    share = killed / len(everything)
    say(f"{killed} of {len(everything)} mutants killed: {share:.1%}, at least {BOUND:.0%} wanted")
    return 0 if share >= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
