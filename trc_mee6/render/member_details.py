"""One member with all that is known, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta

from trc_mee6.render import calendar, members
from trc_mee6.render.documents import Document, day, moment
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import (
    Activity,
    MemberDetails,
    SourcePoints,
    StreakAccount,
    StreakStatus,
    Transaction,
    XpAccount,
)

_DAY = timedelta(days=1)


def document(details: MemberDetails) -> Document:
    """Return the document of `members show`."""
    return {
        "member": members.document(details.state),
        "points_by_source": [source._asdict() for source in details.points_by_source],
        "xp": asdict(details.xp) | {"baseline_at": moment(details.xp.baseline_at)},
        "streak": {
            name: day(value) if isinstance(value, date) else value
            for name, value in asdict(details.streak).items()
        },
        "days": [{"day": day(one.day), "kind": one.kind} for one in details.days],
        "activity": [
            asdict(row)
            | {
                "window_start": moment(row.window_start),
                "synced_at": moment(row.synced_at),
                "day": day(row.day),
            }
            for row in details.activity
        ],
        "transactions": [
            asdict(row) | {"occurred_at": moment(row.occurred_at), "day": day(row.day)}
            for row in details.transactions
        ],
    }


def show(details: MemberDetails) -> None:
    """Write how a member stands, where that comes from, and the newest lines behind it."""
    who = Column(str(details.state.discord_id), style="bold", whole=True)
    facts = (
        *members.facts(details.state),
        ("Points from XP", arithmetic(details.xp)),
        ("XP per point", number(details.xp.xp_per_point)),
        ("Streak", _streak(details)),
        ("Why", " ".join(why(details))),
        ("Last active day", _weekday(details.state.last_active_on)),
        ("Judged through", _judged_through(details.streak)),
    )
    show_table((who, Column("", longest=None)), facts)
    _show_sources(details.points_by_source, details.state.points)
    calendar.show(details.days)
    _show_activity(details.activity)
    _show_transactions(details.transactions)


def arithmetic(xp: XpAccount) -> str:
    """Return in one line how the points from XP come about (R1)."""
    if xp.xp_total is None or xp.baseline_xp is None:
        made, terms = xp.awarded_xp, f"awarded {number(xp.awarded_xp)}"
    else:
        made = xp.xp_total - xp.baseline_xp + xp.awarded_xp
        since = f" ({xp.baseline_at.date()})" if xp.baseline_at else ""
        terms = (
            f"XP total {number(xp.xp_total)} - baseline {number(xp.baseline_xp)}{since}"
            f" + awarded {number(xp.awarded_xp)}"
        )
    points = xp.points - xp.points_before
    line = (
        f"{terms} = {number(made)}: {_count(points, 'point')} and {number(xp.leftover_xp)} XP left"
        " over"
    )
    if xp.points_before:
        line += (
            f"; with the {number(xp.points_before)} from before the baseline {number(xp.points)}"
        )
    return line if xp.xp_total is not None else f"no baseline yet; {line}"


def _streak(details: MemberDetails) -> str:
    state = details.state
    if state.current_streak is None:
        return "-"
    return f"{number(state.current_streak)}, the longest {number(state.longest_streak)}"


def why(details: MemberDetails) -> Iterator[str]:
    """Give the sentences that say why the streak stands where it stands (R9, R10)."""
    streak = details.streak
    if streak.status is StreakStatus.UNOBSERVED:
        yield "Not observed yet: run trc-mee6 sync."
        return
    if streak.status is StreakStatus.UNJUDGED:
        yield "Not judged yet: run trc-mee6 streaks."
    elif streak.status is StreakStatus.TO_JUDGE_ANEW:
        yield "To be judged anew at the next run, after a late award."
    else:
        yield _grounds(streak, details.state.current_streak or 0)
        yield from _waiting(streak)
    if streak.pending and streak.observed_through:
        yield f"Pending: not observed since {_weekday(details.today - _DAY)} ended."
    elif not details.state.linked:
        yield "Not linked, so no further day is observed."


def _grounds(streak: StreakAccount, current: int) -> str:
    first, inactive = _weekday(streak.first_observed_on), streak.last_inactive_on
    ended = f"{_weekday(inactive)} was inactive"
    if not current or streak.counts_from is None:
        if inactive is None:
            return f"0: no weekday was active yet, nor inactive, since the first, {first}."
        return f"0: {ended}."
    counted = f"{_count(current, 'active weekday')} since {_weekday(streak.counts_from)}"
    if inactive is None:
        return f"{counted}; no inactive weekday since the first observation, {first}."
    return f"{counted}; {ended}."


def _waiting(streak: StreakAccount) -> Iterator[str]:
    """Say from which day on days are judged at the next run, if any wait for that."""
    judged, observed = streak.judged_through, streak.observed_through
    if judged is not None and observed is not None and judged < observed:
        yield f"Days from {_weekday(judged + _DAY)} on are judged at the next run."


def _judged_through(streak: StreakAccount) -> str:
    through, first = streak.judged_through, streak.first_observed_on
    if through is None or first is None:
        return "-"
    return _weekday(through) if through >= first else "no day is over yet"


def _weekday(value: date | None) -> str:
    return "-" if value is None else f"{value:%a} {value}"


def _count(value: int, what: str) -> str:
    return f"{number(value)} {what}{'' if value == 1 else 's'}"


def _show_sources(sources: Sequence[SourcePoints], balance: int) -> None:
    rows = [(one.source, number(one.lines), number(one.points)) for one in sources]
    lines = sum(one.lines for one in sources)
    show_table(
        (
            Column("Source"),
            Column("Lines", numeric=True),
            Column("Points", numeric=True, style="bold green"),
        ),
        [*rows, ("Balance", number(lines), number(balance))],
        "Points by source",
    )


def _show_activity(activity: Sequence[Activity]) -> None:
    show_table(
        (
            Column("Observed (UTC)", whole=True),
            Column("What", whole=True),
            Column("Change", numeric=True),
            Column("XP total", numeric=True),
            Column("Counts for", whole=True),
        ),
        (
            (
                f"{row.synced_at:%Y-%m-%d %H:%M}",
                row.activity_type,
                "" if row.xp_delta is None else f"{row.xp_delta:+,}",
                number(row.xp_total),
                str(row.day or ""),
            )
            for row in activity
        ),
        "Newest activity",
    )


def _show_transactions(transactions: Sequence[Transaction]) -> None:
    show_table(
        (
            Column("Booked for (UTC)", whole=True),
            Column("Source"),
            Column("Key"),
            Column("Points", numeric=True, style="bold green"),
            Column("Reason"),
        ),
        (
            (
                f"{row.occurred_at:%Y-%m-%d %H:%M}",
                row.source,
                row.key,
                f"{row.points:+,}",
                row.reason or "",
            )
            for row in transactions
        ),
        "Newest ledger lines",
    )
