"""R7: when a board looks wrong."""

import pytest

from trc_mee6.rules.hold import Comparison, is_held


@pytest.mark.parametrize(
    ("fallen", "vanished", "on_board", "held"),
    [
        (0, 0, 100, False),
        (20, 0, 100, True),
        (19, 0, 100, False),
        (0, 20, 100, True),
        (10, 10, 100, True),
        (2, 0, 2, False),  # fewer than three never hold
        (3, 0, 3, True),
        (3, 0, 15, True),
        (3, 0, 16, False),
        (3, 0, 0, True),
        (0, 0, 0, False),
    ],
)
def test_r7_held_from_three_drops_that_are_a_fifth_of_the_board(fallen, vanished, on_board, held):
    assert is_held(Comparison(fallen, vanished, on_board), 0.2) is held


def test_r7_the_ratio_is_the_operators():
    assert is_held(Comparison(3, 0, 100), 0.03)
    assert is_held(Comparison(7, 0, 100), 0.07)
    assert not is_held(Comparison(99, 0, 100), 1.0)
