"""Charts as pictures: one description of each in altair, from which PNG, SVG and HTML are made.

Each kind of chart has a file that describes it. A description names no colours; those are the
theme's. The same chart gives the same bytes, wherever the same fonts are installed.
"""

import json
import re
from html import escape
from typing import Any

from trc_mee6.render.charts import activity, growth, levels, page, year
from trc_mee6.render.charts.canvas import NARROW, NARROWEST, vl_convert
from trc_mee6.render.charts.theme import Scheme, config, dark_rules
from trc_mee6.report import ActivityHours, Growth, Levels, MemberYear

__all__ = ["WIDTH", "Chart", "Scheme", "dark_rules", "html", "png", "svg"]

Chart = Growth | Levels | ActivityHours | MemberYear
WIDTH = 800  # pixels
_SHARPNESS = 2
# What makes one emoji of several. The library shows boxes for those in a PNG, so there the parts
# stand one by one, without their skin colours.
_JOINING = re.compile(
    "\u200d(?=[\u2600-\u27bf\U0001f000-\U0001faff])|[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]"
)


def png(chart: Chart, *, scheme: Scheme = Scheme.LIGHT, width: int = WIDTH) -> bytes:
    """Return a picture of a chart, with two pixels for each of the width.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    drawing = _description(chart, width) | {"config": config(scheme, width)}
    text = _JOINING.sub("", json.dumps(drawing, ensure_ascii=False))
    return bytes(vl_convert().vegalite_to_png(text, scale=_SHARPNESS))


def svg(chart: Chart, *, scheme: Scheme | None = None, width: int = WIDTH) -> str:
    """Return a drawing of a chart; without a scheme it follows its reader's.

    It contains no script, no address and no id, so that a page can hold several. Where a page
    sees to the colours itself, give LIGHT, and `dark_rules()` to the page's style.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    drawing = _description(chart, width) | {"config": config(scheme or Scheme.LIGHT, width)}
    head, bracket, rest = str(vl_convert().vegalite_to_svg(drawing)).partition(">")
    said = escape(drawing["description"])  # by a screen reader
    style = f"<style>@media (prefers-color-scheme:dark){{{dark_rules()}}}</style>"
    return f'{head} role="img" aria-label="{said}"{bracket}{"" if scheme else style}{rest}'


def html(chart: Chart, *, scheme: Scheme | None = None) -> str:
    """Return a page that shows a chart, wide or narrow as its window is, and loads nothing.

    Without a scheme it follows its reader's.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    charts = {
        size: _description(chart, width, interactive=True) | {"width": "container"}
        for size, width in (("wide", WIDTH), ("narrow", NARROWEST))
    }
    return page.page(charts, NARROW, scheme)


def _description(chart: Chart, width: int, *, interactive: bool = False) -> dict[str, Any]:
    """Return a chart in Vega-Lite, without colours."""
    if isinstance(chart, Growth):
        drawing = growth.drawing(chart, width, interactive=interactive)
    elif isinstance(chart, Levels):
        drawing = levels.drawing(chart, width)
    elif isinstance(chart, ActivityHours):
        drawing = activity.drawing(chart, width)
    else:
        drawing = year.drawing(chart, width)
    description: dict[str, Any] = drawing.to_dict(validate=False)  # the tests do, it takes long
    del description["config"]  # altair's own
    return description
