"""Members, for people and for programs."""

from collections.abc import Iterable
from dataclasses import asdict

from trc_mee6.render.documents import Document, day, discord_id, moment
from trc_mee6.render.terminal import LONGEST_CELL, Column, number, show_table
from trc_mee6.report import MemberState
from trc_mee6.text import name

_SHORTEST_NAME = 12  # characters that are left of a name before an id
_COLUMNS = (
    Column("Discord id", whole=True),
    Column("Name"),
    Column("Points", numeric=True, style="bold green"),
    Column("XP total", numeric=True),
    Column("Streak", numeric=True, style="magenta", spare=1),
    Column("Last active", whole=True, spare=2),
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


def show_list(states: Iterable[MemberState]) -> None:
    """Write the registry as a table."""
    show_table(_COLUMNS, map(_cells, states))


def _cells(state: MemberState) -> tuple[str, ...]:
    own = f" ({name(state.member_id)})" if state.member_id else ""
    gone = "" if state.linked else ", unlinked"
    room = max(_SHORTEST_NAME, LONGEST_CELL - len(own + gone))  # what follows it counts as much
    return (
        str(state.discord_id),
        f"{name(state.username, room) or '-'}{own}{gone}",
        number(state.points),
        number(state.xp_total),
        number(state.current_streak),
        str(state.last_active_on or "-"),
        _observed(state),
    )


def _observed(state: MemberState) -> str:
    observed = state.last_observed_at
    return f"{observed:%Y-%m-%d %H:%M}" if observed else "never"


def facts(state: MemberState) -> tuple[tuple[str, str], ...]:
    """Return what is known of a member, each with a name for it."""
    return (
        ("Name", name(state.username) or "-"),
        ("Your id", name(state.member_id) or "-"),
        ("Linked", "yes" if state.linked else "no"),
        ("Points", f"{number(state.points)}, of them {number(state.mee6_points)} from XP"),
        ("XP total", number(state.xp_total)),
        ("Baseline", number(state.baseline_xp)),
        ("Leftover XP", number(state.leftover_xp)),
        ("Level", number(state.level)),
        ("Messages", number(state.messages)),
        ("Observed (UTC)", _observed(state)),
    )
