"""The points ledger as it was booked: lines with the balance after each, and sums by day."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from trc_mee6.report import DaySum, LedgerLine
from trc_mee6.store.connect import Store
from trc_mee6.store.moments import as_day, as_moment

_ALL = 2**62  # a limit that none is


class Which(NamedTuple):
    """Which ledger lines are asked for; None narrows nothing.

    Attributes:
        since, until: days as counted (R8), both included; a line without a day is on none.
    """

    discord_id: int | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None


_LINE = """t.discord_id, t.member_id, m.username, t.source, t.key, t.points, {balance},
    t.occurred_at, t.day, t.reason, t.recorded_at"""
_OWNER = "LEFT JOIN member m ON m.guild_id = t.guild_id AND m.discord_id = t.discord_id"


def booked_line(
    store: Store, guild_id: int, discord_id: int, source: str, key: str
) -> LedgerLine | None:
    """Return the line of a key, None if it booked none; its balance is the member's now."""
    row = store.row(
        f"""SELECT {_LINE.format(balance="m.points")} FROM point_transaction t {_OWNER}
        WHERE t.guild_id = :guild_id AND t.discord_id = :discord_id
            AND t.source = :source AND t.key = :key""",
        guild_id=guild_id,
        discord_id=discord_id,
        source=source,
        key=key,
    )
    return None if row is None else _line(row)


def lines(store: Store, guild_id: int, which: Which, limit: int | None) -> Iterator[LedgerLine]:
    """Give ledger lines, newest first, at most so many.

    A balance is over all lines of the member up to that one, also those not asked for. With a
    limit it is summed up for those members alone of whom a line is given.
    """
    of_members = f"""AND discord_id IN (SELECT discord_id FROM (
        SELECT discord_id FROM point_transaction t
        WHERE {_narrowed(which)} ORDER BY id DESC LIMIT :limit) AS newest)"""
    rows = store.sql(
        f"""SELECT {_LINE.format(balance="t.balance")} FROM (
            SELECT *, sum(points) OVER (PARTITION BY discord_id ORDER BY id) AS balance
            FROM point_transaction
            WHERE guild_id = :guild_id {"" if limit is None else of_members}) AS t {_OWNER}
        WHERE {_narrowed(which)} ORDER BY t.id DESC LIMIT :limit""",
        guild_id=guild_id,
        **which._asdict(),
        limit=_ALL if limit is None else limit,
    )
    return map(_line, rows)


def has_source(store: Store, guild_id: int, source: str) -> bool:
    """Say whether any line of a guild is of a source."""
    row = store.row(
        """SELECT 1 FROM point_transaction
        WHERE guild_id = :guild_id AND source = :source LIMIT 1""",
        guild_id=guild_id,
        source=source,
    )
    return row is not None


def sums(store: Store, guild_id: int, which: Which, limit: int | None) -> Iterator[DaySum]:
    """Give what the lines come to by day and source, newest day first, at most so many sums.

    The query is run at once, not with the first sum, as those of all lists are: who gives a list
    has said nothing of it yet when the database fails.
    """
    rows = store.sql(
        f"""SELECT day, source, count(*), count(DISTINCT discord_id),
            sum(CASE WHEN points > 0 THEN points ELSE 0 END),
            sum(CASE WHEN points < 0 THEN -points ELSE 0 END), sum(points)
        FROM point_transaction t WHERE {_narrowed(which)}
        GROUP BY day, source ORDER BY day DESC NULLS LAST, source LIMIT :limit""",
        guild_id=guild_id,
        **which._asdict(),
        limit=_ALL if limit is None else limit,
    )
    return (DaySum(as_day(day), source, *map(int, counts)) for day, source, *counts in rows)


def _narrowed(which: Which) -> str:
    conditions = {
        "discord_id": "t.discord_id = :discord_id",
        "source": "t.source = :source",
        "since": "t.day >= :since",
        "until": "t.day <= :until",
    }
    asked = (conditions[name] for name, value in which._asdict().items() if value is not None)
    return " AND ".join(("t.guild_id = :guild_id", *asked))


def _line(row: Any) -> LedgerLine:
    discord_id, member_id, username, source, key, points, balance, *rest = row
    occurred_at, day, reason, recorded_at = rest
    return LedgerLine(
        discord_id,
        member_id,
        username,
        source,
        key,
        points,
        int(balance),
        as_moment(occurred_at),  # type: ignore[arg-type] # NOT NULL
        as_day(day),
        reason,
        as_moment(recorded_at),  # type: ignore[arg-type] # NOT NULL
    )
