"""A result in a file that is there as a whole or not at all."""

from collections.abc import Iterable
from pathlib import Path

from trc_mee6.errors import ConfigError
from trc_mee6.files import replace_file
from trc_mee6.text import printable


def write_atomically(path: Path, content: Iterable[str] | bytes) -> None:
    """Write the file that `--output` names.

    Raises:
        ConfigError: it cannot be written; the old one is untouched.
    """
    target = path.resolve()
    if (target.exists() and not target.is_file()) or path.is_relative_to("/dev"):
        raise ConfigError(
            f"--output {printable(str(path))} is no regular file. Name one, or leave it out for"
            " standard output."
        )
    try:
        replace_file(path, content)
    except OSError as error:
        raise ConfigError(
            f"--output {printable(str(path))} cannot be written: {error.strerror}. Name a file"
            " in a folder that you may write to."
        ) from None
