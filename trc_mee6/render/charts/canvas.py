"""What all charts are drawn on: the libraries, the title, the size."""

from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from trc_mee6.errors import ConfigError
from trc_mee6.rules.days import midnight
from trc_mee6.text import printable

if TYPE_CHECKING:
    from types import ModuleType

NARROW = 600  # pixels; below, a chart is laid out for a phone
NARROWEST = 320  # pixels
_HEIGHTS = 5  # about so many does an axis name
Row = dict[str, Any]  # what one mark shows


def altair() -> "ModuleType":
    """Return the library that describes charts.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import altair as loaded
    except ImportError as error:
        raise not_installed(error) from None
    return loaded


def vl_convert() -> "ModuleType":
    """Return the library that draws what altair describes.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import vl_convert as loaded
    except ImportError as error:
        raise not_installed(error) from None
    return loaded


def plotext() -> Any:
    """Return the library that plots in a terminal.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import plotext as loaded
    except ImportError as error:
        raise not_installed(error) from None
    return loaded


def not_installed(error: ImportError) -> ConfigError:
    """Return what to tell when a library of the extra `charts` is missing."""
    package = printable(str(error.name).partition(".")[0])
    return ConfigError(
        f"Charts need {package}, which is not installed. Install trc-mee6 with its extra charts:"
        " pipx install --force '.[charts]'"
    )


def is_narrow(width: int) -> bool:
    """Say whether a chart of this width is laid out for a phone."""
    return width < NARROW


def font_size(width: int) -> int:
    """Return the size of text in pixels."""
    return 12 if is_narrow(width) else 13


def moment(day: date) -> int:
    """Return the beginning of a UTC day as Vega counts time: milliseconds since 1970."""
    return int(midnight(day).timestamp()) * 1000


def rows(values: list[Row]) -> Any:
    """Return what a chart shows, as altair takes it."""
    return altair().Data(values=values)


def upward(low: int, high: int, form: str = ",d") -> dict[str, Any]:
    """Return an axis of whole numbers from the least to the greatest value, written in a form."""
    if high - low < _HEIGHTS:  # the library would take halves, and show them as whole numbers
        named: dict[str, Any] = {"values": [*range(low, high + 1)]}
    else:
        named = {"tickCount": _HEIGHTS}
    label = f"format(datum.value, '{form}')"
    return named | {"title": None, "ticks": False, "domain": False, "labelExpr": label}


def finished(layers: list[Any], width: int, height: int, title: str, *below: str) -> Any:
    """Return a chart of these layers, `width` pixels wide with all that is around the plot.

    Args:
        height: of the plot alone.
        title: what is shown.
        below: the lines below the title, the guild first. A screen reader is told all of them.
    """
    alt = altair()
    cut_at = width // (font_size(width) // 2)  # about so many characters fit
    lines = [part for line in below for part in wrap(line, cut_at)]
    return alt.layer(*layers).properties(
        width=width,
        height=height,
        title=alt.Title(title, subtitle=lines),
        description=". ".join([title, *lines]),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )


def nothing(width: int, why: str, title: str, *below: str) -> Any:
    """Return a chart that says that there is nothing to show, and why."""
    alt = altair()
    mark = alt.Chart(rows([{}])).mark_text(aria=False).encode(text=alt.value(why))
    return finished([mark], width, 80, title, *below, why)
