"""A database of an earlier version, with its history, becomes one of this version."""

from datetime import UTC, date, datetime

import pytest
from support import GUILD

from trc_mee6.store import schema
from trc_mee6.store.connect import connected
from trc_mee6.store.streaks import days_of

ADA, BOB, CAT = 100000000000000001, 100000000000000002, 100000000000000003


def at(day, hour=12):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


@pytest.fixture
def of_the_first_version(database_url):
    """Three members of the first version: one with a gain over an outage, one awarded, one new."""
    from playhouse.migrations import Runner

    with connected(database_url, "DATABASE_URL") as store:
        runner = Runner(store.database, str(schema._SCRIPTS), table_name=schema._HISTORY)
        assert runner.up("0001_the_ledger") == ["0001_the_ledger"]
        for who in (ADA, BOB, CAT):
            store.sql(
                """INSERT INTO member (guild_id, discord_id, linked_at, linked_by, xp_total,
                    first_observed_at, observed_at) VALUES (:g, :who, :at, 'hand', 0, :at, :at)""",
                g=GUILD,
                who=who,
                at=at(5),
            )
        for who, delta, start, end, day, key in (
            (ADA, 50, at(5), at(8, 18), date(2026, 1, 6), "long"),
            (ADA, -50, at(8, 18), at(12), date(2026, 1, 9), "loss"),
            (BOB, 50, at(5), at(5, 13), date(2026, 1, 5), "short"),
        ):
            store.sql(
                """INSERT INTO discord_activity (guild_id, discord_id, activity_type, xp_delta,
                    xp_total, window_start, synced_at, day, sync_id)
                VALUES (:g, :who, 'xp', :delta, 50, :start, :end, :day, :key)""",
                g=GUILD, who=who, delta=delta, start=start, end=end, day=day, key=key,
            )  # fmt: skip
        for points, day in ((3, 7), (-3, 9)):
            store.sql(
                """INSERT INTO point_transaction (guild_id, discord_id, source, key, points,
                    occurred_at, day, recorded_at)
                VALUES (:g, :who, 'quiz', :key, :points, :at, :day, :at)""",
                g=GUILD, who=BOB, key=f"k{day}", points=points, at=at(day), day=at(day).date(),
            )  # fmt: skip
        yield store


def test_streaks_are_known_of_the_history_that_was_there(of_the_first_version):
    store = of_the_first_version
    assert schema.upgrade(store) == ["0002_streaks", "0003_gains", "0004_posts"]
    active = dict(store.sql("SELECT discord_id, last_active_on FROM member").fetchall())
    assert [str(active[who]) for who in (ADA, BOB, CAT)] == ["2026-01-06", "2026-01-07", "None"]
    days = days_of(store, GUILD, [(who, date(2026, 1, 1)) for who in (ADA, BOB, CAT)])
    assert days[ADA] == ({date(2026, 1, 6)}, [(date(2026, 1, 5), date(2026, 1, 8))])
    assert days[BOB] == ({date(2026, 1, 5), date(2026, 1, 7)}, [])
    assert days[CAT] == (set(), [])


def test_r8_gains_by_day_and_month_are_those_of_the_lines_that_were_there(of_the_first_version):
    store = of_the_first_version
    schema.upgrade(store)
    rows = store.sql(
        "SELECT discord_id, unit, since, xp, points FROM member_gain ORDER BY 1, 2, 3"
    ).fetchall()
    assert [(who, unit, str(since), xp, points) for who, unit, since, xp, points in rows] == [
        (ADA, "day", "2026-01-06", 50, 0),
        (ADA, "day", "2026-01-09", -50, 0),
        (ADA, "month", "2026-01-01", 0, 0),
        (BOB, "day", "2026-01-05", 50, 0),
        (BOB, "day", "2026-01-07", 0, 3),
        (BOB, "day", "2026-01-09", 0, -3),
        (BOB, "month", "2026-01-01", 50, 0),
    ]
