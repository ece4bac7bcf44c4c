"""Streaks of the members, and the days that a gain's window excuses."""

from datetime import UTC, datetime, timedelta

HALF = timedelta(hours=12)
COLUMNS = """
ALTER TABLE discord_activity ADD COLUMN grace_from DATE;
ALTER TABLE discord_activity ADD COLUMN grace_until DATE;
ALTER TABLE member ADD COLUMN current_streak INTEGER;
ALTER TABLE member ADD COLUMN longest_streak INTEGER;
ALTER TABLE member ADD COLUMN last_active_on DATE;
ALTER TABLE member ADD COLUMN judged_before DATE;
CREATE INDEX discord_activity_active ON discord_activity (guild_id, discord_id, day)
    WHERE xp_delta > 0;
CREATE INDEX discord_activity_grace ON discord_activity (guild_id, discord_id, grace_until)
    WHERE grace_until IS NOT NULL;
CREATE INDEX discord_activity_grace_until ON discord_activity (guild_id, grace_until)
    WHERE grace_until IS NOT NULL;
CREATE INDEX point_transaction_active ON point_transaction (guild_id, discord_id, day)
    WHERE points > 0 AND source <> 'mee6';
UPDATE member SET last_active_on = (SELECT max(day) FROM discord_activity a
    WHERE a.guild_id = member.guild_id AND a.discord_id = member.discord_id AND a.xp_delta > 0);
UPDATE member SET last_active_on = other.day FROM (
    SELECT guild_id, discord_id, max(day) AS day FROM point_transaction
    WHERE points > 0 AND source <> 'mee6' GROUP BY guild_id, discord_id) AS other
WHERE member.guild_id = other.guild_id AND member.discord_id = other.discord_id
    AND coalesce(member.last_active_on < other.day, TRUE)
"""
# Their moments are those of runs, so there are few different ones, however many members there are.
LONG_WINDOWS = """SELECT DISTINCT window_start, synced_at, day FROM discord_activity
    WHERE xp_delta > 0 AND window_start IS NOT NULL AND date(window_start) <> date(synced_at)"""
EXCUSE = """UPDATE discord_activity SET grace_from = {0}, grace_until = {0}
    WHERE xp_delta > 0 AND window_start = {0} AND synced_at = {0}"""


def up(migrator, db):
    """Add the columns, and fill them from the history that is there."""
    for statement in COLUMNS.split(";"):
        db.execute_sql(statement)
    excuse = EXCUSE.format("%s" if db.server_keeps_moments else "?")
    for start, end, day in db.execute_sql(LONG_WINDOWS).fetchall():
        first, last = covered(moment(start), moment(end))
        if first <= last and (str(first), str(last)) != (str(day), str(day)):
            db.execute_sql(excuse, (str(first), str(last), start, end))


def covered(start, end):
    """Return the first and last day of which half lies in a window that crosses midnight."""
    first = (start + HALF - timedelta.resolution).date()
    return first, (end - HALF).date()


def moment(stored):
    """Return a stored moment in UTC."""
    return (datetime.fromisoformat(stored) if isinstance(stored, str) else stored).astimezone(UTC)
