"""The columns of the tables, as they stand after the last migration (docs/database.md).

Keys, indexes and defaults are the migrations' business.

A member is known by (guild_id, discord_id), in every table. `member_id` is the operator's own
id for the person, copied onto the lines so that an application can read them without a join.

The models belong to no database: every query names the one it is for with `.bind()`, so that two
stores can be open in one process.
"""

from datetime import datetime
from typing import Any

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CompositeKey,
    DateField,
    DoubleField,
    Field,
    IntegerField,
    Model,
    TextField,
)

from trc_mee6.store.moments import as_moment


class MomentField(Field):
    """A moment in UTC: TIMESTAMPTZ on Postgres, ISO 8601 text of fixed width on SQLite."""

    field_type = "MOMENT"

    def python_value(self, value: Any) -> datetime | None:
        """Return an aware datetime in UTC."""
        return as_moment(value)


class _Table(Model):
    class Meta:
        legacy_table_names = False


class Guild(_Table):
    """A Discord server: what MEE6 says of it, and where its ledger stands."""

    guild_id = BigIntegerField(primary_key=True)
    name = TextField(null=True)
    icon = TextField(null=True)
    xp_rate = DoubleField(null=True)
    xp_per_message_min = IntegerField(null=True)
    xp_per_message_max = IntegerField(null=True)
    xp_per_point = IntegerField(null=True)  # what the ledger was kept with so far
    swept_at = MomentField(null=True)  # start of the last complete sweep: all were observed then
    held_since = MomentField(null=True)
    held_reason = TextField(null=True)


class Member(_Table):
    """A person the operator tracks."""

    guild_id = BigIntegerField()
    discord_id = BigIntegerField()
    member_id = TextField(null=True)
    username = TextField(null=True)
    avatar = TextField(null=True)
    level = IntegerField(null=True)
    messages = BigIntegerField(null=True)
    linked = BooleanField()
    linked_at = MomentField()
    linked_by = TextField()  # 'hand', 'query' (MEMBERS_SQL) or 'board' (--enroll-all)
    xp_total = BigIntegerField(null=True)  # NULL: no baseline yet
    baseline_xp = BigIntegerField(null=True)
    baseline_at = MomentField(null=True)
    baseline_points = BigIntegerField()  # mee6_points at that time
    awarded_xp = BigIntegerField()  # not on the board, since then
    leftover_xp = IntegerField()
    mee6_points = BigIntegerField()
    points = BigIntegerField()  # of all sources
    on_board = BooleanField()  # at the last complete sweep
    presumed_zero = BooleanField()  # R5, not seen since
    first_observed_at = MomentField(null=True)
    observed_at = MomentField(null=True)  # for this member alone; see also guild.swept_at
    current_streak = IntegerField(null=True)  # NULL: not judged yet
    longest_streak = IntegerField(null=True)
    last_active_on = DateField(null=True)  # judged or not
    judged_before = DateField(null=True)  # NULL: to be judged from the first day on

    class Meta:
        primary_key = CompositeKey("guild_id", "discord_id")


class DiscordActivity(_Table):
    """One observation that set a baseline or changed a total, or XP awarded by an application."""

    guild_id = BigIntegerField()
    discord_id = BigIntegerField()
    member_id = TextField(null=True)
    activity_type = TextField()  # 'baseline', 'xp' or 'award'
    xp_delta = BigIntegerField(null=True)
    xp_total = BigIntegerField(null=True)
    window_start = MomentField(null=True)
    synced_at = MomentField()
    day = DateField(
        null=True
    )  # the UTC day the change belongs to (R8); NULL for XP credited from the past
    sync_id = TextField()
    grace_from = DateField(null=True)  # days that the window excuses (R9)
    grace_until = DateField(null=True)


class PointTransaction(_Table):
    """One immutable line of the points ledger."""

    guild_id = BigIntegerField()
    discord_id = BigIntegerField()
    member_id = TextField(null=True)
    source = TextField()
    key = TextField()
    points = BigIntegerField()
    occurred_at = MomentField()
    day = DateField(
        null=True
    )  # the UTC day the points belong to (R8); NULL for XP credited from the past
    reason = TextField(null=True)
    recorded_at = MomentField()


class MemberGain(_Table):
    """What a member gained in a UTC day or month: the sum of its activity and ledger lines."""

    guild_id = BigIntegerField()
    discord_id = BigIntegerField()
    unit = TextField()  # 'day' or 'month'
    since = DateField()  # its first day
    xp = BigIntegerField()
    points = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("guild_id", "discord_id", "unit", "since")


class SyncRun(_Table):
    """One execution of a job; its numbers are those of the report."""

    id = BigAutoField()
    sync_id = TextField()
    guild_id = BigIntegerField()
    job = TextField()
    status = TextField()  # 'running', then how it ended
    host = TextField()
    pid = IntegerField()
    started_at = MomentField()
    finished_at = MomentField(null=True)
    exit_code = IntegerField(null=True)
    reason = TextField(null=True)
    requests = IntegerField()
    pages = IntegerField()
    complete_sweep = BooleanField()
    players_seen = IntegerField()
    members_tracked = IntegerField()
    members_observed = IntegerField()
    members_baselined = IntegerField()
    members_changed = IntegerField()
    members_absent = IntegerField()
    members_reset = IntegerField()
    members_enrolled = IntegerField()
    xp_gained = BigIntegerField()
    xp_lost = BigIntegerField()
    points_awarded = BigIntegerField()
    points_deducted = BigIntegerField()
    cooldown_until = MomentField(null=True)


class Alert(_Table):
    """The trouble of a job that people were told of, until they are told that it is over (R17)."""

    guild_id = BigIntegerField()
    job = TextField()
    trouble = TextField()

    class Meta:
        primary_key = CompositeKey("guild_id", "job")


class DiscordPost(_Table):
    """The message that `leaderboard --post` edits, for each place that it posts to."""

    guild_id = BigIntegerField()
    webhook_id = BigIntegerField()
    thread_id = BigIntegerField()  # 0: the channel itself
    message_id = BigIntegerField()
    posted_at = MomentField()

    class Meta:
        primary_key = CompositeKey("guild_id", "webhook_id", "thread_id")


class RunLock(_Table):
    """Who took a lock last, for the message to who comes second; the lock itself is elsewhere."""

    name = TextField(primary_key=True)
    holder = TextField()
    since = MomentField()


class RequestPace(_Table):
    """The one row that all hosts share: the next free slot (R12) and the cooldown (R14)."""

    next_slot_at = DoubleField()  # seconds since the epoch, by the database's own clock
    cooldown_until = MomentField(null=True)


TABLES: tuple[type[Model], ...] = tuple(_Table.__subclasses__())
