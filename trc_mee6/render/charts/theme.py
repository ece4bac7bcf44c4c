"""The colours of charts, light and dark, told apart by people who see colours in other ways too.

The lines are Okabe and Ito's palette, lighter in the dark. A chart's description names no colour:
it takes what the theme has, so that one description gives both schemes.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from trc_mee6.render.charts.canvas import font_size


class Scheme(StrEnum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class _Colours:
    """The colours of one scheme; none twice, so that one can be replaced by another.

    Attributes:
        muted: of what is not to be read first.
        lines: in the order in which lines take them.
        shades: from nothing to most.
        mark: of what stands out.
    """

    background: str
    text: str
    muted: str
    grid: str
    lines: tuple[str, ...]
    shades: tuple[str, ...]
    mark: str


_COLOURS = {
    Scheme.LIGHT: _Colours(
        "#ffffff", "#1f2328", "#57606a", "#e1e4e8",
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d"),
        ("#eff2f5", "#c6dbef", "#6baed6", "#2171b5", "#08306b"), "#b34700",
    ),
    Scheme.DARK: _Colours(
        "#16181d", "#e6edf3", "#9aa4af", "#2f353d",
        ("#56b5ea", "#f0883e", "#2bc48a", "#e39ac4", "#f0e442", "#8c9eff", "#d0d7de"),
        ("#22272e", "#1d3f66", "#2b6cb0", "#63a4e0", "#cfe6ff"), "#ffb454",
    ),
}  # fmt: skip
FONT = "sans-serif"
_PADDING = 10  # pixels around all


def config(scheme: Scheme, width: int) -> dict[str, Any]:
    """Return what Vega-Lite calls a config: how everything looks that a chart leaves open."""
    colours, size = _COLOURS[scheme], font_size(width)
    return {
        "background": colours.background,
        "font": FONT,
        "padding": _PADDING,
        "view": {"stroke": None},
        "title": {
            "anchor": "start", "frame": "bounds", "offset": 12, "limit": width - 2 * _PADDING,
            "color": colours.text, "fontSize": size + 3, "fontWeight": 600,
            "subtitleColor": colours.muted, "subtitleFontSize": size - 1, "subtitlePadding": 4,
        },
        "axis": _small(colours, size) | {
            "gridColor": colours.grid, "domainColor": colours.grid, "tickColor": colours.grid,
            "labelPadding": 4,
        },
        "legend": _small(colours, size) | {
            "orient": "bottom", "direction": "horizontal", "titleOrient": "left", "offset": 10,
            "symbolType": "square", "symbolSize": 120, "symbolStrokeWidth": 0,
            "columnPadding": 12,
        },
        "range": {"category": list(colours.lines), "heatmap": list(colours.shades)},
        "text": {"color": colours.text, "fontSize": size},
        "line": {"strokeWidth": 2, "strokeJoin": "round", "strokeCap": "butt"},
        "style": {
            "bars": {"color": colours.lines[0]},
            "muted": {"color": colours.muted, "fontSize": size - 1},
            "outline": {"color": colours.mark, "strokeWidth": 1.5},
        },
    }  # fmt: skip


def _small(colours: _Colours, size: int) -> dict[str, Any]:
    """Return the text of what explains a chart."""
    return {
        "labelColor": colours.muted, "labelFontSize": size - 1,
        "titleColor": colours.muted, "titleFontSize": size - 1, "titleFontWeight": "normal",
    }  # fmt: skip


def dark_rules() -> str:
    """Return CSS that turns a light chart in SVG dark."""
    light, dark = _flat(_COLOURS[Scheme.LIGHT]), _flat(_COLOURS[Scheme.DARK])
    return "".join(
        f'[fill="{old}"]{{fill:{new}}}[stroke="{old}"]{{stroke:{new}}}'
        for old, new in zip(light, dark, strict=True)
    )


def _flat(colours: _Colours) -> list[str]:
    return [
        colour
        for value in asdict(colours).values()
        for colour in ([value] if isinstance(value, str) else value)
    ]


def page_colours(scheme: Scheme) -> tuple[str, str, str]:
    """Return background, text and lines of what is around a chart in a page."""
    colours = _COLOURS[scheme]
    return colours.background, colours.text, colours.grid
