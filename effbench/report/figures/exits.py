"""Early exits from stored predictions: accuracy and cost against the threshold, exit shares, and the front."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from effbench.early_exit.curve import curve
from effbench.early_exit.figures import study_figures
from effbench.early_exit.study import Study, front_policies, policy_row
from effbench.report.data.exits import STORED, Stored, opened, shown
from effbench.report.figures.figure import Figure, rounded


def exit_figures(root: Path) -> list[Figure]:
    """Three figures per stored network."""
    present = (stored for stored in STORED if (root / stored.folder / "test.npz").exists())
    return [figure for stored in present for figure in _of(stored, root)]


def _of(stored: Stored, root: Path) -> list[Figure]:
    data = opened(stored, root)
    images = cache(lambda: study_figures(data, None))
    about = f"{stored.model} on {stored.dataset}"
    thresholds = _threshold_rows(data)
    kinds: tuple[tuple[str, str, list[dict[str, Any]]], ...] = (
        ("threshold", "accuracy and mean cost against the threshold", thresholds),
        ("shares", "images that leave at each exit", thresholds),
        ("front", "accuracy against mean cost on the Pareto front of thresholds", _front_rows(data)),
    )
    return [
        Figure(
            name=f"exits_{stored.folder.name}_{kind}",
            title=f"{about}: {what}",
            rows=rows,
            draw=_drawer(images, f"exits_{data.rule.name}_{kind}"),
        )
        for kind, what, rows in kinds
    ]


def _drawer(images: Callable[[], dict[str, dict[str, bytes]]], name: str) -> Callable[[], dict[str, bytes]]:
    return lambda: images()[name]


def _threshold_rows(data: Study) -> list[dict[str, Any]]:
    found = curve(data.test, data.rule)
    costs = found.mean_cost(data.prices.costs).tolist()
    return [
        {
            "threshold": shown(threshold),
            "accuracy": rounded(correct / found.images),
            "mean_cost": rounded(cost, 9),
            "unit": data.prices.unit,
            "convention": data.prices.convention,
            **{f"left_{exit + 1}": images for exit, images in enumerate(left)},
        }
        for threshold, left, correct, cost in zip(
            found.thresholds.tolist(), found.left.tolist(), found.correct.tolist(), costs, strict=True
        )
    ]


def _front_rows(data: Study) -> list[dict[str, Any]]:
    told = ("images", "correct", "left", "cost_total", "unit", "convention")
    rows = [policy_row(data, "front", policy) for policy in front_policies(data, False)]
    return [{"thresholds": _shown(row["thresholds"]), **{key: row[key] for key in told}} for row in rows]


def _shown(thresholds: list[float | str]) -> list[float | str]:
    return [shown(t) if isinstance(t, float) else t for t in thresholds]
