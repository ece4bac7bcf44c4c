"""Where members' streaks stand, and the days that are to be judged (R9-R11).

Most members were judged at the last run alike and observed since by the same sweep, and of most
the last active day tells which of the new days were active. `apply_alike` takes all of those at
once. The others are given one by one, with their days: `due`, `days_of`, `apply_each`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from trc_mee6.rules.days import midnight
from trc_mee6.rules.points import SOURCE
from trc_mee6.rules.streaks import Effect, Span, Streak
from trc_mee6.store.connect import Store
from trc_mee6.store.members import SWEPT_AT, last_observation
from trc_mee6.store.moments import as_moment, known_day

_DAY = timedelta(days=1)
_BATCH = 1_000  # members whose days are held in memory at a time


class Alike(NamedTuple):
    """The members judged up to `start` whose last observation is that of the last complete sweep.

    Attributes:
        start: their first day that is not judged.
        end: the day of the sweep; days before it are over and observed.
    """

    start: date
    end: date


class AlikeCounts(NamedTuple):
    """How many of them were active on the first day, and how many had a streak before."""

    active: int
    active_streaking: int
    quiet_streaking: int


class Due(NamedTuple):
    """A member with days to be judged.

    Attributes:
        first: the first of them.
        end: the day after the last.
        before: the streak as stored.
        anew: `first` is the member's first day, and the streak to go on from is none.
    """

    discord_id: int
    linked: bool
    first: date
    end: date
    before: Streak
    anew: bool


class Days(NamedTuple):
    """Active days and excused spans of a member; only those from `first` on."""

    active: set[date]
    grace: list[Span]


class Judgement(NamedTuple):
    """A streak, and the day before which all days are judged."""

    discord_id: int
    streak: Streak
    end: date


class Standing(NamedTuple):
    """Linked members: all of them, and those not observed since yesterday ended.

    Attributes:
        judged_through: the last day that can be judged of anybody first observed before today,
            None if there is none.
    """

    members: int
    pending: int
    judged_through: date | None


_OBSERVED_ON = f"date({last_observation('m', SWEPT_AT)})"
# With nothing active after the first new day, the last active day says of all new days whether
# they were; who has grace days since is judged one by one.
_ALIKE = """m.guild_id = :guild_id AND m.linked AND m.xp_total IS NOT NULL
    AND m.judged_before = :start AND m.observed_at < :over
    AND coalesce(m.last_active_on <= :start, TRUE)
    AND NOT EXISTS (SELECT 1 FROM excused AS e WHERE e.discord_id = m.discord_id)"""
_ACTIVE = "m.last_active_on = :start"
# Of the members in `judging` (discord_id, first_day): active days, and spans of excused ones.
# CROSS JOIN lets SQLite, which knows nothing of the size of a temporary table, look up the days of
# these members instead of reading all of the guild's.
_DAYS = f"""SELECT j.discord_id, a.day, a.day AS until, TRUE AS active
    FROM judging AS j CROSS JOIN discord_activity AS a
    WHERE a.guild_id = :guild_id AND a.discord_id = j.discord_id
        AND a.xp_delta > 0 AND a.day >= j.first_day
    UNION SELECT j.discord_id, t.day, t.day, TRUE
    FROM judging AS j CROSS JOIN point_transaction AS t
    WHERE t.guild_id = :guild_id AND t.discord_id = j.discord_id
        AND t.points > 0 AND t.source <> '{SOURCE}' AND t.day >= j.first_day
    UNION SELECT j.discord_id, a.grace_from, a.grace_until, FALSE
    FROM judging AS j CROSS JOIN discord_activity AS a
    WHERE a.guild_id = :guild_id AND a.discord_id = j.discord_id
        AND a.grace_until >= j.first_day"""


def standing(store: Store, guild_id: int, today: date) -> Standing:
    """Count the linked members of a guild."""
    known_before = "m.first_observed_at < :today"  # else no day of theirs is over
    members, pending, swept_at, observed_at = store.row(
        f"""SELECT count(*), count(*) FILTER (WHERE NOT (coalesce(m.observed_at >= :today, FALSE)
                OR (m.xp_total IS NOT NULL AND coalesce({SWEPT_AT} >= :today, FALSE)))),
            CASE WHEN count(m.xp_total) FILTER (WHERE {known_before}) > 0 THEN {SWEPT_AT} END,
            max(m.observed_at) FILTER (WHERE {known_before})
        FROM member AS m WHERE m.guild_id = :guild_id AND m.linked""",
        guild_id=guild_id,
        today=midnight(today),
    )
    seen = [moment for stored in (swept_at, observed_at) if (moment := as_moment(stored))]
    return Standing(members, pending, max(seen).date() - _DAY if seen else None)


def alike(store: Store, guild_id: int) -> Alike | None:
    """Return what most members have in common, None if there is nothing to be judged of them.

    Call it in the transaction that judges them: a sync in between could excuse some.
    """
    row = store.row(
        f"""SELECT judged_before, date({SWEPT_AT}) FROM member
        WHERE guild_id = :guild_id AND linked AND xp_total IS NOT NULL
            AND judged_before < date({SWEPT_AT}) LIMIT 1""",  # nearly all have the same
        guild_id=guild_id,
    )
    if row is None:
        return None
    start, end = map(known_day, row)
    _new_table(store, "excused")
    store.sql(
        """INSERT INTO excused SELECT DISTINCT discord_id FROM discord_activity
        WHERE guild_id = :guild_id AND grace_until >= :start""",
        guild_id=guild_id,
        start=start,
    )
    store.analyze("excused")  # after an outage these may be most members
    return Alike(start, end)


def count_alike(store: Store, guild_id: int, these: Alike) -> AlikeCounts:
    """Count the members that `apply_alike` is about to judge."""
    row = store.row(
        f"""SELECT count(*) FILTER (WHERE {_ACTIVE}),
            count(*) FILTER (WHERE {_ACTIVE} AND m.current_streak > 0),
            count(*) FILTER (WHERE m.current_streak > 0
                AND coalesce(m.last_active_on < :start, TRUE))
        FROM member AS m WHERE {_ALIKE}""",
        guild_id=guild_id,
        **_days(these),
    )
    return AlikeCounts._make(row)


def _days(these: Alike) -> dict[str, date | datetime]:
    """Return the parameters of _ALIKE and what uses it; `over` is the end of the sweep's day."""
    return {"start": these.start, "end": these.end, "over": midnight(these.end + _DAY)}


