"""Layer-count maps of the RAViT paper under every convention, for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from effbench.cost.convention import conventions
from effbench.maps.grid import Grid
from effbench.maps.paper import PRESETS, paper_grid


@dataclass(frozen=True)
class MapRow:
    """The map of a data set. Attributes: grids: by convention; they have the same networks."""

    grids: Mapping[str, Grid]

    def plain(self) -> dict[str, object]:
        """The map as the page has it: models and costs of one image, one line per row of the map."""
        any_grid = next(iter(self.grids.values()))
        lines = any_grid.axes.lines
        return {
            "dataset": any_grid.dataset,
            **any_grid.axes.plain(),
            "names": lines([cell.model for cell in any_grid.cells]),
            "baseline": any_grid.baseline.model,
            "values": {name: lines([cell.cost for cell in grid.cells]) for name, grid in self.grids.items()},
            "baseline_values": {name: grid.baseline.cost for name, grid in self.grids.items()},
        }


def map_rows() -> list[MapRow]:
    """One map per data set of the paper."""
    return [MapRow({name: paper_grid(dataset, one) for name, one in conventions().items()}) for dataset in PRESETS]
