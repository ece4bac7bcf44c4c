"""Sightings of a sweep, compared with what is stored and written in one transaction.

The way of the data, all set-based, so that memory does not grow with the board:

1. `stage` appends each page to a temporary table.
2. `compare` keeps one sighting per player and counts what R7 needs.
3. `classify` copies out the members for whom something changed.
4. `totals` hands the changed totals to the rules in batches, `book` takes the outcome back.
5. `apply_*` write activity, ledger and members.

Every statement names its guild; a sighting of a player who is no member, or whom the operator
unlinked, changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from trc_mee6.report import Change
from trc_mee6.rules.points import SOURCE
from trc_mee6.rules.streaks import Span
from trc_mee6.store.connect import Store
from trc_mee6.store.gains import add_gains
from trc_mee6.store.members import SWEPT_AT, last_observation
from trc_mee6.store.moments import as_moment

_BATCH = 5_000  # members whose outcome is computed at a time


class Counts(NamedTuple):
    """A sweep against the stored members of a guild, in linked members.

    Attributes:
        tracked: all of them.
        based: with a baseline.
        present: found in the sweep.
        on_board: on the board at the last complete sweep.
        on_board_present: of those, found.
        fallen: found with less XP than stored.
        players: distinct players of the sweep, members or not.
    """

    tracked: int
    based: int
    present: int
    on_board: int
    on_board_present: int
    fallen: int
    players: int


class ChangedTotal(NamedTuple):
    """A member whose XP total differs from the stored one."""

    discord_id: int
    xp: int
    xp_before: int
    leftover: int
    last_observed: datetime | None
    presumed_zero: bool
    baseline_at: datetime | None


class Outcome(NamedTuple):
    """What a changed total comes to; `points` None: it is a baseline after all (R5)."""

    discord_id: int
    xp_delta: int
    points: int | None
    leftover: int
    window_start: datetime | None
    day: date | None
    grace: Span | None


@dataclass(frozen=True, slots=True)
class Observing:
    """How the sightings of one run are taken.

    Attributes:
        at: the run's start; all its observations carry it.
        complete: the sweep was complete.
        enroll: players nobody knows become members.
        only_baselines: leave members alone who have a baseline.
        reset: everyone gets a new baseline.
        from_zero: a baseline is 0, and what is on the board counts as gained.
    """

    guild_id: int
    sync_id: str
    at: datetime
    complete: bool
    enroll: bool = False
    only_baselines: bool = False
    reset: bool = False
    from_zero: bool = False


# What a sighting says about a member beside XP; MEE6 leaving a name or level out is no news.
_PROFILE = """
    username = coalesce(c.username, member.username),
    avatar = c.avatar,
    level = coalesce(c.level, member.level),
    messages = coalesce(c.messages, member.messages),
    on_board = (member.on_board OR :complete)
