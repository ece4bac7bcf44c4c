"""The folder of a site: files replaced one by one, and only files that this program made.

Whatever moment a run is stopped at, every file is whole, and the next run completes the rest.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trc_mee6.errors import ConfigError, LockHeld
from trc_mee6.files import replace_file
from trc_mee6.text import printable

MEMBERS = "member"
_PAGE = re.compile(r"(index|all|day|week|month|dates|[1-9][0-9]{0,4}d)\.html")
_MEMBER = re.compile(r"[0-9]{1,20}\.html")
_UNFINISHED = re.compile(r"\.(?:[a-z0-9]{1,20}\.html|leaderboard\.json)\.[a-z0-9_]{8}")
_BEGINNING = 1024  # bytes in which a file of ours has its mark


class SiteFolder:
    """The folder, locked by `locked_folder`.

    Attributes:
        written, unchanged, removed: files so far.
    """

    def __init__(self, path: Path, marks: tuple[str, ...]) -> None:
        self.written = self.unchanged = self.removed = 0
        self._path = path
        self._marks = [mark.encode() for mark in marks]
        self._kept: set[Path] = set()

    def put(self, name: str, text: str) -> None:
        """Make a file of the folder hold a text.

        Raises:
            ConfigError: a file of that name is there that this program has not made.
            OSError: it cannot be written.
        """
        path = self._path / name
        self._kept.add(path)
        self.refuse_others(name)
        if self._is_ours(path) and path.read_bytes() == text.encode():
            self.unchanged += 1
            return
        replace_file(path, [text], durable=False)
        self.written += 1

    def refuse_others(self, *names: str) -> None:
        """Refuse to write where a file is that this program has not made.

        Raises:
            ConfigError: one of these files is such a one.
        """
        for path in (self._path / name for name in names):
            if (path.exists() or path.is_symlink()) and not self._is_ours(path):
                raise ConfigError(
                    f"{printable(str(path))} was not made by this program, so it is not replaced."
                    " Move it away, or name another folder with --output."
                )

    def remove_others(self) -> None:
        """Remove pages of ours that were not put there, and what a killed run left unfinished."""
        for folder, pages in ((self._path, _PAGE), (self._path / MEMBERS, _MEMBER)):
            for path in sorted(folder.iterdir()):
                unfinished = _UNFINISHED.fullmatch(path.name) and _is_plain(path)
                stale = pages.fullmatch(path.name) and path not in self._kept
                if unfinished or (stale and self._is_ours(path)):
                    path.unlink()
                    self.removed += 1

    def _is_ours(self, path: Path) -> bool:
        """Say whether we made a file; an empty one is what a crash of the machine may leave."""
        if not _is_plain(path):
            return False
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
        return not beginning or any(mark in beginning for mark in self._marks)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


@contextmanager
def locked_folder(path: Path, *marks: str) -> Iterator[SiteFolder]:
    """Make the folder if it is not there, and keep other runs out of it.

    Args:
        marks: a file that begins with one of these is ours.

    Raises:
        ConfigError: it cannot be used, or a file in it that is not ours is in the way.
        LockHeld: another run is writing there.
    """
    try:
        path.mkdir(exist_ok=True)
        site = path.resolve()
        members = site / MEMBERS
        if members.is_symlink():
            raise ConfigError(
                f"{printable(str(members))} is a link, and nothing is written through it. Remove"
                " it, or name another folder with --output."
            )
        members.mkdir(exist_ok=True)
        lock = os.open(site, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield SiteFolder(site, marks)
        finally:
            os.close(lock)
    except BlockingIOError:
        raise LockHeld(
            f"Another run is writing the site in {printable(str(path))}. Nothing was done; the"
            " next run carries on."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"--output {printable(str(path))}: the site cannot be written: {error.strerror}. Make"
            " room or give the right to write there, or name another folder."
        ) from None
