"""What the tests of the jobs share: a board with people on it."""

import pytest

from trc_mee6.standin import Board


@pytest.fixture
def crowd(board: Board) -> list[int]:
    """Twenty players with 1000 XP each."""
    people = [100000000000000001 + n for n in range(20)]
    for person in people:
        board.join(person, 1000)
    return people
