"""Committed maps of trained accuracy and measured latency, drawn again from their numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from effbench.maps.figure import draw
from effbench.report.data.measured_maps import measured_maps
from effbench.report.figures.figure import Figure

WHAT = {"accuracy": "accuracy of trained networks", "latency": "measured latency"}


def measured_map_figures(root: Path) -> list[Figure]:
    """One figure per committed map."""
    return [
        Figure(
            name=f"layer_map_{one.file.parent.name}_{one.file.stem.removeprefix('heatmap_')}",
            title=f"RAViT on {one.map.grid.dataset}: {WHAT[one.map.metric]} by layer counts, record "
            f"{one.file.as_posix()}",
            rows=one.map.rows,
            draw=partial(draw, one.map),
        )
        for one in measured_maps(root)
    ]
