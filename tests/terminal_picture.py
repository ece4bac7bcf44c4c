"""The picture of the terminal in README.md; run it to draw it anew (make docs)."""

import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[1] / "docs" / "terminal.svg"
_COLUMNS = 112


def _shown() -> str:
    """Return what `trc-mee6 demo` shows on a terminal."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "trc_mee6", "demo"]
    size = {"COLUMNS": str(_COLUMNS), "TERM": "xterm-256color"}
    with subprocess.Popen(program, env=size, stdout=theirs, stderr=theirs):
        pass
    subprocess.run(["/bin/sh", "-c", "printf '\\0'"], stdout=theirs, check=True)  # the end
    shown = b""
    while not shown.endswith(b"\0"):
        with open(ours, "rb", buffering=0, closefd=False) as terminal:
            shown += terminal.read(65536)
    return shown.rstrip(b"\0").decode().replace("\r\n", "\n")


def draw() -> str:
    """Return the picture, without fonts that a viewer would have to fetch."""
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=_COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(f"$ trc-mee6 demo\n{_shown()}"))
        picture = console.export_svg(title="trc-mee6")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(draw())
