"""`python -m fuzz SECONDS [TARGET ...]`: fuzz each target for so long, guided by coverage.

What was learnt is kept in `.fuzz/TARGET/corpus` and built upon the next time. An input that fails
is written beside it, named in the last lines, and ends the program with an error.
"""

import logging
import subprocess
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["trc_mee6", "dotenv"]):
    from fuzz.targets import TARGETS

LONGEST_INPUT = 4096  # bytes
SLOWEST = 5  # seconds
LARGEST = 1024  # MB of memory


def fuzz(name: str, seconds: str) -> None:
    """Fuzz one target, and end the process."""
    logging.disable()
    folder = Path(".fuzz") / name
    for part in ("corpus", "seeds"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (folder / "seeds" / str(number)).write_bytes(seed)
    words = (word.encode() for word in target.words)
    quoted = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    (folder / "words").write_text("".join(f'"{word}"\n' for word in quoted))
    options = {
        "artifact_prefix": f"{folder}/failed-",
        "dict": f"{folder}/words",
        "max_len": LONGEST_INPUT,
        "max_total_time": seconds,
        "print_final_stats": 1,
        "rss_limit_mb": LARGEST,
        "timeout": SLOWEST,
    }
    given = [f"-{option}={value}" for option, value in options.items()]
    corpus = [str(folder / part) for part in ("corpus", "seeds")]
    atheris.Setup([sys.argv[0], *given, *corpus], target.check)
    atheris.Fuzz()


def main() -> None:
    """Fuzz one target after the other, each in a process of its own: libFuzzer ends it."""
    if sys.argv[1:2] == ["--one"]:
        fuzz(*sys.argv[2:])
        return
    seconds, *names = sys.argv[1:]
    for name in names or TARGETS:
        print(f"Fuzzing {name} for {seconds} seconds ...", flush=True)
        subprocess.run([sys.executable, "-m", "fuzz", "--one", name, seconds], check=True)


if __name__ == "__main__":
    main()
