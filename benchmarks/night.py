"""A night's `streaks` of members with a year behind them, and one plain UPDATE of all of them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.board import GUILD, OURS, settings
from benchmarks.measure import CouldNotRun, Run, timed
from trc_mee6.rules.days import midnight
from trc_mee6.store.connect import Store, open_store
from trc_mee6.store.gains import month_of

ROUNDS = 3
STREAKS = (*OURS, "streaks")
CHECK = (*OURS, "db", "check")

_DAY = timedelta(days=1)
_DRIVERS = {"sqlite": ("sqlite3", "sqlite:///"), "postgresql": ("psycopg", "")}
_UPDATE = """import {driver} as driver, sys
connection = driver.connect(sys.argv[1])
connection.execute("UPDATE member SET level = level + 1")
connection.commit()
connection.close()
"""
# The year: everybody gains a little XP once a month. On the last days before the night that is
# measured three of four do, in the night itself every second; so some streaks grow, some break.
_MONTHLY = [360 - 30 * month for month in range(12)]
_LAST_DAYS = (4, 3, 2)
_MEMBERS = """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)
    INSERT INTO member (guild_id, discord_id, username, level, messages, linked, linked_at,
        linked_by, xp_total, baseline_xp, baseline_at, on_board, first_observed_at, observed_at)
    SELECT :guild, 100000000000000000 + 4194304 * CAST(i AS BIGINT), 'member ' || i, 7, i, TRUE,
        :at, 'board', 1000, 1000, :at, TRUE, :at, :at FROM n"""
_BASELINES = """INSERT INTO discord_activity (guild_id, discord_id, activity_type, xp_total,
        synced_at, day, sync_id)
    SELECT guild_id, discord_id, 'baseline', 1000, :at, :day, 'begin' FROM member"""
_GAINS = """INSERT INTO discord_activity (guild_id, discord_id, activity_type, xp_delta, xp_total,
        window_start, synced_at, day, sync_id)
    SELECT guild_id, discord_id, 'xp', 3, xp_total + 3, :start, :at, :day, :sync_id FROM member
    WHERE messages % :of < :part"""
_GAINED = """UPDATE member SET xp_total = xp_total + 3, leftover_xp = leftover_xp + 3,
        observed_at = :at, last_active_on = :day WHERE messages % :of < :part"""
_SUMS = """INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'day', day, xp_delta, 0 FROM discord_activity
    WHERE xp_delta IS NOT NULL
    UNION ALL SELECT guild_id, discord_id, 'month', {month}, sum(xp_delta), 0 FROM discord_activity
    WHERE xp_delta IS NOT NULL GROUP BY guild_id, discord_id, {month}"""
_KEEP = """CREATE TABLE evening AS SELECT discord_id AS who, current_streak AS current,
        longest_streak AS longest, judged_before AS judged FROM member"""
_EVENING = """UPDATE member SET current_streak = evening.current, judged_before = evening.judged,
        longest_streak = evening.longest FROM evening WHERE evening.who = discord_id"""
_JUDGED = "SELECT count(*), min(judged_before), max(judged_before) FROM member"


@dataclass(slots=True)
class Nights:
    """What each took: `ours` and `floor` one run per round, the others one."""

    first: list[Run] = field(default_factory=list)
    ours: list[Run] = field(default_factory=list)
    floor: list[Run] = field(default_factory=list)
    check: list[Run] = field(default_factory=list)


def nights(members: int, database: str, environment: Mapping[str, str], folder: Path) -> Nights:
    """Let a year pass in an empty database, then judge its last night a few times.

    Raises:
        CouldNotRun: a process failed, or did not judge everybody.
    """
    today = datetime.now(UTC).date()
    environment = settings(environment, "http://127.0.0.1:9", database)
    found = Nights()
    with open_store(database) as store:
        _let_a_year_pass(store, members, today)
    found.first.append(timed(STREAKS, environment, folder))
    with open_store(database) as store:
        store.sql(_KEEP)
        _let_gain(store, today - _DAY, 1, 2)
        _sweep(store, today)
    for _ in range(ROUNDS):
        found.floor.append(timed(_plain_update(database), environment, folder))
        found.ours.append(timed(STREAKS, environment, folder))
        with open_store(database) as store:
            count, *judged = store.row(_JUDGED)
            if (count, {str(day) for day in judged}) != (members, {str(today)}):
                raise CouldNotRun(f"not everybody was judged: {count}, {judged}")
            store.sql(_EVENING)
    with open_store(database) as store:
        store.sql(_SUMS.format(month=month_of(store, "day")))
    found.check.append(timed(CHECK, environment, folder))
    return found


def _let_a_year_pass(store: Store, members: int, today: date) -> None:
    begin = today - 365 * _DAY
    store.sql("INSERT INTO guild (guild_id, xp_per_point) VALUES (:guild, 100)", guild=GUILD)
    store.sql(_MEMBERS, guild=GUILD, last=members - 1, at=midnight(begin))
    store.sql(_BASELINES, at=midnight(begin), day=begin)
    for ago in _MONTHLY:
        _let_gain(store, today - ago * _DAY, 1, 1)
    for ago in _LAST_DAYS:
        _let_gain(store, today - ago * _DAY, 3, 4)
    _sweep(store, today - _DAY)
    if store.is_postgres:
        store.sql("ANALYZE")


def _let_gain(store: Store, day: date, part: int, of: int) -> None:
    """Let so many of so many members gain XP at noon of a day."""
    noon = midnight(day) + _DAY / 2
    who = {"at": noon, "day": day, "part": part, "of": of}
    store.sql(_GAINS, start=noon - timedelta(minutes=15), sync_id=f"noon {day}", **who)
    store.sql(_GAINED, **who)


def _sweep(store: Store, day: date) -> None:
    """Let a complete sweep have seen everybody when a day began."""
    store.sql("UPDATE guild SET swept_at = :at", at=midnight(day) + timedelta(seconds=5))


def _plain_update(database: str) -> tuple[str, ...]:
    driver, prefix = _DRIVERS[database.partition(":")[0]]
    return (sys.executable, "-c", _UPDATE.format(driver=driver), database.removeprefix(prefix))
