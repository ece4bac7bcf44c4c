"""The JSON documents: times ISO 8601 UTC ending in Z, ids strings, absent values null."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from trc_mee6.report import Change, SyncReport
from trc_mee6.text import json_text

Document = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """Return a moment as documents write it, to the second."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    """Return a day as documents write it."""
    return None if value is None else value.isoformat()


def discord_id(value: int | None) -> str | None:
    """Return an id as documents write it: programs read large JSON numbers as floats."""
    return None if value is None else str(value)


def failure(command: str, reason: str) -> Document:
    """Return the document of a command that failed before it had one of its own."""
    return {"command": command, "status": "failed", "reason": reason}


def streamed(head: Document, name: str, entries: Iterable[Document]) -> Iterator[str]:
    """Give a document with a long list at its end, an entry a line, without holding the list."""
    yield f'{json_text(head)[:-1]}, "{name}": [\n'
    before = ""
    for entry in entries:
        yield f"{before}  {json_text(entry)}"
        before = ",\n"
    yield "\n]}\n"


def sync(report: SyncReport) -> Document:
    """Return the document of `sync` and `backfill-baseline`."""
    members = asdict(report.members)
    if report.command == "sync":
        del members["reset"]
    document: Document = {
        "command": report.command,
        "status": str(report.status),
        "guild_id": discord_id(report.guild_id),
        "sync_id": report.sync_id,
        "started_at": moment(report.started_at),
        "finished_at": moment(report.finished_at),
        "requests": report.requests,
        "pages": report.pages,
        "complete_sweep": report.complete_sweep,
        "players_seen": report.players_seen,
        "members": members,
        "xp": {"gained": report.xp_gained, "lost": report.xp_lost},
        "points": {"awarded": report.points_awarded, "deducted": report.points_deducted},
        "cooldown_until": moment(report.cooldown_until),
        "reason": report.reason,
        "dry_run": report.dry_run,
    }
    if report.dry_run:
        document["changes"] = [_change(change) for change in report.changes]
    return document


def _change(change: Change) -> Document:
    return asdict(change) | {"discord_id": discord_id(change.discord_id)}
