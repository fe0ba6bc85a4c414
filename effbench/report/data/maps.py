"""Layer-count maps of the RAViT paper under every convention, for the page."""

from __future__ import annotations

from typing import Any

from effbench.cost.convention import conventions
from effbench.maps.layer_grid import PRESETS, layer_grid


def map_rows() -> list[dict[str, Any]]:
    """One map per data set; ``values`` by convention, one line per layer count of the first branch."""
    return [_map(dataset) for dataset in PRESETS]


def _map(dataset: str) -> dict[str, Any]:
    grids = {name: layer_grid(dataset, one) for name, one in conventions().items()}
    any_grid = next(iter(grids.values()))
    return {
        "dataset": dataset,
        "row_branch": any_grid.row_branch,
        "col_branch": any_grid.col_branch,
        "fixed": {str(branch): layers for branch, layers in any_grid.fixed.items()},
        "rows": list(any_grid.rows),
        "cols": list(any_grid.cols),
        "names": [list(line) for line in any_grid.names],
        "baseline": any_grid.baseline,
        "values": {name: [list(line) for line in grid.values] for name, grid in grids.items()},
        "baseline_values": {name: grid.baseline_value for name, grid in grids.items()},
    }
