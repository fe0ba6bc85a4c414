"""Latency of one image and throughput of every layer-count combination, beside what its operations predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.maps.layer_grid import LayerGrid
from effbench.maps.trained_grid import TrainedGrid
from effbench.profiling.measured import Flat, flat
from effbench.profiling.rows import Row
from effbench.profiling.worker.job import Job

ONE = 1
"""Images of the step whose time is the latency: the paper classifies image by image (Section IV)."""

MEASURED = ("latency", "latency_low", "latency_high", "throughput", "throughput_low", "throughput_high")


def as_layer_grid(grid: TrainedGrid) -> LayerGrid:
    """The networks of a trained map, with their costs up to the last exit."""
    return LayerGrid(
        dataset=grid.dataset,
        convention=grid.convention,
        unit=grid.unit,
        row_branch=grid.row_branch,
        col_branch=grid.col_branch,
        fixed=grid.fixed,
        rows=grid.rows,
        cols=grid.cols,
        names=tuple(tuple(cell.model for cell in line) for line in grid.cells),
        values=tuple(tuple(cell.cost for cell in line) for line in grid.cells),
        baseline=str(grid.baseline.model),
        baseline_value=grid.baseline.cost,
    )


def jobs(grid: LayerGrid, batch: int, how: Mapping[str, Any]) -> list[Job]:
    """Every network of the map and the baseline, with one image and with ``batch``; ``how`` is the rest of the job."""
    names = [name for line in grid.names for name in line if name is not None]
    models = dict.fromkeys([grid.baseline, *names])
    return [Job(model=name, batch=size, **how) for name in models for size in dict.fromkeys((ONE, batch))]


def latency_document(grid: LayerGrid, batch: int, rows: Sequence[Row], conditions: Mapping[str, Any]) -> Flat:
    """Everything as JSON can hold it; seconds and images/s. None is not measured, and ``status`` says why.

    Args:
        rows: of ``jobs``. conditions: of all measurements, joined; empty if there is none.
    """
    found = {(row.job.model, row.job.batch): flat(row) for row in rows}
    settings = rows[0].job.as_dict()
    return {
        "metric": "latency",
        "dataset": grid.dataset,
        "row_branch": grid.row_branch,
        "col_branch": grid.col_branch,
        "fixed": {str(branch): layers for branch, layers in grid.fixed.items()},
        "rows": list(grid.rows),
        "cols": list(grid.cols),
        "batch": batch,
        **{name: settings[name] for name in ("device", "dtype", "mode", "threads")},
        "convention": grid.convention,
        "unit": grid.unit,
        "baseline": {"model": grid.baseline, **_numbers(found, grid.baseline, batch), "cost": grid.baseline_value},
        "cells": [_cell(grid, found, batch, i, j) for i in range(len(grid.rows)) for j in range(len(grid.cols))],
        "conditions": dict(conditions),
        "source": "measured",
    }


def _cell(grid: LayerGrid, found: Mapping[tuple[str, int], Flat], batch: int, i: int, j: int) -> Flat:
    place = grid.fixed | {grid.row_branch: grid.rows[i], grid.col_branch: grid.cols[j]}  # type: ignore[operator]
    name = grid.names[i][j]
    return {
        **{f"branch_{branch}": place[branch] for branch in sorted(place)},
        "model": name,
        **({"status": "no model"} if name is None else _numbers(found, name, batch)),
        "cost": grid.values[i][j] or None,
        "cost_percent": grid.percent(i, j) if name else None,
    }


def _numbers(found: Mapping[tuple[str, int], Flat], model: str, batch: int) -> Flat:
    """Latency of one image and throughput of a batch, each with its interval and status."""
    one, many = found[model, ONE], found[model, batch]
    latency = {name: one.get(name) for name in MEASURED[:3]}
    throughput = {name: many.get(name) for name in MEASURED[3:]}
    bad = next((row for row in (one, many) if row["status"] != "measured"), one)
    return {"status": bad["status"], "reason": bad["reason"], **latency, **throughput, "processes": one["processes"]}
