"""The one line that says what a run did."""

import pytest

from trc_mee6.render.sync import summary
from trc_mee6.report import MemberCounts, Status, SyncReport


def report(status=Status.OK, members=None, **more):
    usual = {"pages": 2, "players_seen": 1200}
    return SyncReport("sync", status, 1, members=MemberCounts(**(members or {})), **usual | more)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (report(), "sync ok: 1,200 players on 2 pages, 0 members tracked, nothing changed"),
        (
            report(members={"tracked": 1, "changed": 1}, xp_gained=250, points_awarded=2),
            "1 member tracked, 1 changed (XP +250, points +2)",
        ),
        (
            report(members={"changed": 1}, xp_lost=250, points_deducted=3),
            "1 changed (XP -250, points -3)",
        ),
        (
            report(members={"changed": 2}, xp_gained=5, xp_lost=9, points_deducted=1),
            "2 changed (XP +5 -9, points -1)",
        ),
        (report(members={"changed": 1}, xp_gained=5), "1 changed (XP +5, points +0)"),
        (
            report(members={"enrolled": 1500, "baselined": 1500, "absent": 3}),
            "1,500 enrolled, 1,500 given a baseline, 3 not on the board",
        ),
        (report(dry_run=True), "sync ok (dry run, nothing was written): "),
        (report(Status.FAILED, exit_code=69, reason="gone"), "0 members tracked - gone"),
        (report(Status.FAILED, exit_code=69, pages=0, reason="gone"), "sync failed: gone"),
        (report(Status.COOLING_DOWN, pages=0, reason="hot"), "sync cooling down: hot"),
        (report(reason="a\x1b[31m\nb"), " - a␛[31m␊b"),
    ],
)
def test_a_run_is_told_in_one_line(given, says):
    line = summary(given)
    assert says in line
    assert "\n" not in line
