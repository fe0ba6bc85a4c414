"""A finished figure as bytes; the same figure gives the same files."""

from __future__ import annotations

import io
from typing import Any

STYLE: dict[Any, Any] = {"svg.hashsalt": "effbench", "svg.fonttype": "none", "font.size": 9}
"""For ``matplotlib.rc_context``: identifiers in SVG that do not change from run to run, and text that stays text."""


def saved(figure: Any) -> dict[str, bytes]:
    """``{"png": …, "svg": …}``."""
    return {kind: _saved(figure, kind) for kind in ("png", "svg")}


def _saved(figure: Any, kind: str) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    figure.savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()
