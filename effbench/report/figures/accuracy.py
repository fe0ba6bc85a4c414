"""Accuracy against cost, published and trained, with the probability of being on the Pareto front."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev

from effbench.claims.paper import Paper
from effbench.claims.ranking import ranking
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

COMMON = "macs"
"""The convention where several papers print accuracies, and of trainings on what no paper has."""

SEVERAL = 2
"""Seeds from which a deviation can be told."""


def accuracy_figures(root: Path, papers: Sequence[Paper]) -> list[Figure]:
    """One figure per data set of the papers, and one per data set we trained on."""
    trained = committed(root)
    drawn = _published_on(papers)
    others = sorted({training.dataset for training in trained} - set(drawn))
    with named_in(root / "reports" / "sweeps"):
        return [_scatter(dataset, drawn.get(dataset, ()), trained) for dataset in (*drawn, *others)]


def _published_on(papers: Sequence[Paper]) -> dict[str, list[Paper]]:
    """Data set -> the papers that print an accuracy on it with the cost beside."""
    found: dict[str, list[Paper]] = {}
    for about in papers:
        for dataset in dict.fromkeys(one.claim.dataset for one in accuracy_rows([about]) if one.beside):
            found.setdefault(dataset or "", []).append(about)
    return found


def _scatter(dataset: str, papers: Sequence[Paper], trained: Sequence[Training]) -> Figure:
    """Published and trained apart: a front over both would compare other recipes as if they were one."""
    under = convention(ranking(papers[0]).usual if len(papers) == 1 else COMMON)
    printed = [(about, one) for about in papers for one in accuracy_rows([about]) if one.claim.dataset == dataset]
    published = [row for about, one in printed if (row := _published(about, one, under))]
    ours = [row for training in trained if training.dataset == dataset and (row := _ours(training, under))]
    recipes = dict.fromkeys(row.series for row in ours)
    groups = [published, *([row for row in ours if row.series == series] for series in recipes)]
    rows = [row for group in groups if group for row in _with_front(group)]
    title = f"Accuracy against cost on {dataset}"
    return Figure(
        name=f"accuracy_cost_{dataset}",
        title=f"{title}: Pareto front, with the probability p of being on it",
        rows=rows,
        draw=partial(draw, rows, unit=f"{under.unit}s ({under.name})", title=title),
        missing="" if ours else f"trainings of ours on {dataset}: no committed store has one",
    )


def _published(about: Paper, one: AccuracyRow, under: Convention) -> ScatterRow | None:
    """None without a model, and with an early exit under a convention that is not the paper's: its cost is printed."""
    claim, early = one.claim, one.claim.exit_threshold
    if claim.model is None or (early and (under.name != ranking(about).usual or one.cost_printed is None)):
        return None
    cost = one.cost_printed if early else _cost(claim.model, claim.size, under)
    if not cost:
        return None
    return ScatterRow(
        group="published",
        series=f"published: {about.short}{', early exit, cost as printed' if early else ''}",
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
        group=experiment,
        series=f"trained: {experiment}, {training.epochs:g} epochs",
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
