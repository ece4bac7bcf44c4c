"""The first tables: guilds, members, activity, the ledger, runs, alerts, locks and the pace."""

MOMENT = {"sqlite": "TEXT", "postgres": "TIMESTAMPTZ"}
# A sum beyond 64 bits is refused by Postgres; SQLite would make it a fraction, unless told not to.
WHOLE = ("xp_total", "baseline_xp", "awarded_xp", "mee6_points", "points")
SERIAL = {
    "sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "postgres": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}

TABLES = """
CREATE TABLE guild (
    guild_id BIGINT NOT NULL PRIMARY KEY,
    name TEXT,
    icon TEXT,
    xp_rate DOUBLE PRECISION,
    xp_per_message_min INTEGER,
    xp_per_message_max INTEGER,
    xp_per_point INTEGER,
    swept_at {moment},
    held_since {moment},
    held_reason TEXT
);
CREATE TABLE member (
    guild_id BIGINT NOT NULL,
    discord_id BIGINT NOT NULL,
    member_id TEXT,
    username TEXT,
    avatar TEXT,
    level INTEGER,
    messages BIGINT,
    linked BOOLEAN NOT NULL DEFAULT TRUE,
    linked_at {moment} NOT NULL,
    linked_by TEXT NOT NULL,
    xp_total BIGINT {whole[xp_total]},
    baseline_xp BIGINT {whole[baseline_xp]},
    baseline_at {moment},
    baseline_points BIGINT NOT NULL DEFAULT 0,
    awarded_xp BIGINT NOT NULL DEFAULT 0 {whole[awarded_xp]},
    leftover_xp INTEGER NOT NULL DEFAULT 0 CHECK (leftover_xp >= 0),
    mee6_points BIGINT NOT NULL DEFAULT 0 {whole[mee6_points]},
    points BIGINT NOT NULL DEFAULT 0 {whole[points]},
    on_board BOOLEAN NOT NULL DEFAULT FALSE,
    presumed_zero BOOLEAN NOT NULL DEFAULT FALSE,
    first_observed_at {moment},
    observed_at {moment},
    PRIMARY KEY (guild_id, discord_id)
);
CREATE INDEX member_member_id ON member (guild_id, member_id) WHERE member_id IS NOT NULL;
CREATE TABLE discord_activity (
    id {serial},
    guild_id BIGINT NOT NULL,
    discord_id BIGINT NOT NULL,
    member_id TEXT,
    activity_type TEXT NOT NULL CHECK (activity_type IN ('baseline', 'xp', 'award')),
    xp_delta BIGINT,
    xp_total BIGINT,
    window_start {moment},
    synced_at {moment} NOT NULL,
    day DATE,
    sync_id TEXT NOT NULL
);
CREATE UNIQUE INDEX discord_activity_once
    ON discord_activity (guild_id, discord_id, sync_id, activity_type);
CREATE INDEX discord_activity_day ON discord_activity (guild_id, day);
CREATE TABLE point_transaction (
    id {serial},
    guild_id BIGINT NOT NULL,
    discord_id BIGINT NOT NULL,
    member_id TEXT,
    source TEXT NOT NULL CHECK (source <> ''),
    key TEXT NOT NULL CHECK (key <> ''),
    points BIGINT NOT NULL,
    occurred_at {moment} NOT NULL,
    day DATE,
    reason TEXT,
    recorded_at {moment} NOT NULL
);
CREATE UNIQUE INDEX point_transaction_once
    ON point_transaction (guild_id, discord_id, source, key);
CREATE INDEX point_transaction_day ON point_transaction (guild_id, day);
CREATE TABLE sync_run (
    id {serial},
    sync_id TEXT NOT NULL UNIQUE,
    guild_id BIGINT NOT NULL,
    job TEXT NOT NULL,
    status TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at {moment} NOT NULL,
    finished_at {moment},
    exit_code INTEGER,
    reason TEXT,
    requests INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    complete_sweep BOOLEAN NOT NULL DEFAULT FALSE,
    players_seen INTEGER NOT NULL DEFAULT 0,
    members_tracked INTEGER NOT NULL DEFAULT 0,
    members_observed INTEGER NOT NULL DEFAULT 0,
    members_baselined INTEGER NOT NULL DEFAULT 0,
    members_changed INTEGER NOT NULL DEFAULT 0,
    members_absent INTEGER NOT NULL DEFAULT 0,
    members_reset INTEGER NOT NULL DEFAULT 0,
    members_enrolled INTEGER NOT NULL DEFAULT 0,
    xp_gained BIGINT NOT NULL DEFAULT 0,
    xp_lost BIGINT NOT NULL DEFAULT 0,
    points_awarded BIGINT NOT NULL DEFAULT 0,
    points_deducted BIGINT NOT NULL DEFAULT 0,
    cooldown_until {moment}
);
CREATE INDEX sync_run_of_job ON sync_run (guild_id, job, id);
CREATE TABLE alert (
    guild_id BIGINT NOT NULL,
    job TEXT NOT NULL,
    trouble TEXT NOT NULL,
    PRIMARY KEY (guild_id, job)
);
CREATE TABLE run_lock (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    since {moment} NOT NULL
);
CREATE TABLE request_pace (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next_slot_at DOUBLE PRECISION NOT NULL,
    cooldown_until {moment}
);
INSERT INTO request_pace (id, next_slot_at) VALUES (1, 0)
"""


def up(migrator, db):
    """Create them, empty."""
    kind = "postgres" if db.server_keeps_moments else "sqlite"
    check = "" if kind == "postgres" else "CHECK (typeof({0}) IN ('integer', 'null'))"
    whole = {name: check.format(name) for name in WHOLE}
    tables = TABLES.format(moment=MOMENT[kind], serial=SERIAL[kind], whole=whole)
    for statement in tables.split(";"):
        db.execute_sql(statement)
