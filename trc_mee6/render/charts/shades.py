"""Numbers as a few shades, from nothing to most, with what each shade means."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from trc_mee6.render.charts.canvas import NARROW, NARROWEST, altair, is_narrow

_MOST = 4  # shades beside that of nothing
_LETTER, _AROUND = 6, 27  # pixels of a legend: of a letter; of an entry's square and space
_BEFORE = 90  # pixels that a legend does not have: before the plot, of its title, at the edges


class Shades(NamedTuple):
    """How numbers are shaded: as many of them in each shade, but for those that are none.

    Attributes:
        tops: the greatest number of each shade, least first. The last shade is always the darkest,
            so that a few numbers are seen well.
    """

    tops: tuple[int, ...]

    @property
    def labels(self) -> dict[int, str]:
        """What each shade that there is means, 0 what is not above 0."""
        meanings = (
            f"{below + 1:,} to {top:,}" if below + 1 < top else f"{top:,}"
            for below, top in pairwise((0, *self.tops))
        )
        return {0: "none", **dict(enumerate(meanings, start=self._first))}

    @property
    def _first(self) -> int:
        return 1 + _MOST - len(self.tops)

    def shade(self, number: int) -> int:
        """Return which shade a number has, from 1 to 4, or 0 if it is not above 0."""
        if number <= 0:
            return 0
        return next(n for n, top in enumerate(self.tops, start=self._first) if number <= top)

    def colour(self, unit: str, width: int) -> Any:
        """Return the colour of what has its label in a field `shade`, with a legend.

        Args:
            width: of the chart in pixels.
        """
        labels = self.labels
        # A page may become as narrow as its layout allows.
        least = NARROWEST if is_narrow(width) else NARROW
        return (
            altair()
            .Color("shade:N")
            .scale(domain=[labels.get(n, f"unused {n}") for n in range(_MOST + 1)], range="heatmap")
            .legend(
                title=unit,
                values=[*labels.values()],
                symbolLimit=0,
                columns=_columns([*labels.values()], least - _BEFORE),
            )
        )


def _columns(labels: list[str], room: int) -> int:
    """Return in how many columns a legend fits, each as wide as its longest label."""
    for columns in range(len(labels), 1, -1):
        longest = (max(map(len, labels[first::columns])) for first in range(columns))
        if sum(length * _LETTER + _AROUND for length in longest) <= room:
            return columns
    return 1


def shades(numbers: Iterable[int]) -> Shades:
    """Return up to four shades for numbers, beside that of nothing."""
    some = sorted(number for number in numbers if number > 0)
    quarters = (some[(len(some) * n - 1) // _MOST] for n in range(1, _MOST + 1)) if some else ()
    return Shades(tuple(sorted(set(quarters))))
