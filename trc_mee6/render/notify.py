"""How a test of who is told went, for people and for programs."""

from collections.abc import Sequence

from trc_mee6.render.documents import Document
from trc_mee6.render.terminal import Column, show_table
from trc_mee6.report import Arrival
from trc_mee6.text import printable


def document(arrivals: Sequence[Arrival]) -> Document:
    """Return the JSON document."""
    return {
        "command": "notify test",
        "status": "failed" if any(one.problem for one in arrivals) else "ok",
        "receivers": [
            {"receiver": one.receiver, "arrived": one.problem is None, "reason": one.problem}
            for one in arrivals
        ],
    }


def line(arrival: Arrival) -> str:
    """Return what became of one message, in a line."""
    return printable(f"{arrival.receiver}: {_how(arrival)}")


def show(arrivals: Sequence[Arrival]) -> None:
    """Write what became of all as a table."""
    columns = (Column("Receiver", longest=None), Column("Test message", longest=None))
    show_table(columns, [(one.receiver, _how(one)) for one in arrivals])


def _how(arrival: Arrival) -> str:
    return "arrived" if arrival.problem is None else f"did not arrive: {arrival.problem}"
