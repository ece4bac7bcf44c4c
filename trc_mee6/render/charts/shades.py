"""Numbers as a few shades, from nothing to most, with what each shade means."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from trc_mee6.render.charts.canvas import altair

_NONE = "none"


class Shades(NamedTuple):
    """How numbers are shaded: as many of them in each shade, but for those that are none.

    Attributes:
        tops: the greatest number of each shade, least first.
    """

    tops: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """What each shade means, the first for what is not above 0."""
        return [
            _NONE,
            *(
                f"{below + 1:,} to {top:,}" if below + 1 < top else f"{top:,}"
                for below, top in pairwise((0, *self.tops))
            ),
        ]

    def shade(self, number: int) -> int:
        """Return which shade a number has, 0 if it is not above 0."""
        if number <= 0:
            return 0
        return 1 + next(n for n, top in enumerate(self.tops) if number <= top)

    def colour(self, unit: str) -> Any:
        """Return the colour of what has its label in a field `shade`, with a legend."""
        return (
            altair()
            .Color("shade:N")
            .scale(domain=self.labels, range="heatmap")
            .legend(title=unit, symbolLimit=0)
        )


def shades(numbers: Iterable[int]) -> Shades:
    """Return up to four shades for numbers."""
    some = sorted(number for number in numbers if number > 0)
    quarters = (some[(len(some) * n - 1) // 4] for n in range(1, 5)) if some else ()
    return Shades(tuple(sorted(set(quarters))))
