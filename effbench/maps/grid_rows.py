"""A trained map as plain values: one flat row per cell, and one document with what it was made from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from effbench.claims.load import Paper
from effbench.maps.frontier import Frontier
from effbench.maps.layer_grid import PRESETS, Preset
from effbench.maps.statements import LEVEL, MARGIN, Verdict, as_row
from effbench.maps.trained_grid import Cell, TrainedGrid
from effbench.models.registry import resolve
from effbench.models.spec.ravit import RAViTSpec
from effbench.stats.binomial import wilson
from effbench.stats.paired import interval
from effbench.stats.pooled import Noise, reach

Flat = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Study:
    """A map and what is said of it.

    Attributes:
        store: file of the runs, as it was named. grid, frontier: see there.
        verdicts: on the paper's statements. published: layer counts as in a cell's name -> accuracy as printed, of the
            paper's tables without early exit; see ``published``.
    """

    store: str
    grid: TrainedGrid
    frontier: Frontier
    verdicts: Sequence[Verdict]
    published: dict[str, str]


def published(about: Paper, grid: TrainedGrid) -> dict[str, str]:
    """Layer counts -> the paper's accuracy in %, as printed, of networks without early exit.

    Empty unless the data set and the shape of the networks are the paper's; its recipe is not compared.
    """
    preset = PRESETS.get(grid.dataset)
    if preset is None or not _is_the_paper_s(grid, preset):
        return {}
    found = {}
    for claim in about.claims:
        plain = claim.metric == "top1" and claim.in_table and claim.unit == "%" and claim.exit_threshold is None
        if plain and claim.relation is None and claim.model is not None and claim.dataset == grid.dataset:
            found[_layers_of(claim.model, preset)] = claim.printed
    return found


def _is_the_paper_s(grid: TrainedGrid, preset: Preset) -> bool:
    """Whether the networks are those of the paper's family at its image side."""
    spec = grid.selected.runs[0].spec
    if len(spec.layers) != preset.branches:
        return False
    return resolve(f"{preset.family}:{'-'.join(map(str, spec.layers))}").spec == spec


def _layers_of(model: str, preset: Preset) -> str:
    """A plain ViT of n layers is the RAViT with layers in its last branch alone."""
    spec = resolve(model).spec
    layers = spec.layers if isinstance(spec, RAViTSpec) else (*(0,) * (preset.branches - 1), getattr(spec, "depth", 0))
    return "-".join(map(str, layers))


def accuracy_document(study: Study) -> Flat:
    """Accuracies, costs and verdicts as JSON can hold them."""
    grid, noise = study.grid, study.frontier.noise
    return {
        "metric": "accuracy",
        **_about(study.store, grid),
        "level": LEVEL,
        "no_gain_below": MARGIN,
        "seed_deviation": noise and {"accuracy": noise.deviation, "freedom": noise.freedom},
        "cells": [_place(cell) | _accuracy(study, cell) | _cost(grid, cell) for cell in grid.all_cells],
        "failed": [
            {"model": cell.model, "seed": seed, "reason": reason}
            for cell in grid.all_cells
            for seed, reason in cell.failed.items()
        ],
        "not_on_the_map": {
            "runs": grid.outside,
            "models": list(grid.selected.others),
            "other_recipes": dict(grid.selected.other_recipes),
        },
        "trained_as_plain_vit": list(grid.selected.plain),
        "statements": [as_row(verdict, grid.dataset) for verdict in study.verdicts],
        "source": "measured accuracy, analytic cost",
    }


def cost_document(store: str, grid: TrainedGrid) -> Flat:
    """The costs alone."""
    cells = [_place(cell) | _cost(grid, cell) for cell in grid.all_cells]
    return {"metric": "flops", **_about(store, grid), "cells": cells, "source": "analytic"}


def _about(store: str, grid: TrainedGrid) -> Flat:
    """What the map is of."""
    return {
        "dataset": grid.dataset,
        "store": store,
        "experiments": sorted({run.experiment for run in grid.selected.runs}),
        "recipe": grid.selected.runs[0].besides_layers(),
        "exit": grid.exit,
        "row_branch": grid.row_branch,
        "col_branch": grid.col_branch,
        "fixed": {str(branch): layers for branch, layers in grid.fixed.items()},
        "rows": list(grid.rows),
        "cols": list(grid.cols),
        "convention": grid.convention,
        "unit": grid.unit,
        "baseline": grid.baseline.model,
        "baseline_value": grid.baseline.cost,
    }


def _place(cell: Cell) -> Flat:
    layers = {f"branch_{branch}": count for branch, count in enumerate(cell.layers, start=1)}
    return {**layers, "model": cell.model, "status": cell.status}


def _accuracy(study: Study, cell: Cell) -> Flat:
    """Numbers of one cell; None where there is nothing, lists in the order of ``seeds``."""
    return {
        "exit": study.grid.exit,
        **accuracy_row(cell, study.frontier.noise),
        "failed_seeds": list(cell.failed),
        "frontier": cell.name in study.frontier.on,
        "within_noise_of_frontier": cell.name in study.frontier.near,
        "published_percent": study.published.get(cell.name),
    }


def _cost(grid: TrainedGrid, cell: Cell) -> Flat:
    return {
        "convention": grid.convention,
        "cost": cell.cost or None,
        "unit": grid.unit,
        "percent_of_baseline": grid.percent(cell.cost) if cell.cost else None,
    }


def accuracy_row(cell: Cell, noise: Noise | None) -> Flat:
    """Mean, intervals and every seed's own result.

    ``half_width``, ``low`` and ``high``: by the deviation between seeds that all cells share. ``own_low`` and
    ``own_high``: by this cell's seeds alone. ``images_low`` and ``images_high``: what the choice of test images leaves
    open (Wilson).
    """
    names = ("accuracy", "half_width", "low", "high", "own_low", "own_high", "images_low", "images_high")
    row: Flat = dict.fromkeys(names)
    row |= {"seeds": list(cell.right), "right": list(cell.right.values()), "images": cell.images or None}
    if cell.status != "trained":
        return row
    own = interval(list(cell.accuracies.values()), LEVEL)
    mean = own.mean
    if math.isfinite(own.high):
        row |= {"own_low": max(0.0, own.low), "own_high": min(1.0, own.high)}
    if noise is not None:
        half = reach(noise, len(cell.right), LEVEL)
        row |= {"half_width": half, "low": max(0.0, mean - half), "high": min(1.0, mean + half)}
    by_chance = wilson(round(mean * cell.images), cell.images, LEVEL)
    return row | {"accuracy": mean, "images_low": by_chance[0], "images_high": by_chance[1]}
