"""Committed maps of trained accuracy and measured latency by layer counts: what ``effbench heatmap --out`` wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effbench.maps.layer_map import Map
from effbench.maps.record import read_map

SHOWN = {
    "accuracy": ("model", "status", "accuracy", "low", "high", "seeds", "images", "frontier", "cost"),
    "latency": ("model", "status", "latency", "latency_low", "latency_high", "throughput", "cost"),
}
"""Metric -> what the page shows of a network; the page prices the networks itself."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A committed map. Attributes: file: its path below the checkout. map: what is in it."""

    file: Path
    map: Map

    def plain(self) -> dict[str, object]:
        """The map as the page has it: its axes, and its cells line by line."""
        grid, shown = self.map.grid, SHOWN[self.map.metric]
        return {
            "dataset": grid.dataset,
            "metric": self.map.metric,
            **grid.axes.plain(),
            "convention": grid.convention,
            "unit": grid.unit,
            "file": self.file.as_posix(),
            "baseline": grid.baseline.model,
            "cells": grid.axes.lines([{name: row.get(name) for name in shown} for row in self.map.rows]),
            "how": self.map.how,
        }


def measured_maps(root: Path) -> list[Recorded]:
    """Every committed map of accuracy or latency, in alphabetical order.

    Raises:
        EffbenchError: a file that is no map.
    """
    paths = sorted((root / "reports" / "sweeps").glob("*/heatmap_*.json"))
    found = ((path.relative_to(root), read_map(path)) for path in paths)
    return [Recorded(file=path, map=one) for path, one in found if one is not None]
