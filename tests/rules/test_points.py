"""R1, R2: points from XP."""

import json
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import VECTORS

from trc_mee6.rules.points import move

CASES = json.loads((VECTORS / "points.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_r1_worked_examples(case):
    xp_before, leftover, points = None, 0, 0
    for observation in case["observations"]:
        xp = observation["xp_total"]
        moved, leftover = (0, 0) if xp_before is None else move(leftover, xp - xp_before, 100)
        assert (moved, leftover) == (observation["points_moved"], observation["leftover"])
        xp_before, points = xp, points + moved
    assert points == case["points"]
    assert points * 100 + leftover == xp_before - case["baseline"]


@given(
    deltas=st.lists(st.integers(-(10**7), 10**7), max_size=60), rate=st.integers(1, 1000)
)  # fmt: skip
def test_r1_the_sum_holds_after_every_change_whatever_came_before(deltas, rate):
    leftover = points = total = 0
    for delta in deltas:
        moved, leftover = move(leftover, delta, rate)
        points, total = points + moved, total + delta
        assert points * rate + leftover == total
        assert 0 <= leftover < rate
        assert points == floor(Fraction(total, rate))


@given(total=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 10**6), max_size=30))
def test_r1_slicing_a_gain_does_not_change_what_it_earns(total, cuts):
    marks = sorted(cut for cut in cuts if cut <= total)
    leftover = points = 0
    for start, end in zip([0, *marks], [*marks, total], strict=True):
        moved, leftover = move(leftover, end - start, 100)
        points += moved
    assert (points, leftover) == divmod(total, 100)


@given(st.permutations([60, -250, 40, 999, -1, 100]))
def test_r1_the_order_of_changes_does_not_matter(deltas):
    leftover = points = 0
    for delta in deltas:
        moved, leftover = move(leftover, delta, 100)
        points += moved
    assert (points, leftover) == divmod(60 - 250 + 40 + 999 - 1 + 100, 100)


def test_r2_there_is_no_cap_and_no_minimum():
    assert move(0, 10**15, 100) == (10**13, 0)
    assert move(0, -(10**15), 100) == (-(10**13), 0)
    assert move(99, 1, 100) == (1, 0)
    assert move(0, -1, 100) == (-1, 99)
