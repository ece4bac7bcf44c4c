"""`streaks` through the real pipe: the worked examples, and what the machine may do in between."""

import json
from datetime import UTC, datetime

import pytest
from support import GUILD, VECTORS

from trc_mee6.jobs.board import sync
from trc_mee6.jobs.streaks import streaks
from trc_mee6.store.members import state

ADA = 100000000000000001


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("how", ["at once", "every night", "rebuilt"])
@pytest.mark.parametrize(
    "vector", json.loads((VECTORS / "streaks.json").read_text()), ids=lambda v: v["case"]
)
def test_r11_worked_examples_judged_at_once_every_night_or_anew(
    make_job, board, store, clock, vector, how
):
    board.join(ADA, 0)
    clock.time = at(vector["observations"][0]["at"])
    nights = clock.time.date()
    for seen in vector["observations"]:
        moment = at(seen["at"])
        while how == "every night" and nights < moment.date():
            nights = moment.date()
            clock.time = datetime(nights.year, nights.month, nights.day, tzinfo=UTC)
            streaks(make_job())
        clock.time = moment
        board.gain(ADA, seen["xp_total"] - board.players[ADA].xp)
        assert sync(make_job(), enroll_all=True).status == "ok"
    clock.time = at(vector["judged_at"])
    report = streaks(make_job(), rebuild=how == "rebuilt")
    assert report.status == "ok"
    found = state(store, GUILD, ADA)
    assert (found.current_streak, found.longest_streak, str(found.last_active_on)) == (
        vector["current_streak"],
        vector["longest_streak"],
        vector["last_active_on"],
    )
