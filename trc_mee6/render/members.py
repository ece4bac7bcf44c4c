"""Members, for people and for programs."""

from collections.abc import Iterable
from dataclasses import asdict

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Activity, MemberState, Transaction

_COLUMNS = (
    Column("Discord id", whole=True),
    Column("Name"),
    Column("Points", numeric=True, style="bold green"),
    Column("XP total", numeric=True),
    Column("Observed (UTC)", whole=True),
)


def document(state: MemberState) -> Document:
    """Return a member as documents write it."""
    return asdict(state) | {
        "discord_id": discord_id(state.discord_id),
        "last_active_on": day(state.last_active_on),
        "judged_through": day(state.judged_through),
        "last_observed_at": moment(state.last_observed_at),
    }


def details_document(
    state: MemberState, activity: list[Activity], transactions: list[Transaction]
) -> Document:
    """Return the document of `members show`."""
    return {
        "member": document(state),
        "activity": [
            asdict(row)
            | {
                "window_start": moment(row.window_start),
                "synced_at": moment(row.synced_at),
                "day": day(row.day),
            }
            for row in activity
        ],
        "transactions": [
            asdict(row) | {"occurred_at": moment(row.occurred_at), "day": day(row.day)}
            for row in transactions
        ],
    }


def show_list(states: Iterable[MemberState]) -> None:
    """Write the registry as a table."""
    show_table(_COLUMNS, map(_cells, states))


def _cells(state: MemberState) -> tuple[str, ...]:
    own = f" ({state.member_id})" if state.member_id else ""
    gone = "" if state.linked else ", unlinked"
    return (
        str(state.discord_id),
        f"{state.username or '-'}{own}{gone}",
        number(state.points),
        number(state.xp_total),
        _observed(state),
    )


def _observed(state: MemberState) -> str:
    observed = state.last_observed_at
    return f"{observed:%Y-%m-%d %H:%M}" if observed else "never"


def _facts(state: MemberState) -> tuple[tuple[str, str], ...]:
    return (
        ("Name", state.username or "-"),
        ("Your id", state.member_id or "-"),
        ("Linked", "yes" if state.linked else "no"),
        ("Points", f"{number(state.points)}, of them {number(state.mee6_points)} from XP"),
        ("XP total", number(state.xp_total)),
        ("Baseline", number(state.baseline_xp)),
        ("Leftover XP", number(state.leftover_xp)),
        ("Level", number(state.level)),
        ("Messages", number(state.messages)),
        ("Observed (UTC)", _observed(state)),
    )


def show_details(
    state: MemberState, activity: list[Activity], transactions: list[Transaction]
) -> None:
    """Write what is known of one member: how it stands, and the newest lines behind it."""
    who = Column(str(state.discord_id), style="bold", whole=True)
    show_table((who, Column("", longest=None)), _facts(state))
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
