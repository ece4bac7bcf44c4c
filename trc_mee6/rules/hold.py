"""When a board looks too wrong to believe (R7)."""

from fractions import Fraction
from typing import NamedTuple

LEAST = 3  # fewer drops than this never hold a run, however small the board


class Comparison(NamedTuple):
    """A sweep against what is stored, in members.

    Attributes:
        fallen: tracked members seen with less XP than stored.
        vanished: on the board at the last complete sweep, absent now; 0 for an incomplete one.
        on_board: members that were on the board, of whom the drops are a part.
    """

    fallen: int
    vanished: int
    on_board: int


def is_held(comparison: Comparison, ratio: float) -> bool:
    """Say whether nothing may be applied until the operator decides (R7)."""
    drops = comparison.fallen + comparison.vanished
    return drops >= LEAST and drops >= Fraction(str(ratio)) * comparison.on_board
