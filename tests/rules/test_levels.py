"""MEE6's level formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.rules.levels import level_at, xp_at, xp_to_next

HIGHEST = 1_768_802  # that a total of 63 bits makes
levels = st.integers(0, HIGHEST)


@pytest.mark.parametrize(("level", "xp"), [(0, 0), (1, 100), (2, 255), (3, 475), (10, 4675)])
def test_known_levels(level, xp):
    assert xp_at(level) == xp


@given(levels)
def test_a_level_is_reached_by_the_sum_of_the_steps_below_it(level):
    assert xp_at(level + 1) == xp_at(level) + xp_to_next(level)


def test_every_total_up_to_level_50_has_the_level_that_counting_steps_gives():
    level, next_at = 0, xp_to_next(0)
    for xp in range(xp_at(50) + 1):
        if xp == next_at:
            level += 1
            next_at += xp_to_next(level)
        assert level_at(xp) == level


@given(
    st.integers(0, 2**63 - 1)
    | st.integers(2**63 - 10**15, 2**63 - 1)
    | st.builds(lambda level, off: max(0, xp_at(level) + off), levels, st.integers(-1, 1))
)
def test_the_level_of_an_xp_total_is_the_highest_reached(xp):
    level = level_at(xp)
    assert xp_at(level) <= xp < xp_at(level + 1)


def test_the_highest_level_that_fits():
    assert xp_at(HIGHEST) < 2**63 <= xp_at(HIGHEST + 1)
    assert level_at(2**63 - 1) == HIGHEST
