"""What members gained by day and by month, and orders, so that leaderboards are quick."""

# SQLite takes the last two for a query that says `linked = TRUE`, never for one that says `linked`:
# to read everybody through them would be slow.
TABLE = """
CREATE TABLE member_gain (
    guild_id BIGINT NOT NULL,
    discord_id BIGINT NOT NULL,
    unit TEXT NOT NULL CHECK (unit IN ('day', 'month')),
    since DATE NOT NULL,
    xp BIGINT NOT NULL {whole[xp]},
    points BIGINT NOT NULL {whole[points]},
    PRIMARY KEY (guild_id, discord_id, unit, since)
) {without_rowid};
INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'day', day, sum(xp), sum(points) FROM (
        SELECT guild_id, discord_id, day, xp_delta AS xp, 0 AS points FROM discord_activity
        WHERE day IS NOT NULL AND xp_delta IS NOT NULL
        UNION ALL SELECT guild_id, discord_id, day, 0, points FROM point_transaction
        WHERE day IS NOT NULL
    ) AS line GROUP BY guild_id, discord_id, day;
INSERT INTO member_gain (guild_id, discord_id, unit, since, xp, points)
    SELECT guild_id, discord_id, 'month', {month}, sum(xp), sum(points) FROM member_gain
    GROUP BY guild_id, discord_id, {month};
CREATE INDEX member_gain_xp
    ON member_gain (guild_id, unit, since, xp DESC, discord_id, points);
CREATE INDEX member_gain_points ON member_gain (guild_id, unit, since, points DESC, discord_id)
    WHERE points > 0;
CREATE INDEX member_by_points
    ON member (guild_id, points DESC, xp_total DESC {nulls_last}, discord_id)
    WHERE linked = TRUE;
CREATE INDEX member_by_xp ON member (guild_id, xp_total DESC {nulls_last}, discord_id)
    WHERE linked = TRUE
"""


def up(migrator, db):
    """Create the table, and fill it from the lines that are there."""
    on_postgres = db.server_keeps_moments
    check = "" if on_postgres else "CHECK (typeof({0}) = 'integer')"
    table = TABLE.format(
        whole={name: check.format(name) for name in ("xp", "points")},
        nulls_last="NULLS LAST" if on_postgres else "",  # SQLite has them last by itself
        without_rowid="" if on_postgres else "WITHOUT ROWID",
        month="date_trunc('month', since)::date"
        if on_postgres
        else "date(since, 'start of month')",
    )
    for statement in table.split(";"):
        db.execute_sql(statement)
    if on_postgres:
        db.execute_sql("ANALYZE member_gain")