"""
_ACTIVITY = """INSERT INTO discord_activity (guild_id, discord_id, member_id, activity_type,
    xp_delta, xp_total, window_start, synced_at, day, sync_id, grace_from, grace_until)"""
_MEMBER_LAST_OBSERVED = last_observation("member", SWEPT_AT)
_ABSENT = """member.guild_id = :guild_id AND member.linked
    AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.discord_id = member.discord_id)"""
_ABSENT_TO_BASE = f"{_ABSENT} AND (member.xp_total IS NULL OR :reset)"


class Sightings:
    """The sightings of one sweep, in temporary tables of this connection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq = 0
        self._kinds: dict[str, int] = {}
        moment = "TIMESTAMPTZ" if store.is_postgres else "TEXT"
        player = "xp BIGINT, level INTEGER, messages BIGINT, username TEXT, avatar TEXT"
        for name, columns in {
            "sighting": f"seq BIGINT, discord_id BIGINT, {player}",
            "seen": f"discord_id {store.bigint} PRIMARY KEY, {player}",
            "change": f"""discord_id {store.bigint} PRIMARY KEY, {player}, kind TEXT,
                member_id TEXT, xp_before BIGINT, leftover_xp INTEGER, last_observed {moment},
                presumed_zero BOOLEAN, baseline_at {moment}, first_observed_at {moment}""",
            "outcome": f"""discord_id {store.bigint} PRIMARY KEY, xp_delta BIGINT, points BIGINT,
                leftover_xp INTEGER, window_start {moment}, day DATE, grace_from DATE,
                grace_until DATE""",
            "blind": f"window_start {moment} PRIMARY KEY, grace_from DATE, grace_until DATE",
        }.items():
            store.sql(f"DROP TABLE IF EXISTS {_temporary(store, name)}")
            store.sql(f"CREATE TEMPORARY TABLE {name} ({columns})")

    def stage(
        self, players: Iterable[tuple[int, int, int | None, int | None, str | None, str | None]]
    ) -> None:
        """Append a page: (discord_id, XP total, level, messages, username, avatar) each."""
        rows = [(self._seq + n, *player) for n, player in enumerate(players)]
        self._seq += len(rows)
        columns = ("seq", "discord_id", "xp", "level", "messages", "username", "avatar")
        self._store.fill("sighting", columns, rows)

    def compare(self, guild_id: int) -> Counts:
        """Settle on one sighting per player and count.

        Of a player seen twice, the higher total counts: the board moves while it is read, and a
        page may come from a cache. A real decrease shows in the next sweep.
        """
        self._store.analyze("sighting")
        self._store.sql(
            """INSERT INTO seen SELECT discord_id, xp, level, messages, username, avatar
            FROM sighting ORDER BY discord_id, xp DESC, seq DESC
            ON CONFLICT DO NOTHING"""
        )
        self._store.analyze("seen")
        counted = self._store.row(
            """SELECT count(*), count(m.xp_total), count(s.discord_id),
                count(*) FILTER (WHERE m.on_board),
                count(*) FILTER (WHERE m.on_board AND s.discord_id IS NOT NULL),
                count(*) FILTER (WHERE s.xp < m.xp_total)
            FROM member m LEFT JOIN seen s ON s.discord_id = m.discord_id
            WHERE m.guild_id = :guild_id AND m.linked""",
            guild_id=guild_id,
        )
        (players,) = self._store.row("SELECT count(*) FROM seen")
        return Counts._make((*counted, players))

    def classify(self, how: Observing) -> None:
        """Copy out everybody for whom this sweep changes something, with what is stored."""
        self._store.sql(
            f"""INSERT INTO change SELECT s.discord_id, s.xp, s.level, s.messages, s.username,
                s.avatar,
                CASE WHEN m.discord_id IS NULL THEN 'new'
                    WHEN m.xp_total IS NULL OR :reset THEN 'baseline'
                    WHEN m.xp_total <> s.xp THEN 'xp' ELSE 'profile' END,
                m.member_id, m.xp_total, m.leftover_xp, {last_observation("m", SWEPT_AT)},
                m.presumed_zero, m.baseline_at, m.first_observed_at
            FROM seen s
            LEFT JOIN member m ON m.guild_id = :guild_id AND m.discord_id = s.discord_id
            WHERE (m.discord_id IS NULL AND :enroll)
                OR (m.linked AND (m.xp_total IS NULL OR :reset))
                OR (m.linked AND NOT :only_baselines AND (m.xp_total <> s.xp
                    OR (:complete AND NOT m.on_board) OR m.presumed_zero
                    OR coalesce(m.username, '') <> coalesce(s.username, m.username, '')
                    OR coalesce(m.avatar, '') <> coalesce(s.avatar, '')
                    OR coalesce(m.level, -1) <> coalesce(s.level, m.level, -1)
                    OR coalesce(m.messages, -1) <> coalesce(s.messages, m.messages, -1)))
            ORDER BY s.discord_id""",
            guild_id=how.guild_id,
            enroll=how.enroll,
            reset=how.reset,
            only_baselines=how.only_baselines,
            complete=how.complete,
        )
        self._store.analyze("change")
        counted = self._store.sql("SELECT kind, count(*) FROM change GROUP BY kind")
        self._kinds = dict(counted.fetchall())

    def totals(self, how: Observing) -> Iterator[list[ChangedTotal]]:
        """Give the members whose total changed, in batches by id.

        With baselines of zero these are all who have any XP.
        """
        last = 0
        while True:
            rows = self._store.sql(
                """SELECT discord_id, xp,
                    CASE WHEN kind = 'xp' THEN xp_before ELSE 0 END,
                    CASE WHEN kind = 'xp' THEN leftover_xp ELSE 0 END,
                    last_observed, presumed_zero, baseline_at
                FROM change WHERE discord_id > :last AND (kind = 'xp'
                    OR (:from_zero AND first_observed_at IS NULL AND xp > 0))
                ORDER BY discord_id LIMIT :batch""",
                last=last,
                from_zero=how.from_zero,
                batch=_BATCH,
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [
                ChangedTotal._make((*row[:4], as_moment(row[4]), bool(row[5]), as_moment(row[6])))
                for row in rows
            ]

    def book(self, outcomes: Iterable[Outcome]) -> None:
        """Take what the rules made of a batch of changed totals."""
        columns = (
            "discord_id", "xp_delta", "points", "leftover_xp", "window_start", "day",
            "grace_from", "grace_until",
        )  # fmt: skip
        stored = self._store.stored
        self._store.fill(
            "outcome",
            columns,
            (
                (
                    o.discord_id,
                    o.xp_delta,
                    o.points,
                    o.leftover,
                    stored(o.window_start),
                    o.day and o.day.isoformat(),
                    *(map(date.isoformat, o.grace) if o.grace else (None, None)),
                )
                for o in outcomes
            ),
        )

    def settle(self) -> None:
        """Turn the outcomes that are baselines after all into baselines (R5)."""
        self._store.sql(
            """UPDATE change SET kind = 'baseline'
            WHERE discord_id IN (SELECT discord_id FROM outcome WHERE points IS NULL)"""
        )
        self._store.sql("DELETE FROM outcome WHERE points IS NULL")
        self._store.analyze("outcome")

    def enrolled(self) -> int:
        """Return how many players are about to become members."""
        return self._kinds.get("new", 0)

    def windows_before_baselines(self, how: Observing) -> list[datetime]:
        """Return when members were last observed who are about to get another baseline (R3)."""
        rows = self._store.sql(
            f"""SELECT last_observed FROM change
            WHERE kind = 'baseline' AND last_observed IS NOT NULL
            UNION SELECT {_MEMBER_LAST_OBSERVED} FROM member
            WHERE :complete AND {_ABSENT_TO_BASE} AND member.observed_at IS NOT NULL""",
            guild_id=how.guild_id,
            complete=how.complete,
            reset=how.reset,
        )
        return [moment for (stored,) in rows if (moment := as_moment(stored)) is not None]

    def excuse(self, spans: Mapping[datetime, Span | None]) -> None:
        """Take the days that these windows before baselines excuse."""
        self._store.fill(
            "blind",
            ("window_start", "grace_from", "grace_until"),
            (
                (self._store.stored(start), *(map(date.isoformat, span) if span else (None, None)))
                for start, span in spans.items()
            ),
        )

    def apply_baselines(self, how: Observing) -> int:
        """Write the baselines of everybody sighted without one, and return how many (R3)."""
        baseline = _baseline_xp(how)
        run = {"guild_id": how.guild_id, "at": how.at}
        written = self._store.sql(
            f"""{_ACTIVITY} SELECT :guild_id, c.discord_id, c.member_id, 'baseline', NULL,
                {baseline}, b.window_start, :at, :day, :sync_id, b.grace_from, b.grace_until
            FROM change AS c LEFT JOIN blind b ON b.window_start = c.last_observed
            WHERE c.kind IN ('new', 'baseline') ORDER BY c.discord_id""",
            **run,
            day=how.at.date(),
            sync_id=how.sync_id,
        ).rowcount
        self._store.sql(
            f"""INSERT INTO member (guild_id, discord_id, username, avatar, level, messages,
                linked, linked_at, linked_by, xp_total, baseline_xp, baseline_at, on_board,
                first_observed_at, observed_at)
            SELECT :guild_id, c.discord_id, c.username, c.avatar, c.level, c.messages,
                TRUE, :at, 'board', {baseline}, {baseline}, :at, :complete, :at, :at
            FROM change AS c WHERE c.kind = 'new' ORDER BY c.discord_id""",
            **run,
            complete=how.complete,
        )
        self._store.sql(
            f"""UPDATE member SET {_PROFILE}, {_new_baseline(baseline, "FALSE")}
            FROM change AS c WHERE {_of_member("change WHERE kind = 'baseline'")}""",
            **run,
            complete=how.complete,
        )
        return int(written)

    def apply_totals(self, how: Observing) -> None:
        """Write activity, ledger lines and new totals of the booked outcomes (R1, R2, R4)."""
        run = {"guild_id": how.guild_id, "sync_id": how.sync_id, "at": how.at}
        self._store.sql(
            f"""{_ACTIVITY} SELECT :guild_id, discord_id, c.member_id, 'xp', o.xp_delta, c.xp,
                o.window_start, :at, o.day, :sync_id, o.grace_from, o.grace_until
            FROM outcome o JOIN change c USING (discord_id) ORDER BY discord_id""",
            **run,
        )
        self._store.sql(
            """INSERT INTO point_transaction (guild_id, discord_id, member_id, source, key, points,
                occurred_at, day, recorded_at)
            SELECT :guild_id, discord_id, c.member_id, :source, :sync_id, o.points, :at, o.day, :at
            FROM outcome o JOIN change c USING (discord_id)
            WHERE o.points <> 0 ORDER BY discord_id""",
            **run,
            source=SOURCE,
        )
        add_gains(
            self._store,
            "SELECT discord_id, day, xp_delta AS xp, points FROM outcome",
            guild_id=how.guild_id,
        )
        self._store.sql(
            f"""UPDATE member SET {_PROFILE}, xp_total = c.xp, leftover_xp = c.leftover_after,
                mee6_points = member.mee6_points + c.points, points = member.points + c.points,
                presumed_zero = FALSE, observed_at = :at,
                last_active_on = CASE WHEN c.xp_delta > 0 AND c.day IS NOT NULL
                    AND coalesce(member.last_active_on < c.day, TRUE)
                    THEN c.day ELSE member.last_active_on END
            FROM (SELECT c.*, o.points, o.xp_delta, o.day, o.leftover_xp AS leftover_after
                FROM outcome o JOIN change c USING (discord_id)) AS c
            WHERE {_of_member("outcome")}""",
            guild_id=how.guild_id,
            at=how.at,
            complete=how.complete,
        )

    def apply_profiles(self, how: Observing) -> None:
        """Write names, levels and the like of those whose XP did not change."""
        self._store.sql(
            f"""UPDATE member SET {_PROFILE}, presumed_zero = FALSE
            FROM change AS c WHERE {_of_member("change WHERE kind = 'profile'")}""",
            guild_id=how.guild_id,
            complete=how.complete,
        )

    def apply_absence(self, how: Observing) -> int:
        """Write who a complete sweep did not find, and return how many got a zero baseline.

        Members without a baseline get one of zero (R5), after a reset everybody; the others keep
        their total (R6).
        """
        zeroed = self._store.sql(
            f"""{_ACTIVITY} SELECT guild_id, discord_id, member_id, 'baseline', NULL, 0,
                b.window_start, :at, :day, :sync_id, b.grace_from, b.grace_until
            FROM member LEFT JOIN blind b ON b.window_start = {_MEMBER_LAST_OBSERVED}
            WHERE {_ABSENT_TO_BASE} ORDER BY discord_id""",
            guild_id=how.guild_id,
            at=how.at,
            day=how.at.date(),
            sync_id=how.sync_id,
            reset=how.reset,
        ).rowcount
        # Credited history is believed whole whenever it shows, of those who never had a baseline.
        presumed = "(member.first_observed_at IS NOT NULL)" if how.from_zero else "TRUE"
        self._store.sql(
            f"UPDATE member SET {_new_baseline('0', presumed)} WHERE {_ABSENT_TO_BASE}",
            guild_id=how.guild_id,
            at=how.at,
            reset=how.reset,
        )
        if not how.only_baselines:
            self._store.sql(
                f"UPDATE member SET on_board = FALSE WHERE {_ABSENT} AND member.on_board",
                guild_id=how.guild_id,
            )
        return int(zeroed)

    def forget_unlinked(self, how: Observing) -> None:
        """Let who is unlinked start anew when linked again, as the ledger's rate has changed."""
        self._store.sql(
            """UPDATE member SET xp_total = NULL, baseline_xp = NULL, baseline_at = NULL,
                baseline_points = mee6_points, leftover_xp = 0, awarded_xp = 0
            WHERE guild_id = :guild_id AND NOT linked""",
            guild_id=how.guild_id,
        )

    def note_seen(self, how: Observing) -> None:
        """Write that an incomplete sweep observed the members it found.

        After a complete one `guild.swept_at` says so for everybody.
        """
        self._store.sql(
            """UPDATE member SET observed_at = :at
            WHERE guild_id = :guild_id AND linked AND xp_total IS NOT NULL
                AND discord_id IN (SELECT discord_id FROM seen)""",
            guild_id=how.guild_id,
            at=how.at,
        )

    def first_changes(self, limit: int) -> list[Change]:
        """Return what this run does to the first members that it touches."""
        rows = self._store.sql(
            """SELECT c.discord_id, c.username, CASE WHEN o.discord_id IS NULL THEN 'baseline'
                ELSE 'xp' END, c.xp, o.xp_delta, coalesce(o.points, 0)
            FROM change c LEFT JOIN outcome o ON o.discord_id = c.discord_id
            WHERE c.kind IN ('new', 'baseline', 'xp')
            ORDER BY abs(coalesce(o.points, 0)) DESC, c.xp DESC, c.discord_id LIMIT :limit""",
            limit=limit,
        )
        return [Change(*row) for row in rows]


def _temporary(store: Store, name: str) -> str:
    return f"{'pg_temp' if store.is_postgres else 'temp'}.{name}"


def _of_member(these: str) -> str:
    """Return the condition that joins `c` to its member.

    Naming the ids again lets SQLite, which knows nothing of the size of a temporary table, look
    these members up instead of reading all of the guild's.
    """
    return f"""member.guild_id = :guild_id AND member.discord_id = c.discord_id
        AND member.discord_id IN (SELECT discord_id FROM {these})"""


def _baseline_xp(how: Observing) -> str:
    """Return the baseline of a sighting: with `from_zero` 0, but never twice for a member."""
    return "CASE WHEN c.first_observed_at IS NULL THEN 0 ELSE c.xp END" if how.from_zero else "c.xp"


def _new_baseline(xp: str, presumed: str) -> str:
    return f"""xp_total = {xp}, baseline_xp = {xp}, baseline_at = :at,
        baseline_points = member.mee6_points, awarded_xp = 0, leftover_xp = 0,
        presumed_zero = {presumed}, observed_at = :at,
        first_observed_at = coalesce(member.first_observed_at, :at)"""
