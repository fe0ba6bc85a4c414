"""Accuracies of our own trainings, read from stores of sweeps, as the tables of the papers take them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from effbench.claims.tables.accuracy import Training
from effbench.errors import EffbenchError
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.store import FILE, read, results


def trainings(paths: Iterable[Path]) -> list[Training]:
    """The finished trainings with an accuracy in the stores: files, or folders of sweeps.

    Raises:
        EffbenchError: a store is missing, cannot be read, or a line is none of a sweep.
    """
    return [
        _training(path, line.outcome)
        for path in paths
        for line in results(read(_store(path)))[0].values()
        if line.outcome.status == "done" and line.outcome.exits
    ]


def _store(path: Path) -> Path:
    if not (path / FILE if path.is_dir() else path).is_file():
        raise EffbenchError(f"no store {path}")
    return path


def _training(path: Path, outcome: Outcome) -> Training:
    last, recipe = outcome.exits[-1], outcome.recipe
    try:
        dataset, size, epochs = recipe["data"]["name"], recipe["data"]["size"], recipe["training"]["epochs"]
    except (KeyError, TypeError):
        raise EffbenchError(f"{path}: run {outcome.key} does not say what it was trained on") from None
    return Training(
        model=outcome.model,
        dataset=dataset,
        size=size,
        epochs=float(epochs),
        top1=Fraction(100 * last.top1, last.images),
        top5=Fraction(100 * last.top5, last.images),
        key=outcome.key,
        seed=outcome.seed,
        recipe=recipe,
        conditions=outcome.conditions,
    )
