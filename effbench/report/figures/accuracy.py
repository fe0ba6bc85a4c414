"""Accuracy against cost, published and trained, with the probability of being on the Pareto front."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev

from effbench.claims.paper import Paper
from effbench.cost.convention import Convention, convention
from effbench.counting.operations import operations
from effbench.errors import CodeRefused, EffbenchError
from effbench.models.plugins import named_in
from effbench.report.data.published import AccuracyRow, accuracy_rows
from effbench.report.data.trained import committed
from effbench.report.figures.figure import Figure, rounded
from effbench.report.figures.scatter import ScatterRow, draw
from effbench.stats.front_chance import Point, chance
from effbench.stats.pareto import front
from effbench.training.sweep.runs import Training

DRAWN = (("imagenet", "macs"), ("cifar10", "ravit"), ("tiny-imagenet", "ravit"))
"""Data set and convention of each figure of published accuracies; those of RAViT under the convention of its paper."""

SEVERAL = 2
"""Seeds from which a deviation can be told."""


def accuracy_figures(root: Path, papers: Sequence[Paper]) -> list[Figure]:
    """One figure per data set of the papers, and one per data set we trained on."""
    trained = committed(root)
    others = sorted({training.dataset for training in trained} - {dataset for dataset, _ in DRAWN})
    drawn = [*DRAWN, *((dataset, "macs") for dataset in others)]
    with named_in(root / "reports" / "sweeps"):
        return [_scatter(dataset, convention(name), papers, trained) for dataset, name in drawn]


def _scatter(dataset: str, under: Convention, papers: Sequence[Paper], trained: Sequence[Training]) -> Figure:
    printed = [(about.short, one) for about in papers for one in accuracy_rows([about]) if one.claim.dataset == dataset]
    ours = [row for training in trained if training.dataset == dataset and (row := _ours(training, under))]
    rows = _with_front([*(row for short, one in printed if (row := _published(short, one, under))), *ours])
    title = f"Accuracy against cost on {dataset}"
    return Figure(
        name=f"accuracy_cost_{dataset}",
        title=f"{title}: Pareto front, with the probability p of being on it",
        rows=rows,
        draw=partial(draw, rows, unit=f"{under.unit}s ({under.name})", title=title),
        missing="" if ours else f"trainings of ours on {dataset}: no committed store has one",
    )


def _published(short: str, one: AccuracyRow, under: Convention) -> ScatterRow | None:
    """None without a model, and with an early exit under a convention that is not the paper's: its cost is printed."""
    claim, early = one.claim, one.claim.exit_threshold
    if claim.model is None or (early and (under.name != "ravit" or one.cost_printed is None)):
        return None
    cost = one.cost_printed if early else _cost(claim.model, claim.size, under)
    if not cost:
        return None
    return ScatterRow(
        series=f"published: {short}{', early exit, cost as printed' if early else ''}",
        model=f"{claim.system}, T {early}" if early else claim.model,
        cost=cost,
        accuracy=one.accuracy,
        images=one.images,
        seeds=None,
        seed_deviation=0.0,
        where=claim.where,
    )


def _ours(training: Training, under: Convention) -> ScatterRow | None:
    judged = training.judged
    values = [100 * run.exits[-1].accuracy for run in judged]
    cost = _cost(training.model, training.size, under) if judged else None
    if not cost:
        return None
    experiment = training.runs[0].experiment
    return ScatterRow(
        series=f"trained: {experiment}",
        model=training.model,
        cost=cost,
        accuracy=rounded(mean(values), 8),
        images=judged[0].exits[-1].images,
        seeds=len(judged),
        seed_deviation=rounded(stdev(values) / math.sqrt(len(values))) if len(values) >= SEVERAL else 0.0,
        where=experiment,
    )


def _with_front(rows: Sequence[ScatterRow]) -> list[ScatterRow]:
    points = [
        Point(cost=row.cost, accuracy=row.accuracy / 100, images=row.images, seed_deviation=row.seed_deviation / 100)
        for row in rows
    ]
    on = set(front([point.cost for point in points], [point.accuracy for point in points]).tolist())
    chances = [chance(place, points) for place in range(len(points))]
    return [
        dataclasses.replace(row, on_front=place in on, chance=None if p is None else round(p, 4))
        for place, (row, p) in enumerate(zip(rows, chances, strict=True))
    ]


def _cost(model: str, size: int | None, under: Convention) -> int | None:
    """None of a network whose operations are not known at that size."""
    try:
        return int(under.total(operations(model, size).counts))
    except CodeRefused:
        raise
    except EffbenchError:
        return None
