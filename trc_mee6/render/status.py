"""How things stand, for people and for programs."""

from datetime import datetime

from trc_mee6.render.documents import Document, discord_id, moment
from trc_mee6.render.terminal import Column, show_table
from trc_mee6.report import RunRecord, Status, StatusReport
from trc_mee6.text import name


def document(status: StatusReport) -> Document:
    """Return the JSON document."""
    return {
        "command": "status",
        "guild_id": discord_id(status.guild_id),
        "guild_name": status.guild_name,
        "database": status.database,
        "runs": {job: _run(run) for job, run in status.runs.items()},
        "last_good_sync": _run(status.last_good_sync),
        "consecutive_failures": status.consecutive_failures,
        "cooldown_until": moment(status.cooldown_until),
        "held": status.held_since is not None,
        "held_since": moment(status.held_since),
        "held_reason": status.held_reason,
        "members": {"linked": status.members_linked, "total": status.members_total},
        "healthy": not status.trouble,
        "trouble": list(status.trouble),
    }


def _run(run: RunRecord | None) -> Document | None:
    if run is None:
        return None
    return {
        "sync_id": run.sync_id,
        "status": run.status,
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at),
        "exit_code": run.exit_code,
        "reason": run.reason,
    }


def show(status: StatusReport) -> None:
    """Write a table of what matters."""
    guild = name(status.guild_name)
    named = f"{guild} ({status.guild_id})" if guild else str(status.guild_id)
    rows = [("Guild", named), ("Database", status.database)]
    for job, run in status.runs.items():
        if run is None:
            continue
        over = run.status == Status.HELD and status.held_since is None
        why = ", over since" if over else f", {run.reason}" if run.reason else ""
        ending = run.status.replace("_", " ")
        rows.append((f"Last {job}", f"{ending} at {_when(run.started_at)}{why}"))
    good = status.last_good_sync
    rows += [
        ("Last good sync", "never" if good is None else _when(good.started_at)),
        ("Failures in a row", str(status.consecutive_failures)),
        ("Cooldown", "none" if status.cooldown_until is None
         else f"until {_when(status.cooldown_until)}"),
        ("Hold", "none" if status.held_since is None else f"since {_when(status.held_since)}"),
        ("Members", f"{status.members_linked:,} linked of {status.members_total:,} known"),
        ("Check", "passed" if not status.trouble else "; ".join(status.trouble)),
    ]  # fmt: skip
    show_table((Column("Status", style="bold"), Column("", longest=None)), rows)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
