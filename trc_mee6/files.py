"""Files that are there as a whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def replace_file(
    path: Path, content: Iterable[str] | bytes, mode: int | None = None, *, durable: bool = True
) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    Where `path` is a link, it stays, and what it leads to is replaced.

    Args:
        content: lines of text, or all there is as bytes.
        mode: of the file; by default that of the old one, else what the umask says.
        durable: wait until it is on the disk, so that it is whole also if the machine crashes.

    Raises:
        OSError: it cannot be written; the old one is untouched.
    """
    path = path.resolve()
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.writelines(_as_bytes(content))
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.chmod(_usual_mode(path) if mode is None else mode)
        temporary.replace(path)
        temporary = None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _as_bytes(content: Iterable[str] | bytes) -> Iterable[bytes]:
    if isinstance(content, bytes):
        return [content]
    return (line.encode("utf-8", "replace") for line in content)


def _usual_mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
