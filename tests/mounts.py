"""Disks that a test may fill, and folders that nobody may write to, root included."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Let an empty folder be a disk of its own, of so much: 512k, 2m."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        yield


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Let nobody write to a file, or in a folder."""
    with _mounted(path, "--bind", str(path)):
        _mount("-o", "remount,bind,ro", str(path))
        yield


def fill(folder: Path, *, but: int = 0) -> Path:
    """Leave so many bytes on a disk, and return the file that takes up the rest."""
    room = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, room.f_bavail * room.f_bsize - but)))
    return filler


@contextmanager
def _mounted(path: Path, *how: str) -> Iterator[None]:
    _mount(*how, str(path))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
