"""`python -m trc_mee6.standin GUILD --players N`: serve a board until stopped, and say where."""

import argparse
import contextlib
import sys
import threading

from trc_mee6.standin import Board, StandIn


def main() -> None:
    """Serve a board until the process is stopped."""
    parser = argparse.ArgumentParser(prog="python -m trc_mee6.standin", description=__doc__)
    parser.add_argument("guild", type=int, help="the guild's id")
    parser.add_argument("--players", type=int, default=250, help="players on the board")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; any by default")
    parser.add_argument("--cap", type=int, default=1000, help="most players on a page")
    parser.add_argument("--drift", type=int, default=0, help="players that gain between pages")
    options = parser.parse_args()
    with StandIn(port=options.port) as stand_in, contextlib.suppress(KeyboardInterrupt):
        stand_in.add(Board(options.guild, options.players, cap=options.cap, drift=options.drift))
        sys.stdout.write(f"MEE6_BASE_URL={stand_in.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
