"""Leaderboards of members with a year behind them, and the same command where there is nobody."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.board import GUILD, OURS, settings
from benchmarks.measure import Run, in_turn, timed
from trc_mee6.rules.days import midnight
from trc_mee6.store.connect import Store, open_store
from trc_mee6.store.gains import month_of

ROUNDS = 7
FEW = 25
ASKED = {
    "all time": (),
    "a day of no gains": ("--since", "2000-01-01", "--until", "2000-01-01"),
    **{name: ("--period", name) for name in ("day", "week", "month", "30d", "90d", "365d")},
}

_DAY = timedelta(days=1)
_MEMBERS = """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)
    INSERT INTO member (guild_id, discord_id, username, avatar, level, messages, linked, linked_at,
        linked_by, xp_total, baseline_xp, baseline_at, on_board, first_observed_at, observed_at,
        current_streak, longest_streak)
    SELECT :guild, 100000000000000000 + 4194304 * CAST(i AS BIGINT), 'member ' || i,
        'a0123456789abcdef0123456789abcdef', 7, i, TRUE, :at, 'board', 1000, 1000, :at, TRUE, :at,
        :at, i % 7, i % 7 FROM n"""
# The first five thousand gain XP every other day, and the first of them far more than most; the
# others do so every second month. A leaderboard reads the sums of lines alone, so there are none.
_GAINS = """INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'day', :day, gained, gained / 100 FROM (
        SELECT guild_id, discord_id, 15 + (messages * 7919 + :ago * 104729) % 400
            + 2000000 / (messages + 1000) AS gained
        FROM member
        WHERE (messages + :ago) % CASE WHEN messages < 5000 THEN 2 ELSE 60 END = 0) AS gain"""
_MONTHS = """INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'month', {month}, sum(xp), sum(points) FROM member_gain
    GROUP BY guild_id, discord_id, {month}"""
_TOTALS = """UPDATE member SET points = g.points, mee6_points = g.points, xp_total = 1000 + g.xp
    FROM (SELECT discord_id AS who, sum(xp) AS xp, sum(points) AS points FROM member_gain
        WHERE unit = 'month' GROUP BY discord_id) AS g
    WHERE guild_id = :guild AND discord_id = g.who"""


def leaderboards(
    members: int, database: str, small: str, environment: Mapping[str, str], folder: Path
) -> tuple[dict[str, list[Run]], list[Run]]:
    """Let a year pass in two empty databases, then show the first of several periods.

    Args:
        database: for so many members.
        small: for a few.

    Returns:
        The runs by period, and those of the same command for the few members.
    """
    today = datetime.now(UTC).date()
    with open_store(database) as store:
        _let_a_year_pass(store, members, today)
    with open_store(small) as store:
        _let_a_year_pass(store, FEW, today)
    commands = {
        name: (words, settings(environment, "http://127.0.0.1:9", database))
        for name, words in ASKED.items()
    }
    commands[""] = ((), settings(environment, "http://127.0.0.1:9", small))
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(-1, ROUNDS):  # the first fills the caches
        for name in in_turn(list(commands), turn):
            words, setting = commands[name]
            run = timed((*OURS, "leaderboard", *words), setting, folder)
            if turn >= 0:
                runs[name].append(run)
    return runs, runs.pop("")


def _let_a_year_pass(store: Store, members: int, today: date) -> None:
    begin = midnight(today - 365 * _DAY)
    store.sql("INSERT INTO guild (guild_id, xp_per_point) VALUES (:guild, 100)", guild=GUILD)
    store.sql(_MEMBERS, guild=GUILD, last=members - 1, at=begin)
    for ago in range(365):
        store.sql(_GAINS, day=today - ago * _DAY, ago=ago)
    store.sql(_MONTHS.format(month=month_of(store, "since")))
    store.sql(_TOTALS, guild=GUILD)
    if store.is_postgres:
        store.sql("ANALYZE")
