"""`python -m trc_mee6`, the same as `trc-mee6`."""

import signal
import sys


def main() -> int:
    """Run the program and return its exit code; Ctrl-C while it is loaded ends it quietly."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from trc_mee6.cli.main import main as program

    return program()


if __name__ == "__main__":
    sys.exit(main())
