"""What the audit found and what was repaired, for people and for programs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.report import Finding, Repair


def document(
    audited: int, found: Iterable[Finding], repairs: Sequence[Repair], *, dry_run: bool
) -> Document:
    """Return the JSON document of `db check`.

    Args:
        found: what was wrong, before any repair.
        repairs: what was done about it; empty without `--repair`.
    """
    findings = [_who(f) | {"what": f.what} for f in found]
    left = [_who(done) | {"what": what} for done in repairs for what in done.left]
    return {
        "command": "db check",
        "status": "failed" if (left if repairs else findings) else "ok",
        "dry_run": dry_run,
        "members": audited,
        "findings": findings,
        "repaired": [
            _who(done)
            | {"column": wrong.column, "from": _value(wrong.stored), "to": _value(wrong.derived)}
            for done in repairs
            for wrong in done.changed
        ],
        "left": left,
    }


def _who(of: Finding | Repair) -> Document:
    return {"guild_id": discord_id(of.guild_id), "discord_id": discord_id(of.discord_id)}


def _value(stored: Any) -> Any:
    if isinstance(stored, datetime):
        return moment(stored)
    return day(stored) if isinstance(stored, date) else stored


def finding(found: Finding) -> str:
    """Return what is wrong with a member, in a line."""
    return f"{_named(found)}: {found.what}"


def left(repairs: Iterable[Repair]) -> Iterator[str]:
    """Give what is wrong still, a line each."""
    for done in repairs:
        for what in done.left:
            yield f"{_named(done)}: {what}; this cannot be worked out anew"


def _named(of: Finding | Repair) -> str:
    return f"member {of.discord_id} of guild {of.guild_id}"


def changes(done: Repair, *, dry_run: bool) -> str:
    """Return what was put right of a member, in a line."""
    columns = ", ".join(
        f"{w.column} {_shown(w.stored)} -> {_shown(w.derived)}" for w in done.changed
    )
    return f"{_named(done)}: {'would set' if dry_run else 'set'} {columns}"


def _shown(stored: Any) -> str:
    return "none" if stored is None else str(_value(stored))


def what_to_do(*, repaired: bool) -> str:
    """Return the last line of an audit that leaves something wrong."""
    if repaired:
        return (
            "These lines were changed or deleted, and are left as they are. Restore a backup, or"
            " book what is missing: trc-mee6 points adjust"
        )
    return (
        "No line was changed. See what can be worked out anew from the lines: trc-mee6 db check"
        " --repair --dry-run"
    )


def verdict(audited: int, unjudged: int, *, dry_run: bool = False) -> str:
    """Return the last line of an audit that leaves nothing wrong."""
    if audited == 0:
        return "db check: this database has no members, so there is nothing to audit"
    members = f"{audited:,} {'member' if audited == 1 else 'members'} audited"
    if dry_run:
        return f"db check: {members}; this was a dry run, nothing was written"
    to_judge = f" ({unjudged:,} to be judged by: trc-mee6 streaks)" if unjudged else ""
    return f"db check: {members}, every point and streak accounted for{to_judge}"
