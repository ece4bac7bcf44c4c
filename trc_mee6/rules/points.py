"""Points from XP (R1, R2)."""

from typing import NamedTuple

SOURCE = "mee6"  # of the ledger lines that XP makes; no other source may use it
ADJUSTMENT = "adjustment"  # of corrections by hand; no award may use it


class Move(NamedTuple):
    """What a change of XP does to one member.

    Attributes:
        points: whole points to book, negative for a loss.
        leftover: XP carried to the next change, 0 <= leftover < XP per point.
    """

    points: int
    leftover: int


def move(leftover: int, delta: int, xp_per_point: int) -> Move:
    """Turn a change of XP into points, carrying the remainder (R1).

    Floor division for losses too, so that the sum over any slicing and order of the same
    changes is the same.

    Args:
        leftover: XP carried from before.
        delta: change of the XP total, negative for a loss (R2).
        xp_per_point: XP that make one point, at least 1.
    """
    return Move(*divmod(leftover + delta, xp_per_point))
