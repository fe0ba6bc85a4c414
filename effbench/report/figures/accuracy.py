"""Accuracy against cost, published and trained, with the probability of being on the Pareto front; Animals-10."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from effbench.cost.convention import Convention, convention
from effbench.counting.operations import operations
from effbench.errors import CodeRefused, EffbenchError
from effbench.models.plugins import named_in
from effbench.render.charts.ranges import published_bars
from effbench.render.charts.scatter import accuracy_cost
from effbench.report.data.published import SHORT, accuracy_rows
from effbench.report.figures.figure import Figure, rounded
from effbench.stats.front_chance import Point, chance, front
from effbench.training.sweep.store import FILE, Stored, read, results

DRAWN = (("imagenet", "macs"), ("cifar10", "ravit"), ("tiny-imagenet", "ravit"))
"""Data set and convention of each figure of published accuracies; those of RAViT under the convention of its paper."""

SEVERAL = 2
"""Seeds from which a deviation can be told."""


def accuracy_figures(root: Path) -> list[Figure]:
    """One figure per data set of the papers, one per data set we trained on, and Animals-10."""
    trained = _trained(root)
    others = sorted({_dataset(seeds[0]) for seeds in trained} - {dataset for dataset, _ in DRAWN})
    drawn = [*DRAWN, *((dataset, "macs") for dataset in others)]
    with named_in(root / "reports" / "sweeps"):
        return [*(_scatter(dataset, convention(name), trained) for dataset, name in drawn), _animals10()]


def _scatter(dataset: str, under: Convention, trained: Sequence[Sequence[Stored]]) -> Figure:
    rows = [
        *(row for one in accuracy_rows() if one["dataset"] == dataset and (row := _published(one, under))),
        *(row for seeds in trained if _dataset(seeds[0]) == dataset and (row := _ours(seeds, under))),
    ]
    rows = _with_front(rows)
    title = f"Accuracy against cost on {dataset}"
    own = any(row["series"].startswith("trained") for row in rows)
    return Figure(
        name=f"accuracy_cost_{dataset}",
        title=f"{title}: Pareto front, with the probability p of being on it",
        rows=rows,
        draw=partial(accuracy_cost, rows, unit=f"{under.unit}s ({under.name})", title=title),
        missing="" if own else f"trainings of ours on {dataset}: no committed store has one",
    )


def _published(one: dict[str, Any], under: Convention) -> dict[str, Any] | None:
    """None without a model, and with an early exit under a convention that is not the paper's: its cost is printed."""
    if one["model"] is None or (one["threshold"] and (under.name != "ravit" or one["cost_printed"] is None)):
        return None
    cost = one["cost_printed"] if one["threshold"] else _cost(one["model"], one["size"], under)
    if not cost:
        return None
    label = f"{one['system']}, T {one['threshold']}" if one["threshold"] else one["model"]
    how = ", early exit, cost as printed" if one["threshold"] else ""
    return {
        "series": f"published: {SHORT[one['paper']]}{how}",
        "model": label,
        "cost": cost,
        "accuracy": one["accuracy"],
        "images": one["images"],
        "seeds": None,
        "seed_deviation": 0.0,
        "where": one["where"],
    }


def _ours(seeds: Sequence[Stored], under: Convention) -> dict[str, Any] | None:
    done = [line.outcome for line in seeds if line.outcome.status == "done" and line.outcome.exits]
    if not done:
        return None
    values = [100 * one.exits[-1].accuracy for one in done]
    cost = _cost(done[0].model, int(done[0].recipe["data"]["size"]), under)
    if not cost:
        return None
    return {
        "series": f"trained: {seeds[0].experiment}",
        "model": done[0].model,
        "cost": cost,
        "accuracy": rounded(mean(values), 8),
        "images": done[0].exits[-1].images,
        "seeds": len(done),
        "seed_deviation": rounded(stdev(values) / math.sqrt(len(values))) if len(values) >= SEVERAL else 0.0,
        "where": seeds[0].experiment,
    }


def _with_front(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    points = [
        Point(
            cost=row["cost"],
            accuracy=row["accuracy"] / 100,
            images=row["images"],
            seed_deviation=row["seed_deviation"] / 100,
        )
        for row in rows
    ]
    on = set(front(points))
    chances = (chance(place, points) for place in range(len(points)))
    return [
        {**row, "on_front": place in on, "chance": None if p is None else round(p, 4)}
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


def _trained(root: Path) -> list[list[Stored]]:
    """Runs of the committed stores, seeds of one recipe together."""
    groups: dict[str, list[Stored]] = {}
    for path in sorted((root / "reports" / "sweeps").glob(f"*/{FILE}")):
        for line in results(read(path))[0].values():
            groups.setdefault(f"{line.experiment} {line.outcome.recipe}", []).append(line)
    return list(groups.values())


def _dataset(line: Stored) -> str:
    return str(line.outcome.recipe["data"]["name"])


def _animals10() -> Figure:
    places: dict[tuple[str, str], list[str]] = {}
    for one in accuracy_rows():
        if one["dataset"] == "animals10":
            places.setdefault((one["model"] or one["system"], one["printed"]), []).append(one["where"])
    rows = [
        {
            "model": model,
            "accuracy": float(printed),
            "printed": printed,
            "source": "published",
            "where": ", ".join(where),
        }
        for (model, printed), where in places.items()
    ]
    return Figure(
        name="accuracy_animals10",
        title="Animals-10: final accuracies as published (arXiv:2502.10120)",
        rows=rows,
        draw=partial(published_bars, rows, title="Animals-10, published accuracies"),
        missing="the curves over epochs of Figure 5: not in the text version; nothing was trained on these images",
    )
