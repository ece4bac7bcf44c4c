"""Who is where, asked of both databases."""

from datetime import UTC, date, datetime

import pytest
from support import GUILD

from trc_mee6.rules.days import Period
from trc_mee6.store.gains import rebuild_gains
from trc_mee6.store.ranking import Asked, ranking

ADA, BEA, CAL, DOT = (100000000000000000 + n for n in range(4))
EVER = Period("all", None, date(2026, 1, 14))
WEEK = Period("week", date(2026, 1, 12), date(2026, 1, 14))


@pytest.fixture
def guild(store):
    """Ada and Cal with the same streaks, Bea with a longer one before, Dot not judged yet."""
    for who, current, longest, active_on in (
        (ADA, 2, 5, date(2026, 1, 13)),
        (BEA, 2, 7, date(2026, 1, 9)),
        (CAL, 2, 5, None),
        (DOT, None, None, None),
    ):
        store.sql(
            """INSERT INTO member (guild_id, discord_id, username, linked_at, linked_by, xp_total,
                baseline_xp, points, current_streak, longest_streak, last_active_on)
            VALUES (:guild_id, :who, :name, :at, 'hand', 500, 200, 30, :current, :longest, :on)""",
            guild_id=GUILD, who=who, name=f"m{who % 10}", at=datetime(2026, 1, 1, tzinfo=UTC),
            current=current, longest=longest, on=active_on,
        )  # fmt: skip
    for number, (who, source, points, day) in enumerate(
        (
            (ADA, "quiz", 20, date(2026, 1, 12)),
            (ADA, "mee6", 10, None),
            (BEA, "quiz", 25, date(2026, 1, 5)),
            (BEA, "quiz", -1, date(2026, 1, 13)),
            (BEA, "mee6", 6, date(2026, 1, 13)),
        )
    ):
        store.sql(
            """INSERT INTO point_transaction
                (guild_id, discord_id, source, key, points, occurred_at, day, recorded_at)
            VALUES (:guild_id, :who, :source, :key, :points, :at, :day, :at)""",
            guild_id=GUILD, who=who, source=source, key=str(number), points=points, day=day,
            at=datetime(2026, 1, 13, tzinfo=UTC),
        )  # fmt: skip
    for who in (ADA, BEA):
        rebuild_gains(store, GUILD, who)
    return store


def points(store, period, source):
    found = ranking(store, GUILD, Asked("points", period, source), None)
    return [(one.rank, one.discord_id, one.points) for one in found]


@pytest.mark.parametrize("period", [EVER, WEEK])
def test_streaks_rank_by_the_current_then_the_longest_whatever_the_period(guild, period):
    found = list(ranking(guild, GUILD, Asked("streak", period), None))
    assert [(one.rank, one.discord_id) for one in found] == [
        (1, BEA), (2, ADA), (2, CAL), (4, DOT),
    ]  # fmt: skip
    streaks = [(one.current_streak, one.longest_streak, one.last_active_on) for one in found]
    assert streaks[1::2] == [(2, 5, date(2026, 1, 13)), (None, None, None)]


def test_points_of_a_source_are_the_sum_of_its_lines_ever_or_in_the_period(guild):
    assert points(guild, EVER, "quiz") == [(1, BEA, 24), (2, ADA, 20), (3, CAL, 0), (3, DOT, 0)]
    assert points(guild, WEEK, "quiz") == [(1, ADA, 20), (2, CAL, 0), (2, DOT, 0), (4, BEA, -1)]
    assert points(guild, EVER, "mee6")[:2] == [(1, ADA, 10), (2, BEA, 6)]
    assert points(guild, EVER, "x' OR 1=1")[0] == (1, ADA, 0)
    assert points(guild, EVER, None)[0] == (1, ADA, 30)
    assert points(guild, WEEK, None)[0] == (1, ADA, 20)


def test_the_first_few_are_the_first_of_all(guild):
    for by in ("points", "xp", "gain", "level", "messages", "streak"):
        for period in (EVER, WEEK):
            everybody = list(ranking(guild, GUILD, Asked(by, period), None))
            assert list(ranking(guild, GUILD, Asked(by, period), 2)) == everybody[:2]
    assert everybody[0].xp == 500
