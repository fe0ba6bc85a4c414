"""A finished figure as bytes; the same figure gives the same files."""

from __future__ import annotations

import io
from typing import Any

STYLE: dict[Any, Any] = {"svg.hashsalt": "effbench", "svg.fonttype": "none", "font.size": 9}
"""For ``matplotlib.rc_context``: identifiers in SVG that do not change from run to run, and text that stays text."""


COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""People with any colour vision can tell them apart (Okabe and Ito 2008); markers differ, too."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def saved(figure: Any) -> dict[str, bytes]:
    """``{"png": …, "svg": …}``."""
    return {kind: _saved(figure, kind) for kind in ("png", "svg")}


def _saved(figure: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    figure.savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()
