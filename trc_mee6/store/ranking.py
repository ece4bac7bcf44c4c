"""Members ranked for a leaderboard, computed in the database.

`first_of_period` answers for the first few over a period without adding up everybody, and most
leaderboards are asked that. All others go through `_standing`: one line for each linked member.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from trc_mee6.report import Ranked
from trc_mee6.rules.days import Period
from trc_mee6.store.connect import Store
from trc_mee6.store.gains import Query, among, gained, sums_of
from trc_mee6.store.leaders import first_of_period
from trc_mee6.store.moments import as_day

ACTIVE_DAYS = 30  # in which somebody gained enough to be active
_MOST_LEADERS = 1_000  # beyond which adding up everybody is as quick

# What is ranked by, of the columns in _standing; what is equal in the first is told apart by the
# second. Points, XP and gain count over the period.
_VALUES = {
    "points": "points",
    "xp": "xp",
    "gain": "gained",
    "level": "level",
    "messages": "messages",
    "streak": "current_streak",
}
OVER_A_PERIOD = {"points": "points", "xp": "xp", "gain": "xp"}  # columns of member_gain
_ORDER = "value DESC, second DESC, xp DESC NULLS LAST, discord_id"


class Asked(NamedTuple):
    """Which leaderboard.

    Attributes:
        by: points, xp, gain, level, messages or streak (the current one, then the longest).
            Points, XP and gain count over the period; the others are what they are now.
        source: count the points of this source only.
        active: only members who gained at least so much XP in the 30 days up to `today`.
        today: the present UTC day.
    """

    by: str
    period: Period
    source: str | None = None
    active: int | None = None
    today: date = date.min

    @property
    def is_narrowed(self) -> bool:
        """Say whether the sums and orders that are kept of everybody do not answer it."""
        return self.source is not None or self.active is not None

    @property
    def is_over_a_period(self) -> bool:
        """Say whether the ranks depend on the period."""
        return self.period.since is not None and self.by in OVER_A_PERIOD


def ranking(store: Store, guild_id: int, asked: Asked, top: int | None) -> Iterator[Ranked]:
    """Give the linked members in order, the first `top` of them or all.

    The query is run at once, not with the first member.
    """
    standing = _standing(asked, None if top is None else _candidates(store, guild_id, asked, top))
    rows = store.sql(
        f"""SELECT {_SHOWN} FROM (SELECT * FROM ({standing.sql}) AS standing
            ORDER BY {_ORDER} LIMIT :top) AS r
        JOIN member AS m ON m.guild_id = :guild_id AND m.discord_id = r.discord_id
        ORDER BY {_ORDER_OF_SHOWN}""",
        guild_id=guild_id,
        top=2**62 if top is None else top,
        **standing.params,
    )
    return _ranked(rows)


# Only what ranking needs goes through the sort, which is of everybody.
_SHOWN = """r.value, r.second, m.discord_id, m.member_id, m.username, r.points, r.xp, r.gained,
    m.level, m.messages, m.current_streak, m.longest_streak, m.last_active_on"""
_ORDER_OF_SHOWN = "r.value DESC, r.second DESC, r.xp DESC NULLS LAST, r.discord_id"


def around(
    store: Store, guild_id: int, asked: Asked, discord_id: int, neighbours: int
) -> list[Ranked]:
    """Return a member between the neighbours next above and below, each with the gap to it.

    Args:
        neighbours: how many at most on each side.

    Returns:
        Nothing if the member is not ranked: not linked, or not active where that is asked for.
    """
    standing = _standing(asked)
    who = {"guild_id": guild_id, **standing.params}
    own = store.row(
        f"""SELECT value, second, coalesce(xp, -1), discord_id FROM ({standing.sql}) AS standing
        WHERE discord_id = :discord_id""",
        discord_id=discord_id,
        **who,
    )
    if own is None:
        return []
    place = "(-value, -second, -coalesce(xp, -1), discord_id)"
    own_place = "(:value, :second, :xp, :discord_id)"
    who |= {"value": -own[0], "second": -own[1], "xp": -own[2], "discord_id": own[3]}
    beside = f"SELECT * FROM ({standing.sql}) AS standing WHERE {place}"
    backwards = "value, second, coalesce(xp, -1), discord_id DESC"
    rows = store.sql(
        f"""SELECT {_SHOWN} FROM (
            SELECT * FROM ({beside} < {own_place} ORDER BY {backwards} LIMIT :neighbours) AS above
            UNION ALL SELECT * FROM ({beside} >= {own_place} ORDER BY {_ORDER} LIMIT :others)
                AS below) AS r
        JOIN member AS m ON m.guild_id = :guild_id AND m.discord_id = r.discord_id
        ORDER BY {_ORDER_OF_SHOWN}""",
        neighbours=neighbours,
        others=neighbours + 1,
        **who,
    ).fetchall()
    better, ahead = store.row(
        f"""SELECT count(*) FILTER (WHERE (value, second) > (:first_value, :first_second)),
            count(*) FILTER (WHERE {place} < {own_place})
        FROM ({standing.sql}) AS standing""",
        first_value=rows[0][0],
        first_second=rows[0][1],
        **who,
    )
    values = [int(row[0]) for row in rows]
    above = next(n for n, row in enumerate(rows) if row[2] == discord_id)
    entries = _ranked(rows, rank=1 + better, place=1 + ahead - above)
    return [
        entry._replace(gap=value - int(own[0]))
        for entry, value in zip(entries, values, strict=True)
    ]


def places(
    store: Store,
    guild_id: int,
    asked: Asked,
    limit: int,
    members: Collection[int] | None = None,
) -> dict[int, int]:
    """Return the ranks up to `limit`, of those alone who have any of what is ranked by.

    Args:
        members: of these alone.
    """
    values = _leaders(store, guild_id, asked, limit) if members is None else None
    if values is not None:
        ranks: dict[int, int] = {}  # the best place of each value
        for place, value in enumerate(sorted(values.values(), reverse=True), start=1):
            ranks.setdefault(value, place)
        return {discord_id: ranks[value] for discord_id, value in values.items()}
    standing = _standing(asked)
    rows = store.sql(
        f"""SELECT discord_id, place FROM (
            SELECT discord_id, value, rank() OVER (ORDER BY value DESC) AS place
            FROM ({standing.sql}) AS standing) AS placed
        WHERE place <= :limit AND value > 0 {among("discord_id", members)}""",
        guild_id=guild_id,
        limit=limit,
        **standing.params,
    )
    return dict(rows.fetchall())


def had_any(store: Store, guild_id: int, asked: Asked, members: Collection[int]) -> set[int]:
    """Return which of these members have any of what is ranked by."""
    standing = _standing(asked, members)
    rows = store.sql(
        f"SELECT discord_id FROM ({standing.sql}) AS standing WHERE value > 0",
        guild_id=guild_id,
        **standing.params,
    )
    return {discord_id for (discord_id,) in rows}


def ranked_members(store: Store, guild_id: int, asked: Asked) -> int:
    """Return how many members the whole leaderboard has."""
    active = _active(asked)
    row = store.row(
        f"""SELECT count(*) FROM member AS m {active.sql}
        WHERE m.guild_id = :guild_id AND m.linked = TRUE""",
        guild_id=guild_id,
        **active.params,
    )
    return int(row[0])


def _candidates(store: Store, guild_id: int, asked: Asked, top: int) -> Collection[int] | None:
    """Return members among whom the first `top` are, None if that is not quickly known."""
    if asked.is_narrowed or top > _MOST_LEADERS:
        return None
    if asked.period.since is None:
        order = _EVER.get(asked.by)
        return None if order is None else _first_ever(store, guild_id, order, top)
    leaders = _leaders(store, guild_id, asked, top)
    if leaders is None or len(leaders) >= top:
        return leaders
    # Few gained anything. Of all others those who lost nothing come next, by their XP totals.
    others = _first_ever(store, guild_id, _EVER["xp"], 2 * top + len(leaders))
    others -= leaders.keys()
    standing = _standing(asked, others)
    rows = store.sql(
        f"SELECT discord_id FROM ({standing.sql}) AS standing WHERE value = 0",
        guild_id=guild_id,
        **standing.params,
    )
    still = {discord_id for (discord_id,) in rows}
    return leaders.keys() | still if len(leaders) + len(still) >= top else None


# Each order is that of an index (migration 0003), for members with `linked = TRUE`.
_EVER = {
    "points": "points DESC, xp_total DESC NULLS LAST, discord_id",
    "xp": "xp_total DESC NULLS LAST, discord_id",
}


def _first_ever(store: Store, guild_id: int, order: str, top: int) -> set[int]:
    rows = store.sql(
        f"""SELECT discord_id FROM member WHERE guild_id = :guild_id AND linked = TRUE
        ORDER BY {order} LIMIT :top""",
        guild_id=guild_id,
        top=top,
    )
    return {discord_id for (discord_id,) in rows}


def _leaders(store: Store, guild_id: int, asked: Asked, limit: int) -> dict[int, int] | None:
    since, until = asked.period.since, asked.period.until
    if since is None or not asked.is_over_a_period:
        return None
    if asked.is_narrowed or limit > _MOST_LEADERS:
        return None
    column = OVER_A_PERIOD[asked.by]
    return first_of_period(store, guild_id, column, sums_of(since, until), limit)


def _ranked(rows: Iterable[Any], rank: int = 1, place: int = 1) -> Iterator[Ranked]:
    """Give the lines of rows in order: equal values share a rank, and the next is skipped.

    Args:
        rank: that of the first row.
        place: where it stands among all members, those of its rank included.
    """
    before = None
    for here, (value, second, *known) in enumerate(rows, start=place):
        if before not in (None, (value, second)):
            rank = here
        before = (value, second)
        *who, points, xp, gained_xp, level, messages, current, longest, active_on = known
        yield Ranked._make(
            (rank, *who, int(points), xp, int(gained_xp), level, messages, current, longest,
             as_day(active_on), None, None, (), False)
        )  # fmt: skip


def _standing(asked: Asked, members: Collection[int] | None = None) -> Query:
    """Return the query for what the linked members, or these of them, have of everything.

    What they have earned ever needs no other table.
    """
    points, xp_gained = "m.points", "coalesce(m.xp_total - m.baseline_xp, 0) + m.awarded_xp"
    active = _active(asked)
    joins, params = active.sql, dict(active.params)
    since, until = asked.period.since, asked.period.until
    if since is not None:
        gains = gained(sums_of(since, until), "g", members)
        params |= gains.params
        points, xp_gained = "coalesce(g.points, 0)", "coalesce(g.xp, 0)"
        joins += f" LEFT JOIN ({gains.sql}) AS g ON g.discord_id = m.discord_id"
    if asked.source is not None:
        points = "coalesce(p.points, 0)"
        days = "" if since is None else "AND day BETWEEN :since AND :until"
        params |= {"source": asked.source, "since": since, "until": until}
        joins += f""" LEFT JOIN (SELECT discord_id, sum(points) AS points FROM point_transaction
            WHERE guild_id = :guild_id AND source = :source {days}
            GROUP BY discord_id) AS p ON p.discord_id = m.discord_id"""
    by = "gain" if asked.by == "xp" and since is not None else asked.by
    columns = {"points": points, "xp": "m.xp_total", "gained": xp_gained}
    value = columns.get(_VALUES[by], f"m.{_VALUES[by]}")
    second = "m.longest_streak" if by == "streak" else "0"
    query = f"""SELECT m.discord_id, {points} AS points, m.xp_total AS xp, {xp_gained} AS gained,
            coalesce({value}, 0) AS value, coalesce({second}, 0) AS second
        FROM member AS m {joins}
        WHERE m.guild_id = :guild_id AND m.linked {among("m.discord_id", members)}"""
    return Query(query, params)


def _active(asked: Asked) -> Query:
    """Return the join that leaves only active members, if that is asked for."""
    if asked.active is None:
        return Query("", {})
    since = asked.today - timedelta(days=ACTIVE_DAYS - 1)
    gains = gained(sums_of(since, asked.today), "recent")
    query = f"""JOIN (SELECT * FROM ({gains.sql}) AS recent WHERE xp >= :active) AS recent
        ON recent.discord_id = m.discord_id"""
    return Query(query, gains.params | {"active": asked.active})
