"""R17: when people are told."""

import pytest

from trc_mee6.rules.alerts import Notice, Trouble, notice


@pytest.mark.parametrize(
    ("trouble", "failures", "alerted", "told"),
    [
        (Trouble.FAILING, 1, None, Notice.NOTHING),
        (Trouble.FAILING, 2, None, Notice.NOTHING),
        (Trouble.FAILING, 3, None, Notice.TROUBLE),
        (Trouble.FAILING, 4, Trouble.FAILING, Notice.NOTHING),
        (Trouble.FAILING, 4, None, Notice.TROUBLE),  # the third run was killed before it told
        (Trouble.SCHEMA, 1, None, Notice.TROUBLE),
        (Trouble.SCHEMA, 2, Trouble.SCHEMA, Notice.NOTHING),
        (Trouble.HELD, 0, None, Notice.TROUBLE),
        (Trouble.HELD, 0, Trouble.HELD, Notice.NOTHING),
        (Trouble.HELD, 3, Trouble.FAILING, Notice.TROUBLE),  # does not wait, and is news
        (Trouble.FAILING, 3, Trouble.HELD, Notice.NOTHING),
        (None, 0, Trouble.FAILING, Notice.RECOVERY),
        (None, 0, None, Notice.NOTHING),
    ],
)
def test_r17_one_alert_at_the_third_failure_or_at_once_and_one_on_recovery(
    trouble, failures, alerted, told
):
    assert notice(trouble, failures, alerted) is told
