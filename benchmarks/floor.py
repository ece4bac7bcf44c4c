"""The floor: the least Python that reads the board and stores the same rows.

`python benchmarks/floor.py ADDRESS GUILD DATABASE SCHEMA`: the first run makes the tables by the
SQL in the file SCHEMA, a later one books what was gained since. It believes everything that it is
sent, and knows nothing of bans, retries, drops, absence or other runs.
"""

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import requests

PAGE_SIZE = 1000
XP_PER_POINT = 100

NEW_MEMBER = """INSERT INTO member (guild_id, discord_id, username, avatar, level, messages, linked,
    linked_at, linked_by, xp_total, baseline_xp, baseline_at, on_board, first_observed_at,
    observed_at) VALUES (?, ?, ?, ?, ?, ?, TRUE, ?, 'board', ?, ?, ?, TRUE, ?, ?)"""
CHANGED_MEMBER = """UPDATE member SET username = ?, avatar = ?, level = ?, messages = ?,
    xp_total = ?, leftover_xp = ?, mee6_points = mee6_points + ?, points = points + ?,
    observed_at = ? WHERE guild_id = ? AND discord_id = ?"""
ACTIVITY = """INSERT INTO discord_activity (guild_id, discord_id, activity_type, xp_delta, xp_total,
    window_start, synced_at, day, sync_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
LEDGER = """INSERT INTO point_transaction (guild_id, discord_id, source, key, points, occurred_at,
    day, recorded_at) VALUES (?, ?, 'mee6', ?, ?, ?, ?, ?)"""


def pages(address: str, guild: int) -> Iterator[list[dict[str, Any]]]:
    """Give the players of each page of the board."""
    session = requests.Session()
    session.headers["Accept-Encoding"] = "gzip"
    page = 0
    while True:
        answer = session.get(f"{address}/{guild}", params={"page": page, "limit": PAGE_SIZE})
        answer.raise_for_status()
        players = orjson.loads(answer.content)["players"]
        yield players
        if len(players) < PAGE_SIZE:
            return
        page += 1


def first_sync(database: sqlite3.Connection, address: str, guild: int, now: datetime) -> None:
    """Store every player as a member with a baseline."""
    at, day = now.isoformat(), now.date().isoformat()
    for page in pages(address, guild):
        members, activity = [], []
        for player in page:
            discord_id, xp = int(player["id"]), player["xp"]
            profile = player["username"], player["avatar"], player["level"], player["message_count"]
            members.append((guild, discord_id, *profile, at, xp, xp, at, at, at))
            activity.append((guild, discord_id, "baseline", None, xp, None, at, day, at))
        database.executemany(NEW_MEMBER, members)
        database.executemany(ACTIVITY, activity)


def later_sync(database: sqlite3.Connection, address: str, guild: int, now: datetime) -> None:
    """Book what the players gained since they were stored."""
    at, day = now.isoformat(), now.date().isoformat()
    stored = {
        discord_id: rest
        for discord_id, *rest in database.execute(
            "SELECT discord_id, xp_total, leftover_xp, observed_at FROM member WHERE guild_id = ?",
            (guild,),
        )
    }
    for page in pages(address, guild):
        members, activity, ledger = [], [], []
        for player in page:
            discord_id, xp = int(player["id"]), player["xp"]
            before, leftover, since = stored[discord_id]
            if xp == before:
                continue
            points, leftover = divmod(leftover + xp - before, XP_PER_POINT)
            profile = player["username"], player["avatar"], player["level"], player["message_count"]
            members.append((*profile, xp, leftover, points, points, at, guild, discord_id))
            activity.append((guild, discord_id, "xp", xp - before, xp, since, at, day, at))
            if points:
                ledger.append((guild, discord_id, at, points, at, day, at))
        database.executemany(CHANGED_MEMBER, members)
        database.executemany(ACTIVITY, activity)
        database.executemany(LEDGER, ledger)


def main() -> None:
    """Read and write in one transaction."""
    address, guild, file, schema = sys.argv[1:]
    is_new = not Path(file).exists()
    database = sqlite3.connect(file)
    if is_new:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(Path(schema).read_text())
    with database:
        (first_sync if is_new else later_sync)(database, address, int(guild), datetime.now(UTC))
    database.close()


if __name__ == "__main__":
    main()
