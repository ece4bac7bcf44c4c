"""What a run of `sync` or `backfill-baseline` did, for people."""

from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Change, Status, SyncReport
from trc_mee6.text import name, printable


def summary(report: SyncReport) -> str:
    """Return the one line that says what happened."""
    if report.status in (Status.DISABLED, Status.COOLING_DOWN) or (
        report.pages == 0 and report.reason
    ):
        return printable(f"{report.command} {_ending(report)}: {report.reason}")
    members = report.members
    parts = [
        f"{_count(report.players_seen, 'player')} on {_count(report.pages, 'page')}",
        f"{_count(members.tracked, 'member')} tracked",
    ]
    if members.enrolled:
        parts.append(f"{number(members.enrolled)} enrolled")
    if members.baselined:
        parts.append(f"{number(members.baselined)} given a baseline")
    if members.changed:
        parts.append(
            f"{number(members.changed)} changed (XP {_signed(report.xp_gained, report.xp_lost)},"
            f" points {_signed(report.points_awarded, report.points_deducted)})"
        )
    elif not members.baselined and report.exit_code == 0:
        parts.append("nothing changed")
    if members.absent:
        parts.append(f"{number(members.absent)} not on the board")
    would = " (dry run, nothing was written)" if report.dry_run else ""
    reason = f" - {report.reason}" if report.reason else ""
    return printable(f"{report.command} {_ending(report)}{would}: {', '.join(parts)}{reason}")


def show(report: SyncReport) -> None:
    """Write what a run did as a table."""
    if report.pages == 0:
        show_table((Column(report.command, longest=None),), [(summary(report),)])
        return
    members = report.members
    touched = {
        "Enrolled": members.enrolled,
        "Given a baseline": members.baselined,
        "Changed": members.changed,
        "Not on the board": members.absent,
    }
    rows = [
        ("Players", _where_seen(report)),
        ("Members tracked", number(members.tracked)),
        *((title, number(count)) for title, count in touched.items() if count),
        ("XP", _signed(report.xp_gained, report.xp_lost)),
        ("Points", _signed(report.points_awarded, report.points_deducted)),
    ]  # fmt: skip
    if report.reason:
        rows.append(("Why it ended", report.reason))
    would = " (dry run, nothing was written)" if report.dry_run else ""
    columns = (
        Column(f"{report.command} {_ending(report)}", style="bold"),
        Column("", longest=None),
    )
    show_table(columns, rows, would.strip())


def _ending(report: SyncReport) -> str:
    return report.status.replace("_", " ")


def _where_seen(report: SyncReport) -> str:
    part = "" if report.complete_sweep else ", not the whole board"
    return f"{number(report.players_seen)} on {_count(report.pages, 'page')}{part}"


def show_changes(report: SyncReport) -> None:
    """List what a dry run would do, member by member for the first of them."""
    if not report.changes:
        return
    total = report.members.changed + report.members.baselined
    caption = f"the first {len(report.changes)} of {total:,}" if total > len(report.changes) else ""
    columns = (
        Column("Discord id", whole=True), Column("Name"), Column("XP total", numeric=True),
        Column("Change", numeric=True), Column("Points", numeric=True),
    )  # fmt: skip
    show_table(columns, map(_row, report.changes), "Would be written", caption)


def _row(change: Change) -> tuple[str, ...]:
    moved = "baseline" if change.xp_delta is None else f"{change.xp_delta:+,}"
    points = "" if change.xp_delta is None else f"{change.points:+,}"
    return str(change.discord_id), name(change.username), number(change.xp_total), moved, points


def _signed(up: int, down: int) -> str:
    gained, lost = f"+{up:,}", f"-{down:,}"
    return f"{gained} {lost}" if up and down else lost if down else gained


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
