"""A stand-in MEE6 board over real HTTP, for `demo`, tests and benchmarks."""

from trc_mee6.standin.board import Board
from trc_mee6.standin.server import StandIn

__all__ = ["Board", "StandIn"]
