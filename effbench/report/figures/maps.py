"""Maps of layer counts: FLOPs by formula, and committed ones of trained accuracy and measured latency."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from effbench.cost.convention import convention
from effbench.maps.figure import draw
from effbench.maps.flops import paper_map
from effbench.maps.paper import PRESETS, paper_grid
from effbench.report.data.measured_maps import measured_maps
from effbench.report.figures.figure import Figure

WHAT = {"accuracy": "accuracy of trained networks", "latency": "measured latency"}


def flops_map_figures() -> list[Figure]:
    """One figure per map of the RAViT paper."""
    return [_flops_map(dataset) for dataset in PRESETS]


def _flops_map(dataset: str) -> Figure:
    made = paper_map(paper_grid(dataset, convention("ravit")))
    return Figure(
        name=f"layer_map_{dataset}",
        title=f"RAViT on {dataset}: FLOPs by layer counts (arXiv:2602.24159, Figures 3 and 5)",
        rows=made.rows,
        draw=partial(draw, made),
    )


def measured_map_figures(root: Path) -> list[Figure]:
    """One figure per committed map, drawn again from its numbers."""
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
