"""What goes into the container image is locked, and the lock is that of pyproject.toml."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
LOCKS = {name: PROJECT / "deploy/container" / f"{name}.lock" for name in ("requirements", "build")}
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
ASKED_FOR = {
    "requirements": [
        *PYPROJECT["project"]["dependencies"],
        *(one for extra in PYPROJECT["project"]["optional-dependencies"].values() for one in extra),
    ],
    "build": PYPROJECT["build-system"]["requires"],
}
OURS = "trc-mee6 (pyproject.toml)"


@dataclass
class Locked:
    """One package of a lock: what is to be installed, its hashes, who asks for it."""

    requirement: Requirement
    hashes: list[str] = field(default_factory=list)
    asked_for_by: list[str] = field(default_factory=list)


def packages(text):
    """Return the packages of a lock by name."""
    found = {}
    for line in text.splitlines():
        words = line.strip().removesuffix("\\").strip()
        if line[0].isalpha():
            locked = Locked(Requirement(words))
            found[canonicalize_name(locked.requirement.name)] = locked
        elif words.startswith("--hash="):
            locked.hashes.append(words.removeprefix("--hash="))
        elif found:
            locked.asked_for_by.append(words.removeprefix("#").strip().removeprefix("via").strip())
    return found


def stale(text, asked_for):
    """Return what is asked for, and not locked at a version that will do."""
    locked = packages(text)

    def is_locked(wanted):
        found = locked.get(canonicalize_name(wanted.name))
        return found and wanted.specifier.contains(version_of(found), prereleases=True)

    return [one for one in asked_for if not is_locked(Requirement(one))]


def version_of(locked):
    return str(locked.requirement.specifier).removeprefix("==")


@pytest.mark.parametrize("which", LOCKS)
def test_lock_has_all_that_is_asked_for(which):
    missing = stale(LOCKS[which].read_text(), ASKED_FOR[which])
    assert not missing, "run: make lock"


def test_stale_lock_is_noticed():
    text = LOCKS["requirements"].read_text()
    assert stale(text, ["requests>=2.32", "Requests>=99", "no-such-package"]) == [
        "Requests>=99",
        "no-such-package",
    ]


def test_lock_has_nothing_that_is_no_longer_asked_for():
    locked = packages(LOCKS["requirements"].read_text())
    ours = {name for name, one in locked.items() if OURS in one.asked_for_by}
    wanted = {canonicalize_name(Requirement(one).name) for one in ASKED_FOR["requirements"]}
    assert ours == wanted, "run: make lock"


@pytest.mark.parametrize("which", LOCKS)
def test_each_package_is_locked_to_one_version_by_hashes(which):
    for name, locked in packages(LOCKS[which].read_text()).items():
        assert re.fullmatch(r"\d[\w.]*", version_of(locked)), name
        assert locked.hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in locked.hashes), name


@pytest.mark.parametrize("which", LOCKS)
def test_lock_names_no_place_to_load_from(which):
    text = LOCKS[which].read_text()
    assert "://" not in text
    assert " @ " not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, flags=re.MULTILINE)
