"""What members gained by day and by month (R8), kept beside the lines that it is the sum of.

Whoever books a line adds to it in the same transaction, so that a leaderboard over any days need
not read all lines of these days. Lines without a day count for no period, and are left out.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from trc_mee6.store.connect import Store

_DAY = timedelta(days=1)
_LAST = date(9998, 12, 31)  # so that there is a month after every day


class Sums(NamedTuple):
    """Rows of `member_gain`: those of a unit that begin from `first` to `last`, both included."""

    unit: str
    first: date
    last: date

    def each(self) -> Iterator[date]:
        """Give the day each of them begins on."""
        day = self.first
        while day <= self.last:
            yield day
            day = day + _DAY if self.unit == "day" else _next_month(day)


def sums_of(since: date, until: date) -> list[Sums]:
    """Return the fewest rows that make up the days from `since` to `until`."""
    since, until = min(since, _LAST), min(until, _LAST)
    first_month = since if since.day == 1 else _next_month(since)
    end = (until + _DAY).replace(day=1)  # of the whole months
    if first_month >= end:
        return [Sums("day", since, until)]
    rows = [Sums("month", first_month, end - _DAY)]
    if since < first_month:
        rows.insert(0, Sums("day", since, first_month - _DAY))
    if end <= until:
        rows.append(Sums("day", end, until))
    return rows


def _next_month(day: date) -> date:
    return (day.replace(day=1) + 31 * _DAY).replace(day=1)


class Query(NamedTuple):
    """SQL and its parameters, but for `guild_id`."""

    sql: str
    params: dict[str, Any]


def among(column: str, members: Collection[int] | None) -> str:
    """Return the condition that a member is one of these; none for everybody."""
    if members is None:
        return ""
    return f"AND {column} IN ({', '.join(map(str, members)) or 'NULL'})"


def gained(sums: Iterable[Sums], name: str, members: Collection[int] | None = None) -> Query:
    """Return the query for discord_id, xp and points of everybody who gained, one row each.

    Args:
        sums: what makes up the period.
        name: tells its parameters from those of another, in small letters.
        members: these alone.
    """
    parts: list[str] = []
    params: dict[str, Any] = {}
    for letter, (unit, first, last) in zip("abc", sums, strict=False):
        first_name, last_name = f"{name}_first_{letter}", f"{name}_last_{letter}"
        params |= {first_name: first, last_name: last}
        parts.append(
            f"""SELECT discord_id, xp, points FROM member_gain
            WHERE guild_id = :guild_id AND unit = '{unit}'
                AND since BETWEEN :{first_name} AND :{last_name}
                {among("discord_id", members)}"""
        )
    query = f"""SELECT discord_id, sum(xp) AS xp, sum(points) AS points
        FROM ({" UNION ALL ".join(parts)}) AS part GROUP BY discord_id"""
    return Query(query, params)


def add_gains(store: Store, lines: str, **params: Any) -> None:
    """Add lines that are being booked, at most one for a member.

    Args:
        lines: a query for discord_id, day, xp and points.
        params: of the query, `guild_id` among them.
    """
    store.sql(
        f"""WITH line AS (SELECT * FROM ({lines}) AS booked WHERE day IS NOT NULL)
        INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
        SELECT :guild_id, discord_id, 'day', day, xp, points FROM line
        UNION ALL
        SELECT :guild_id, discord_id, 'month', {month_of(store, "day")}, xp, points FROM line
        WHERE TRUE
        ON CONFLICT (guild_id, discord_id, unit, since) DO UPDATE
        SET xp = member_gain.xp + excluded.xp, points = member_gain.points + excluded.points""",
        **params,
    )


def rebuild_gains(store: Store, guild_id: int, discord_id: int) -> None:
    """Make a member's gains anew from the lines; inside `store.writing`."""
    who = {"guild_id": guild_id, "discord_id": discord_id}
    of_member = "guild_id = :guild_id AND discord_id = :discord_id"
    insert = "INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)"
    store.sql(f"DELETE FROM member_gain WHERE {of_member}", **who)
    store.sql(
        f"""{insert} SELECT :guild_id, :discord_id, 'day', day, sum(xp), sum(points) FROM (
            SELECT day, xp_delta AS xp, 0 AS points FROM discord_activity
            WHERE {of_member} AND xp_delta IS NOT NULL
            UNION ALL SELECT day, 0, points FROM point_transaction WHERE {of_member}) AS line
        WHERE day IS NOT NULL GROUP BY day""",
        **who,
    )
    month = month_of(store, "since")
    store.sql(
        f"""{insert} SELECT :guild_id, :discord_id, 'month', {month}, sum(xp), sum(points)
        FROM member_gain WHERE {of_member} GROUP BY {month}""",
        **who,
    )


def month_of(store: Store, day: str) -> str:
    """Return the SQL for the first day of a day's month."""
    if store.is_postgres:
        return f"date_trunc('month', {day})::date"
    return f"date({day}, 'start of month')"
