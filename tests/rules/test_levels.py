"""MEE6's level formula."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.rules.levels import level_at, xp_at, xp_to_next


@pytest.mark.parametrize(("level", "xp"), [(0, 0), (1, 100), (2, 255), (3, 475), (10, 4675)])
def test_known_levels(level, xp):
    assert xp_at(level) == xp


def test_a_level_is_reached_by_the_sum_of_the_steps_below_it():
    for below, level in pairwise(range(500)):
        assert xp_at(level) == xp_at(below) + xp_to_next(below)


@given(st.integers(0, 2**62))
def test_the_level_of_an_xp_total_is_the_highest_reached(xp):
    level = level_at(xp)
    assert xp_at(level) <= xp < xp_at(level + 1)
