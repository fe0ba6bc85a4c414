"""Accuracies of our own trainings, read from stores of sweeps, as the tables of the papers take them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from effbench.claims.tables.accuracy import Training
from effbench.training.sweep import runs
from effbench.training.sweep.store import FILE

COMMITTED = f"reports/sweeps/*/{FILE}"
"""Stores of finished sweeps, below a checkout."""


def committed_stores(root: Path) -> list[Path]:
    """The stores of a checkout, in alphabetical order; none anywhere else."""
    return sorted(root.glob(COMMITTED))


def trainings(paths: Iterable[Path]) -> list[Training]:
    """The finished trainings with an accuracy in the stores: files, or folders of sweeps.

    Raises:
        EffbenchError: a store is missing, cannot be read, or a line is none of a sweep.
    """
    return [_training(one, run) for one in runs.trainings(paths) for run in one.judged]


def _training(one: runs.Training, run: runs.Run) -> Training:
    last = run.exits[-1]
    return Training(
        model=one.model,
        dataset=one.dataset,
        size=one.size,
        epochs=one.epochs,
        top1=Fraction(100 * last.top1, last.images),
        top5=Fraction(100 * last.top5, last.images),
        key=run.key,
        seed=run.seed,
        experiment=run.experiment,
        store=run.file.as_posix(),
        recipe=one.recipe,
        conditions=run.conditions,
    )
