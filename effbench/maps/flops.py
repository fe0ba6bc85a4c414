"""Costs of networks as a layer of a map, and the maps of cost alone: the paper's networks, or those of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.cost.convention import convention
from effbench.maps.grid import Cell, Grid
from effbench.maps.layer_map import MARKED, Layer, Map, Value
from effbench.maps.selection import Selected
from effbench.render.numbers import scaled

Row = dict[str, object]
"""Plain values of a network by name: the names depend on its branches."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Networks that runs of a store were trained for. Attributes: store: its file, as it was named."""

    store: str
    selected: Selected
    grid: Grid

    def about(self) -> dict[str, object]:
        """What the map is of, as JSON holds it."""
        grid = self.grid
        return {
            "dataset": grid.dataset,
            "store": self.store,
            "experiments": self.selected.experiments,
            "recipe": self.selected.about,
            "exit": grid.exit,
            **grid.axes.plain(),
            "convention": grid.convention,
            "unit": grid.unit,
            "baseline": grid.baseline.model,
            "baseline_value": grid.baseline.cost,
        }

    def rows(self, known: Sequence[Row]) -> list[Row]:
        """The networks with what is ``known`` of each, between its name and its cost."""
        return [{**_place(cell), **row, **self._cost(cell)} for cell, row in zip(self.grid.cells, known, strict=True)]

    def _cost(self, cell: Cell) -> Row:
        grid, cost = self.grid, cell.cost or None
        percent = cost and grid.percent(cost)
        return {"convention": grid.convention, "cost": cost, "unit": grid.unit, "percent_of_baseline": percent}

    def costs(self) -> Layer:
        """What each network costs, as a table."""
        grid = self.grid
        up_to = "" if grid.exit == "last" else f" up to the exit of branch {grid.exit}"
        note = f"Of one image{up_to}, by formula. Convention {grid.convention}."
        return cost_layer(grid, what=f"{grid.unit}s ({grid.convention}),", note=note)

    def stem(self, metric: str) -> str:
        """Name of the map's files, without a suffix."""
        return f"heatmap_{metric}{'' if self.grid.exit == 'last' else f'_exit{self.grid.exit}'}"

    @property
    def outside(self) -> int:
        """Runs with other layers in the fixed branches, or more than the axes show."""
        axes = self.grid.axes
        return sum(len(runs) for layers, runs in self.selected.runs.items() if not axes.shows(layers))


def _place(cell: Cell) -> Row:
    return {**cell.branches, "model": cell.model, "status": cell.status}


def cost_layer(grid: Grid, *, what: str = "", nothing: str = "", note: str = "") -> Layer:
    """What each network costs; those that cost less than the baseline are marked."""
    base = grid.baseline
    less = all(cell.cost < base.cost for cell in grid.cells if cell.cost)
    return Layer(
        name="cost",
        unit=f"{grid.unit}s",
        values=[_value(grid, cell) for cell in grid.cells],
        what=what,
        nothing=nothing,
        notes=[f"* cheaper than {base.model} ({scaled(base.cost, 2)} = 100 %). {note}"],
        title=f"{grid.unit}s of one image ({grid.convention})\n100 % = {base.model}",
        key="(all cost less than 100 %)" if less else "(framed: costs less than 100 %)",
        framed=not less,
    )


def _value(grid: Grid, cell: Cell) -> Value:
    if not cell.cost:
        return Value(status=cell.status)
    mark = MARKED if cell.cost < grid.baseline.cost else ""
    return Value(value=cell.cost, percent=grid.percent(cell.cost), mark=mark)


def stored_map(stored: Stored) -> Map:
    """The costs of a store's networks."""
    costs, rows = stored.costs(), stored.rows([{}] * len(stored.grid.cells))
    return Map(
        metric="flops",
        grid=stored.grid,
        tables=[costs],
        panels=[costs],
        document={"metric": "flops", **stored.about(), "cells": rows, "source": "analytic"},
        rows=rows,
        stem=stored.stem("flops"),
    )


def paper_map(grid: Grid) -> Map:
    """The costs of the paper's networks."""
    note = f"Convention {grid.convention}: {convention(grid.convention).doc}."
    costs = cost_layer(grid, what=f"{grid.unit}s", nothing="-", note=note)
    return Map(
        metric="flops",
        grid=grid,
        tables=[costs],
        panels=[costs],
        document={
            "dataset": grid.dataset,
            "convention": grid.convention,
            "unit": grid.unit,
            **grid.axes.plain(),
            "values": grid.axes.lines([cell.cost for cell in grid.cells]),
            "baseline": grid.baseline.model,
            "baseline_value": grid.baseline.cost,
            "source": "analytic",
        },
        rows=[_paper_row(grid, cell) for cell in grid.cells],
        stem=f"heatmap_{grid.dataset}_{grid.convention}",
        formats=("csv",),
    )


def _paper_row(grid: Grid, cell: Cell) -> Row:
    """One of the paper's networks; the branches along the axes come first."""
    axes, branches = grid.axes, cell.branches
    order = [f"branch_{branch}" for branch in (axes.row_branch, axes.col_branch, *axes.fixed)]
    return {
        **{branch: branches[branch] for branch in order},
        "model": cell.model,
        "convention": grid.convention,
        "value": cell.cost,
        "unit": grid.unit,
        "percent_of_baseline": grid.percent(cell.cost),
    }
