"""One self-contained HTML page: a template, its styles and scripts beside this file, and the data put into it.

Nothing is loaded from anywhere: the page's own policy (``Content-Security-Policy``) forbids it, and allows only the
scripts and styles whose digests it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from string import Template

from effbench.render.plain import json_value

SCRIPTS = (
    "elements.js",
    "numbers.js",
    "pricing.js",
    "state.js",
    "save.js",
    "pareto.js",
    "plot.js",
    "details.js",
    "table.js",
    "models.js",
    "scatter.js",
    "atlas.js",
    "slider.js",
    "maps.js",
    "claims.js",
    "speeds.js",
    "profiles.js",
    "roofline.js",
    "conventions.js",
    "main.js",
)
"""In the order in which they build on each other."""

STYLES = ("page.css", "controls.css", "tables.css", "charts.css", "parts.css", "atlas.css", "narrow.css")

MAX_BYTES = 5_000_000
"""A page larger than this is not one to send to somebody."""


def page(data: object) -> bytes:
    """The page with this data (``report.data.data.page_data``); the same data gives the same bytes."""
    script = '"use strict";\n(() => {\n' + "\n".join(map(_text, SCRIPTS)) + "})();\n"
    style = "\n".join(map(_text, STYLES))
    policy = (
        f"default-src 'none'; script-src 'sha256-{_digest(script)}'; style-src 'sha256-{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = Template(_text("page.html")).substitute(policy=policy, style=style, script=script, data=_embedded(data))
    return filled.encode()


def _embedded(data: object) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=json_value)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
