"""Members, for people and for programs."""

from collections.abc import Iterable
from dataclasses import asdict

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.render.terminal import Column, number, show_table
from trc_mee6.report import Activity, MemberState, Transaction

_COLUMNS = (
    Column("Discord id", whole=True),
    Column("Member id"),
    Column("Name"),
    Column("Linked", whole=True),
    Column("Points", numeric=True, style="bold green"),
    Column("XP total", numeric=True),
    Column("Leftover", numeric=True),
    Column("Level", numeric=True, style="cyan"),
    Column("Observed (UTC)", whole=True),
)


def document(state: MemberState) -> Document:
    """Return a member as documents write it."""
    return asdict(state) | {
        "discord_id": discord_id(state.discord_id),
        "last_active_on": day(state.last_active_on),
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
    observed = state.last_observed_at
    return (
        str(state.discord_id),
        state.member_id or "",
        state.username or "",
        "yes" if state.linked else "no",
        number(state.points),
        number(state.xp_total),
        number(state.leftover_xp),
        number(state.level),
        f"{observed:%Y-%m-%d %H:%M}" if observed else "never",
    )


def show_details(
    state: MemberState, activity: list[Activity], transactions: list[Transaction]
) -> None:
    """Write what is known of one member: how it stands, and the newest lines behind it."""
    show_table(_COLUMNS, [_cells(state)])
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
