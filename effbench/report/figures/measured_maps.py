"""Committed maps of trained accuracy and measured latency, drawn anew from their numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from effbench.maps import latency_map, trained_map
from effbench.report.data.measured_maps import documents
from effbench.report.figures.figure import Figure

DRAWERS = {"accuracy": trained_map.figure, "latency": latency_map.figure}


def measured_map_figures(root: Path) -> list[Figure]:
    """One figure per committed map."""
    return [_figure(path, document) for path, document in documents(root)]


def _figure(path: Path, document: dict[str, Any]) -> Figure:
    what = {"accuracy": "accuracy of trained networks", "latency": "measured latency"}[document["metric"]]
    return Figure(
        name=f"layer_map_{path.parent.name}_{path.stem.removeprefix('heatmap_')}",
        title=f"RAViT on {document['dataset']}: {what} by layer counts, record {path.as_posix()}",
        rows=document["cells"],
        draw=partial(DRAWERS[document["metric"]], document),
    )
