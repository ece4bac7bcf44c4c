"""The message that `leaderboard --post` edits, in each place that it posts to."""

MOMENT = {"postgres": "TIMESTAMPTZ", "sqlite": "TEXT"}
TABLE = """
CREATE TABLE discord_post (
    guild_id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    posted_at {moment} NOT NULL,
    PRIMARY KEY (guild_id, webhook_id, thread_id)
)
"""


def up(migrator, db):
    """Create it, empty."""
    kind = "postgres" if db.server_keeps_moments else "sqlite"
    db.execute_sql(TABLE.format(moment=MOMENT[kind]))
