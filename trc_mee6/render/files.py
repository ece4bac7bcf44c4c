"""Files that are there as a whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from trc_mee6.errors import ConfigError
from trc_mee6.text import printable


def write_atomically(path: Path, lines: Iterable[str]) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    An existing file keeps its mode; a new one gets what the umask says.

    Raises:
        ConfigError: the file cannot be written; the old one is untouched.
    """
    named, path = path, path.resolve()  # a link stays, and what it leads to is replaced
    if (path.exists() and not path.is_file()) or named.is_relative_to("/dev"):
        raise ConfigError(
            f"--output {printable(str(named))} is no regular file. Name one, or leave it out for"
            " standard output."
        )
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, prefix=f".{path.name}.",
            delete=False, errors="replace",
        ) as file:  # fmt: skip
            temporary = Path(file.name)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(path))
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise ConfigError(
            f"--output {printable(str(named))} cannot be written: {error.strerror}. Name a file"
            " in a folder that you may write to."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
