"""Which ranks of the period before are known, where many are ranked."""

from datetime import UTC, datetime, timedelta

import pytest
from support import GUILD

from trc_mee6.jobs import leaderboard as job
from trc_mee6.rules.days import period
from trc_mee6.store.gains import add_gains

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()
WEEK_BEFORE = TODAY - timedelta(days=7)


@pytest.fixture
def guild(store):
    """Five members; of today's first three one was fourth a week ago, and one is new."""
    for who in range(1, 6):
        store.sql(
            """INSERT INTO member (guild_id, discord_id, linked_at, linked_by)
            VALUES (:guild_id, :who, :now, 'hand')""",
            guild_id=GUILD,
            who=who,
            now=NOW,
        )
    for who, day, xp in (
        *((who, WEEK_BEFORE, 100 - who) for who in (1, 2, 3, 4)),
        *((who, TODAY, xp) for who, xp in ((4, 90), (5, 80), (1, 70), (2, 1))),
    ):
        add_gains(
            store,
            "SELECT :who AS discord_id, :day AS day, :xp AS xp, 0 AS points",
            guild_id=GUILD, who=who, day=day, xp=xp,
        )  # fmt: skip
    return store


def compared(store, top):
    board = job.leaderboard(store, GUILD, "gain", period("7d", TODAY), top, NOW)
    return [(one.discord_id, one.rank_before, one.is_new) for one in board.entries]


EVERYBODY = [(4, 4, False), (5, None, True), (1, 1, False), (2, 2, False), (3, 3, False)]


def test_every_rank_before_is_known_where_few_are_ranked(guild):
    assert compared(guild, None) == EVERYBODY
    assert compared(guild, 2) == EVERYBODY[:2]


def test_of_more_those_are_known_who_were_first_or_as_many_as_are_shown(guild, monkeypatch):
    monkeypatch.setattr(job, "_COMPARED", 4)
    monkeypatch.setattr(job, "_COMPARED_OF_MORE", 1)
    assert compared(guild, 2) == [(4, None, False), (5, None, True)]
    assert compared(guild, 3) == [(4, None, False), (5, None, True), (1, 1, False)]
    assert compared(guild, None) == EVERYBODY


def test_a_trend_is_of_the_last_days_of_who_is_shown(guild, monkeypatch):
    monkeypatch.setattr(job, "_AT_ONCE", 2)
    board = job.leaderboard(guild, GUILD, "gain", period("day", TODAY), 3, NOW, trend=True)
    assert [one.trend for one in board.entries] == [
        (0,) * 6 + (96,) + (0,) * 6 + (90,),
        (0,) * 13 + (80,),
        (0,) * 6 + (99,) + (0,) * 6 + (70,),
    ]
