"""Names and other labels: short enough for the picture, and none upon another."""

from collections.abc import Sequence
from typing import NamedTuple

from trc_mee6.text import name


class _Block(NamedTuple):
    """Labels that stand one right under the other.

    Attributes:
        wanted: sum of where the first label would stand for each of them to be where it should.
    """

    wanted: float
    labels: int

    @property
    def first(self) -> float:
        return self.wanted / self.labels


def apart(wanted: Sequence[float], gap: float, highest: float, lowest: float) -> list[float]:
    """Return where labels stand: moved as little as can be, so that none lies upon another.

    Args:
        wanted: where each should be, from the top, in ascending order; in pixels like all here.
        gap: how far apart two must be.
        highest, lowest: the first and last place there is; with too little of it, the labels run
            over the lower end.
    """
    blocks: list[_Block] = []
    for number, place in enumerate(wanted):
        block = _Block(place - number * gap, 1)
        while blocks and blocks[-1].first >= block.first:
            above = blocks.pop()
            block = _Block(above.wanted + block.wanted, above.labels + block.labels)
        blocks.append(block)
    last_start = max(highest, lowest - (len(wanted) - 1) * gap)
    starts = [min(max(b.first, highest), last_start) for b in blocks for _ in range(b.labels)]
    return [start + number * gap for number, start in enumerate(starts)]


def short_name(username: str | None, discord_id: int, cells: int) -> str:
    """Return a member's name, or the id where none is known, cut to a width in cells."""
    return _shortened(name(username), cells) or str(discord_id)


def guild_of(guild_name: str | None, guild_id: int) -> str:
    """Return what a guild is called below a title, short enough for a phone."""
    return _shortened(name(guild_name), 40) or f"Guild {guild_id}"


def _shortened(text: str, cells: int) -> str:
    from rich.cells import cell_len

    shown = " ".join(text.split())
    if cell_len(shown) <= cells:
        return shown
    while cell_len(shown) >= cells:
        shown = shown[:-1]
    return f"{shown.rstrip()}…"
