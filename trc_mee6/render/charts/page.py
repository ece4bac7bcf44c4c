"""A chart as a page that stands alone: its libraries are inside, and nothing is ever loaded.

The policy in it lets the one script and the one style of the page through, and nothing else: no
address, no code made from text (Vega's expressions are interpreted), no attribute with script.
"""

import base64
import hashlib
import html
import json
from functools import cache
from typing import Any

from trc_mee6.render.charts.canvas import NARROWEST, vl_convert
from trc_mee6.render.charts.theme import Scheme, config, page_colours

_SCRIPT = """
const given = JSON.parse(document.getElementById("given").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia(`(max-width: ${given.narrow - 1}px)`);
const tip = document.getElementById("tip");
function tell(_, event, item, text) {
  tip.hidden = !text;
  tip.textContent = text || "";
  tip.style.left = `${Math.min(event.pageX + 12, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${event.pageY + 12}px`;
}
function draw() {
  const scheme = given.scheme || (dark.matches ? "dark" : "light");
  const size = narrow.matches ? "narrow" : "wide";
  document.documentElement.className = scheme;
  vegaEmbed("#chart", given.charts[size], {
    config: given.configs[scheme][size], renderer: "svg", actions: false, ast: true,
    defaultStyle: false, tooltip: tell,
  });
}
dark.addEventListener("change", draw);
narrow.addEventListener("change", draw);
draw();
"""


def page(charts: dict[str, dict[str, Any]], narrow: int, scheme: Scheme | None) -> str:
    """Return the page.

    Args:
        charts: the chart's descriptions, `wide` and `narrow`.
        narrow: below this width of the window, in pixels, the latter is shown.
        scheme: None to follow the reader's.

    Raises:
        ConfigError: the extra `charts` is not installed.
    """
    given = {
        "charts": charts,
        "configs": {
            one: {"wide": config(one, narrow), "narrow": config(one, NARROWEST)} for one in Scheme
        },
        "narrow": narrow,
        "scheme": scheme,
    }
    script = _whole_script()
    style = _style()
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        " base-uri 'none'; form-action 'none'"
    )
    heading = charts["wide"]["title"]
    title = html.escape(f"{heading['text']}, {heading['subtitle'][0]}")
    # As ASCII, with no sign that could end the element it stands in.
    data = json.dumps(given, sort_keys=True).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="chart"></div>
<div id="tip" hidden></div>
<script type="application/json" id="given">{data}</script>
<script>{script}</script>
</body>
</html>
"""


@cache
def _whole_script() -> str:
    """Return the script with its libraries, the same for every page; it takes a second to make."""
    return str(vl_convert().javascript_bundle(_SCRIPT))


def _style() -> str:
    schemes = ""
    for scheme in Scheme:
        background, text, line = page_colours(scheme)
        schemes += (
            f"\n.{scheme} {{ color-scheme: {scheme}; background: {background}; color: {text} }}"
            f"\n.{scheme} #tip {{ background: {background}; border-color: {line} }}"
        )
    return f"""
body {{ margin: 0 auto; max-width: 1200px; font: 14px sans-serif }}
#chart {{ width: 100% }}
#tip {{ position: absolute; padding: 4px 8px; border: 1px solid; border-radius: 4px;
  white-space: pre; pointer-events: none }}{schemes}
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
