"""A community with a history, put straight into a database, for what shows one."""

import random
from datetime import UTC, date, datetime, time, timedelta

from support import GUILD

from trc_mee6.rules.levels import level_at
from trc_mee6.standin.board import FIRST_ID
from trc_mee6.store.connect import Store

TODAY = date(2026, 11, 18)  # a Wednesday
_NAMES = (
    "Ada", "Bjørn", "小林さくら", "Chloé", "دانا", "Емил", "Fatima", "Γιώργος", "Hiro 🎮", "Inês",
    "Jürgen", "Kofi", "लक्ष्मी", "Mateo", "Ngọc", "Óscar", "Priya", "김민준", "שירה", "Sam",
)  # fmt: skip
_DAY = timedelta(days=1)
_DAYS = """INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT a.guild_id, a.discord_id, 'day', a.day, a.xp_delta, t.points
    FROM discord_activity a JOIN point_transaction t
        ON t.guild_id = a.guild_id AND t.discord_id = a.discord_id AND t.key = a.sync_id"""
_MONTHS = """INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'month', {0}, sum(xp), sum(points) FROM member_gain
    GROUP BY guild_id, discord_id, {0}"""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def settle(
    store: Store,
    members: int,
    days: int = 370,
    *,
    names: tuple[str | None, ...] = _NAMES,
    name: str = "The Community",
    until: date = TODAY,
) -> list[int]:
    """Let so many members live so many days, until noon of the last, and return their ids.

    The later ones are less busy, and the last one never gained anything.
    """
    chance = random.Random(members)
    ids = [FIRST_ID + number * 7_919_000_003 for number in range(members)]
    people, activity, ledger = [], [], []
    for number, who in enumerate(ids):
        busy = max(0.0, 0.9 - number / members)
        start = total = chance.randrange(20_000)
        points, active_on = 0, None
        for ago in range(days - 1, -1, -1):
            day = until - ago * _DAY
            if chance.random() >= busy or number == members - 1:
                continue
            xp, active_on = chance.randrange(100, 900), day
            total, points = total + xp, points + xp // 100
            at, window = store.stored(noon(day)), store.stored(noon(day - _DAY))
            activity.append((GUILD, who, "xp", xp, total, window, at, str(day), f"s{day}"))
            ledger.append((GUILD, who, "mee6", f"s{day}", xp // 100, at, str(day), at))
        label = names[number % len(names)]
        if label is not None and number >= len(names):
            label = f"{label} {number + 1}"
        first, last = (store.stored(noon(day)) for day in (until - days * _DAY, until))
        streak = chance.randrange(30) if active_on else 0
        people.append(
            (GUILD, who, label, level_at(total), total // 20, True, first, "test", total, start,
             points, points, first, last, streak, streak + 7, active_on and str(active_on))
        )  # fmt: skip
    _write(store, people, activity, ledger, name, until)
    return ids


def _write(store, people, activity, ledger, name, until):
    with store.database.atomic():
        store.sql(
            """INSERT INTO guild (guild_id, name, swept_at, xp_per_point)
            VALUES (:guild_id, :name, :at, 100)""",
            guild_id=GUILD, name=name, at=noon(until),
        )  # fmt: skip
        store.sql(
            """INSERT INTO sync_run (sync_id, guild_id, job, status, host, pid, started_at,
                finished_at, exit_code, pages)
            VALUES ('s', :guild_id, 'sync', 'ok', 'here', 1, :at, :at, 0, 1)""",
            guild_id=GUILD, at=noon(until),
        )  # fmt: skip
        store.fill(
            "member",
            ("guild_id", "discord_id", "username", "level", "messages", "linked", "linked_at",
             "linked_by", "xp_total", "baseline_xp", "mee6_points", "points",
             "first_observed_at", "observed_at", "current_streak", "longest_streak",
             "last_active_on"),
            people,
        )  # fmt: skip
        store.fill(
            "discord_activity",
            ("guild_id", "discord_id", "activity_type", "xp_delta", "xp_total", "window_start",
             "synced_at", "day", "sync_id"),
            activity,
        )  # fmt: skip
        store.fill(
            "point_transaction",
            ("guild_id", "discord_id", "source", "key", "points", "occurred_at", "day",
             "recorded_at"),
            ledger,
        )  # fmt: skip
        store.sql(_DAYS)
        store.sql(
            _MONTHS.format(
                "date_trunc('month', since)::date"
                if store.is_postgres
                else "date(since, 'start of month')"
            )
        )
