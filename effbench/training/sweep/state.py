"""A sweep from its recipe to its table: the plan and what it will cost, where it runs, and what every cell got."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.stats.pooled import Noise, pooled, reach
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.axes import Cell
from effbench.training.sweep.cost import training_flops
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.executors.slots import cpu_slots, gpu_slots
from effbench.training.sweep.executors.work import Executor
from effbench.training.sweep.plan import Sweep, Trial
from effbench.training.sweep.program import Probe, Program, decided, measured
from effbench.training.sweep.store import Stored

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class State:
    """How far a sweep is.

    Attributes:
        done, failed, missing: its trials. flops: of all of them, by formula; None where a model has none.
        flops_left: of those that are missing.
    """

    done: int
    failed: int
    missing: int
    flops: int | None
    flops_left: int | None


def state(sweep: Sweep, found: Mapping[str, Stored]) -> State:
    """What of the sweep is in its store."""
    statuses = [found[trial.key].outcome.status if trial.key in found else "missing" for trial in sweep.trials]
    missing = [trial for trial, status in zip(sweep.trials, statuses, strict=True) if status == "missing"]
    return State(
        done=statuses.count("done"),
        failed=statuses.count("failed"),
        missing=len(missing),
        flops=total_flops(sweep.trials),
        flops_left=total_flops(missing),
    )


def total_flops(trials: Sequence[Trial]) -> int | None:
    """Of all trainings together; None if one of them has no known cost."""
    known = [trial_flops(trial) for trial in trials]
    return None if None in known else sum(flops for flops in known if flops is not None)


def trial_flops(trial: Trial) -> int | None:
    """Of one training, with the images its data set has; None where one of them is not known."""
    images = images_of_epoch(trial)
    return None if images is None else training_flops(trial.recipe, images)


def images_of_epoch(trial: Trial) -> int | None:
    """Training images of an epoch, by the catalogue; None where only the disk knows."""
    from effbench.training.data.catalogue import DATASETS

    known = DATASETS.get(trial.recipe.data.name)
    count = None if known is None else known.train_images
    return None if count is None else round(count * (1 - trial.recipe.data.calibration))


def steps_of_training(trial: Trial) -> int | None:
    """Optimiser steps, by the catalogue; None where only the disk knows how many images there are."""
    images, recipe = images_of_epoch(trial), trial.recipe
    return None if images is None else recipe.training.epochs * max(1, images // recipe.data.batch)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where trials run.

    Attributes:
        executor: ``local``, ``ray`` or ``slurm``. device: ``cpu`` or ``cuda``. jobs: at a time; None: one per device.
        root: folder of the data sets.
    """

    executor: str
    device: str
    jobs: int | None
    root: Path | None

    def slots(self) -> list[dict[str, str]]:
        """Environments of the processes on this machine.

        Raises:
            EffbenchError: it has no such device.
        """
        return (gpu_slots if self.device == "cuda" else cpu_slots)(self.jobs)

    def open(self, folder: Path) -> Executor:
        """The executor of a sweep with that folder.

        Raises:
            EffbenchError: no such device. MissingExtra: Ray or submitit is not installed.
        """
        if self.executor == "ray":
            from effbench.training.sweep.executors.cluster import RayExecutor

            return RayExecutor(device=self.device, jobs=self.jobs)
        if self.executor == "slurm":
            from effbench.training.sweep.executors.slurm import SlurmExecutor

            return SlurmExecutor(folder / "slurm", device=self.device, jobs=self.jobs)
        return LocalExecutor(self.slots())


def require_data(sweep: Sweep, place: Place) -> None:
    """Look for every data set of the sweep before anything runs; those of other machines are taken on trust.

    Raises:
        UnknownName: there is no such data set. EffbenchError: its files are not there: which are wanted where.
    """
    from effbench.training.data.catalogue import dataset
    from effbench.training.data.places import find

    for name in dict.fromkeys(trial.recipe.data.name for trial in sweep.trials):
        found = dataset(name)
        if found.layouts and place.executor == "local":
            for part in ("train", "test"):
                find(found, part, place.root)


