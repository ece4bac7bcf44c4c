"""What a run of `streaks` did, for people and for programs."""

from dataclasses import asdict
from datetime import timedelta

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import StreaksReport
from trc_mee6.text import printable


def document(report: StreaksReport) -> Document:
    """Return the JSON document."""
    return {
        "command": report.command,
        "status": str(report.status),
        "guild_id": discord_id(report.guild_id),
        "sync_id": report.sync_id,
        "started_at": moment(report.started_at),
        "finished_at": moment(report.finished_at),
        "judged_through": day(report.judged_through),
        "members": asdict(report.members),
        "rebuilt": report.rebuilt,
        "reason": report.reason,
        "dry_run": report.dry_run,
    }


def summary(report: StreaksReport) -> str:
    """Return the one line that says what happened."""
    head = f"streaks {report.status}{_would(report)}"
    if report.reason:
        return printable(f"{head}: {report.reason}")
    counts = report.members
    parts = [
        f"{number(counts.extended)} extended",
        f"{number(counts.broken)} broken",
        f"{number(counts.unchanged)} unchanged",
    ]
    if counts.pending:
        parts.append(f"{number(counts.pending)} pending ({_why_pending(report)})")
    return f"{head}: {_through(report)}: {', '.join(parts)}"


def show(report: StreaksReport) -> None:
    """Write what a run did as a table."""
    counts = report.members
    rows = [
        ("Judged", _through(report).removeprefix("judged ")),
        ("Members", number(counts.total)),
        ("Extended", number(counts.extended)),
        ("Broken", number(counts.broken)),
        ("Unchanged", number(counts.unchanged)),
    ]
    if counts.pending:
        rows.append(("Pending", f"{number(counts.pending)}, {_why_pending(report)}"))
    columns = (Column(f"streaks {report.status}", style="bold"), Column("", longest=None))
    show_table(columns, rows, _would(report).strip())


def _would(report: StreaksReport) -> str:
    return " (dry run, nothing was written)" if report.dry_run else ""


def _through(report: StreaksReport) -> str:
    if report.judged_through is None:
        return "judged no day, for none is over and observed yet"
    return f"judged through {report.judged_through}"


def _why_pending(report: StreaksReport) -> str:
    """Return why members are pending: their last days are over, but not seen to their end."""
    if report.started_at is None:
        return "not observed"
    return f"not observed since {report.started_at.date() - timedelta(days=1)} ended"
