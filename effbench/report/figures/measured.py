"""Committed rooflines, drawn again from their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from effbench.profiling.roofline_figure import draw as draw_roofline
from effbench.report.data.roofline import roofline_rows
from effbench.report.figures.figure import Figure


def roofline_figures(root: Path) -> list[Figure]:
    """Each committed roofline."""
    return [_roofline(one) for one in roofline_rows(root)]


def _roofline(one: Mapping[str, Any]) -> Figure:
    first = one["rows"][0]
    setting = f"{first['device']}, {first['dtype']}, batch {first['batch']}, {first['size']}²"
    title = f"Roofline: {setting}"
    return Figure(
        name=one["name"],
        title=f"{title}; measured by effbench roofline, record {one['file']}",
        rows=one["rows"],
        draw=partial(
            draw_roofline, one["rows"], flop_per_s=one["flop_per_s"], byte_per_s=one["byte_per_s"], title=title
        ),
    )