def program_of(asked: str, sweep: Sweep, folder: Path, place: Place) -> Program:
    """Whether cells are trained one by one, compiled or as one program (``sweep.program``); measured here alone.

    Raises:
        EffbenchError: ragged is asked for and cannot be; no such device; data that is not there.
    """
    local = place.slots() if place.executor == "local" else []
    steps = steps_of_training(sweep.trials[0])
    probe: Probe | None = None
    if local:
        probe = partial(measured, root=place.root, device=place.device, environment=local[0], steps=steps)
    return decided(
        asked,
        sweep,
        folder,
        groups=len(local) or place.jobs or 1,
        steps=steps,
        cost=price,
        probe=probe,
    )


def price(trial: Trial) -> float:
    """Of a training, to order and to share out by: its FLOPs; 1 where they are not known."""
    return float(trial_flops(trial) or 1)


def cell_rows(sweep: Sweep, found: Mapping[str, Stored]) -> list[dict[str, Any]]:
    """One row per cell: its axes' values, its model, and what its trainings got.

    ``accuracy`` is that of the last exit, the mean over seeds; ``low`` and ``high`` hold its expectation with 95 %:
    mean ± t · s / √n with the deviation s between seeds that all cells share (``stats.pooled``), where a cell has
    two seeds; else the score interval of the share of test images, which knows nothing of other seeds.
    """
    cells = {id(cell): [trial for trial in sweep.trials if trial.cell is cell] for cell in sweep.cells}
    done = {key: [_outcome(found, trial) for trial in trials] for key, trials in cells.items()}
    noise = pooled([_accuracies(outcomes) for outcomes in done.values()])
    return [_row(cell, cells[id(cell)], done[id(cell)], noise) for cell in sweep.cells]


def _outcome(found: Mapping[str, Stored], trial: Trial) -> Outcome | None:
    return found[trial.key].outcome if trial.key in found else None


def _accuracies(outcomes: Sequence[Outcome | None]) -> list[float]:
    return [o.exits[-1].accuracy for o in outcomes if o is not None and o.status == "done" and o.exits]


def _row(
    cell: Cell, trials: Sequence[Trial], outcomes: Sequence[Outcome | None], noise: Noise | None
) -> dict[str, Any]:
    done = [o for o in outcomes if o is not None and o.status == "done"]
    failed = [o for o in outcomes if o is not None and o.status == "failed"]
    return {
        **cell,
        "model": trials[0].recipe.model,
        "done": len(done),
        "failed": len(failed),
        "missing": outcomes.count(None),
        **_accuracy(done, noise),
        **_figures(done),
        "seconds": sum(o.seconds for o in done) / len(done) if done else None,
        "program": "+".join(sorted({o.program for o in done})) or None,
        "reason": "; ".join(dict.fromkeys(o.reason for o in failed)) or None,
    }


def _accuracy(done: Sequence[Outcome], noise: Noise | None) -> dict[str, float | None]:
    values = _accuracies(done)
    if not values:
        return {"accuracy": None, "low": None, "high": None}
    mean = math.fsum(values) / len(values)
    if noise is None:
        from effbench.stats.binomial import wilson

        low, high = wilson(done[0].exits[-1].top1, done[0].exits[-1].images, LEVEL)
        return {"accuracy": mean, "low": low, "high": high}
    half = reach(noise, len(values), LEVEL)
    return {"accuracy": mean, "low": max(0.0, mean - half), "high": min(1.0, mean + half)}


def _figures(done: Sequence[Outcome]) -> dict[str, float]:
    """Mean of every other result."""
    names = dict.fromkeys(name for outcome in done for name in outcome.figures)
    return {name: math.fsum(o.figures[name] for o in done) / len(done) for name in names}


def require_possible(jobs: int | None) -> None:
    """Raise EffbenchError for a choice that cannot be, before anything is made."""
    if jobs is not None and not 1 <= jobs <= 100_000:
        raise EffbenchError(f"jobs must be between 1 and 100000, got {jobs}")