def apply_alike(store: Store, guild_id: int, these: Alike, active: Effect, quiet: Effect) -> None:
    """Judge them all.

    Args:
        active: what the days do to the streak of who was active on the first.
        quiet: what they do to everybody else's.
    """
    grown = "m.current_streak + :added"
    store.sql(
        f"""UPDATE member AS m SET judged_before = :end,
            longest_streak = CASE WHEN {_ACTIVE} AND {grown} > m.longest_streak THEN {grown}
                ELSE m.longest_streak END,
            current_streak = CASE WHEN {_ACTIVE} AND :active_broken THEN 0
                WHEN {_ACTIVE} THEN {grown}
                WHEN :quiet_broken THEN 0 ELSE m.current_streak END
        WHERE {_ALIKE}""",
        guild_id=guild_id,
        added=active.added,
        active_broken=active.broken,
        quiet_broken=quiet.broken,
        **_days(these),
    )


def due(store: Store, guild_id: int, today: date, *, after: int, anew: bool) -> list[Due]:
    """Return the next members with days to be judged, by id.

    Args:
        today: the day before which all days are over.
        after: the id after which to go on.
        anew: everybody, from the first day on.
    """
    rows = store.sql(
        f"""SELECT discord_id, linked, coalesce(judged_before, first_day), observed_on,
            coalesce(current_streak, 0), coalesce(longest_streak, 0), judged_before IS NULL
        FROM (SELECT m.discord_id, m.linked, m.current_streak, m.longest_streak,
                CASE WHEN NOT :anew THEN m.judged_before END AS judged_before,
                date(m.first_observed_at) AS first_day, {_OBSERVED_ON} AS observed_on
            FROM member AS m
            WHERE m.guild_id = :guild_id AND m.discord_id > :after
                AND m.first_observed_at IS NOT NULL
                AND (:anew OR m.judged_before IS NULL OR m.judged_before < :today)) AS unjudged
        WHERE coalesce(observed_on > judged_before, TRUE)
        ORDER BY discord_id LIMIT :batch""",
        guild_id=guild_id,
        today=today,
        after=after,
        anew=anew,
        batch=_BATCH,
    )
    return [_due(row) for row in rows]


def _due(row: Any) -> Due:
    discord_id, linked, first, end, current, longest, anew = row
    streak = Streak(current, longest)
    return Due(discord_id, bool(linked), known_day(first), known_day(end), streak, bool(anew))


def days_of(store: Store, guild_id: int, members: Sequence[tuple[int, date]]) -> dict[int, Days]:
    """Return the active and excused days of members, from a first day on each (R8, R9).

    Args:
        members: (discord_id, first day) each.
    """
    found = {discord_id: Days(set(), []) for discord_id, _ in members}
    _stage(store, "judging", "first_day DATE", ((who, str(first)) for who, first in members))
    for discord_id, first, until, active in store.sql(_DAYS, guild_id=guild_id):
        _take(found[discord_id], first, until, active)
    return found


def days_of_member(store: Store, guild_id: int, discord_id: int) -> Days:
    """Return a member's active and excused days since the first observation, writing nothing."""
    found = Days(set(), [])
    rows = store.sql(
        f"""WITH judging AS (SELECT discord_id, date(first_observed_at) AS first_day FROM member
            WHERE guild_id = :guild_id AND discord_id = :discord_id)
        {_DAYS}""",
        guild_id=guild_id,
        discord_id=discord_id,
    )
    for _, first, until, active in rows:
        _take(found, first, until, active)
    return found


def _take(days: Days, first: Any, until: Any, active: Any) -> None:
    if active:
        days.active.add(known_day(first))
    else:
        days.grace.append(Span(known_day(first), known_day(until)))


def apply_each(store: Store, guild_id: int, judgements: Iterable[Judgement]) -> None:
    """Write streaks, one member each."""
    columns = "current_streak INTEGER, longest_streak INTEGER, judged_before DATE"
    rows = ((j.discord_id, *j.streak, str(j.end)) for j in judgements)
    _stage(store, "judgement", columns, rows)
    store.sql(
        """UPDATE member SET current_streak = j.current_streak,
            longest_streak = j.longest_streak, judged_before = j.judged_before
        FROM judgement AS j
        WHERE member.guild_id = :guild_id AND member.discord_id = j.discord_id
            AND member.discord_id IN (SELECT discord_id FROM judgement)""",
        guild_id=guild_id,
    )


def _stage(store: Store, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows, a discord_id first, into a new temporary table."""
    _new_table(store, name, f", {columns}")
    names = ["discord_id", *(column.split()[0] for column in columns.split(", "))]
    store.fill(name, names, rows)
    store.analyze(name)


def _new_table(store: Store, name: str, columns: str = "") -> None:
    store.sql(f"DROP TABLE IF EXISTS {'pg_temp' if store.is_postgres else 'temp'}.{name}")
    store.sql(f"CREATE TEMPORARY TABLE {name} (discord_id {store.bigint} PRIMARY KEY{columns})")
