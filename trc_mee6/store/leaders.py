"""The first few over a period, without adding up what everybody gained in it.

This is Fagin's threshold algorithm. A period is the sum of a few days and months, and each of
these is kept in order of what was gained. Whoever is among the first of the period is soon found
near the top of one of them: nobody further down all of these lists has more than what their
lowest lines read so far come to.

R. Fagin, A. Lotem, M. Naor: Optimal aggregation algorithms for middleware, 2003.
"""

from collections.abc import Collection, Sequence
from datetime import date

from trc_mee6.store.connect import Store
from trc_mee6.store.gains import Sums, gained

_LEAST_DEPTH = 256  # lines of each list that are read at first
_DEEPER = 2  # times as many lines at each further try
_MOST_LISTS = 400
_MOST_CANDIDATES = 20_000  # beyond which adding up everybody is as quick


def first_of_period(
    store: Store, guild_id: int, column: str, sums: Sequence[Sums], limit: int
) -> dict[int, int] | None:
    """Return the linked members who gained most, and how much each.

    Args:
        column: xp or points.
        sums: what makes up the period.
        limit: how many are wanted. All who are equal to the last of them are given, too; there
            are fewer if fewer gained anything.

    Returns:
        None if it is as quick to add up everybody.
    """
    lists = [(unit, day) for unit, *days in sums for day in Sums(unit, *days).each()]
    if len(lists) > _MOST_LISTS:
        return None
    depth = max(_LEAST_DEPTH, limit)
    while True:
        heads = _heads(store, guild_id, column, lists, depth)
        found = {discord_id for head in heads for discord_id in head}
        if len(found) > _MOST_CANDIDATES:
            return None
        # What anybody can have gained who was not found.
        at_most = sum(min(head.values()) for head in heads if len(head) == depth)
        totals = _totals(store, guild_id, column, sums, found)
        last = sorted(totals.values(), reverse=True)[limit - 1 : limit] or [0]
        if last[0] > at_most or at_most == 0:
            least = max(last[0], 1)
            return {who: total for who, total in totals.items() if total >= least}
        depth *= _DEEPER


def _heads(
    store: Store,
    guild_id: int,
    column: str,
    lists: Sequence[tuple[str, date]],
    depth: int,
) -> list[dict[int, int]]:
    """Return the first lines of each list: how much, by member."""
    heads: list[dict[int, int]] = [{} for _ in lists]
    parts = (
        f"""SELECT * FROM (SELECT {n} AS n, discord_id, {column} AS gained FROM member_gain
        WHERE guild_id = :guild_id AND unit = '{unit}' AND since = '{day}' AND {column} > 0
        ORDER BY {column} DESC LIMIT :depth) AS list_{n}"""
        for n, (unit, day) in enumerate(lists)
    )
    for n, discord_id, value in store.sql(
        " UNION ALL ".join(parts), guild_id=guild_id, depth=depth
    ):
        heads[n][discord_id] = value
    return heads


def _totals(
    store: Store, guild_id: int, column: str, sums: Sequence[Sums], members: Collection[int]
) -> dict[int, int]:
    gains = gained(sums, "g", members)
    rows = store.sql(
        f"""SELECT g.discord_id, g.{column} FROM ({gains.sql}) AS g
        JOIN member AS m ON m.guild_id = :guild_id AND m.discord_id = g.discord_id
        WHERE m.linked""",
        guild_id=guild_id,
        **gains.params,
    )
    return {discord_id: int(total) for discord_id, total in rows}
