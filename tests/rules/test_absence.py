"""R5: what could have been earned since a zero baseline."""

from datetime import timedelta

import pytest

from trc_mee6.rules.absence import earnable_xp


@pytest.mark.parametrize(
    ("minutes", "per_message", "rate", "earnable"),
    [
        (0, 25, 1.0, 1000),
        (10, 25, 1.0, 1000),
        (10.5, 25, 1.0, 1050),
        (60, 25, 1.0, 6000),
        (60, 25, 3.0, 18000),
        (60, 40, 0.5, 4800),
        (60, None, None, 6000),
        (60, 0, 1.0, 1000),
        (60, 25, 0.0, 1000),
    ],
)
def test_r5_the_bound_is_generous_and_never_below_1000(minutes, per_message, rate, earnable):
    assert earnable_xp(timedelta(minutes=minutes), per_message, rate) == earnable
