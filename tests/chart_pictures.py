"""The charts in docs/, of ten weeks on a stand-in board; run it to draw them anew (make docs)."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from support import GUILD, HandClock

from trc_mee6.jobs import charts as job
from trc_mee6.jobs.board import sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.streaks import streaks
from trc_mee6.render import charts
from trc_mee6.rules.days import between
from trc_mee6.settings import load
from trc_mee6.standin import Board, StandIn
from trc_mee6.store.connect import open_store

FOLDER = Path(__file__).parents[1] / "docs" / "charts"
_FIRST, _LAST = date(2026, 1, 5), date(2026, 3, 15)  # a Monday, a Sunday
_HOURLY = timedelta(days=14)  # so long at the end the board is read every hour
_LIVELY = (0, 0, 0, 0, 0, 0, 1, 2, 3, 2, 2, 3, 4, 3, 2, 3, 4, 6, 8, 9, 9, 7, 4, 2)  # by hour


def _live(board: Board, job_there: Job, clock: HandClock) -> None:
    end = datetime.combine(_LAST, datetime.max.time(), UTC)
    keen = [*board.players][::3]
    while clock.now() < end:
        hours = 1 if end - clock.now() < _HOURLY else 8
        for _ in range(hours):
            clock.forward(hours=1)
            weekend = clock.now().weekday() > 4
            board.chat(_LIVELY[clock.now().hour] / (30 if weekend else 50), 8)
            for keenness, who in enumerate(keen):
                if clock.now().hour > 7 and not clock.now().hour % (keenness + 2):
                    board.gain(who, 20)
        sync(job_there, enroll_all=True)
    streaks(job_there)


def draw() -> dict[str, str]:
    """Return the pictures by the names of their files."""
    clock = HandClock(datetime.combine(_FIRST, datetime.min.time(), UTC))
    with tempfile.TemporaryDirectory() as folder, StandIn() as stand_in:
        url = f"sqlite:///{folder}/trc-mee6.db"
        board = stand_in.add(Board(GUILD, 20, seed=5, name="Café Stand-In"))
        for player in board.players.values():
            player.username = str(player.username).rpartition(" ")[0]  # without the number
        settings = load(mee6_base_url=stand_in.url, mee6_request_interval=0, database_url=url)
        with open_store(url) as store:
            task = Job(settings, store, clock, GUILD)
            sync(task, enroll_all=True)
            _live(board, task, clock)
            days = between(_FIRST, _LAST)
            growth = job.growth(store, GUILD, "gain", days, 10)
            member = growth.lines[0].discord_id
            since = _LAST - timedelta(days=364)
            drawn = {
                "growth": growth,
                "levels": job.levels(store, GUILD),
                "activity": job.activity_hours(store, GUILD, between(_LAST - _HOURLY, _LAST)),
                "member": job.member_year(store, GUILD, member, since, _LAST, _LAST),
            }
    return {f"{name}.svg": charts.svg(chart) for name, chart in drawn.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in draw().items():
        (FOLDER / name).write_text(picture)
