"""Where the trials of a sweep run: this machine, a Ray cluster or Slurm; and what must be there before they start."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from effbench.errors import EffbenchError, MissingExtra
from effbench.training.data import places
from effbench.training.data.catalogue import dataset
from effbench.training.loop.choice import AUTO, Choice, kept, kept_or
from effbench.training.loop.feasible import require_arithmetic, require_installed
from effbench.training.recipes import training_flops
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.executors.slots import cpu_slots, gpu_slots
from effbench.training.sweep.executors.work import Executor
from effbench.training.sweep.plan import Sweep, Trial
from effbench.training.sweep.program import Program, asked_of, decided, measured

MAX_JOBS = 100_000


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

    def validate(self, sweep: Sweep) -> None:
        """Raise EffbenchError for a number of jobs that cannot be, or an arithmetic that the device does not have."""
        if self.jobs is not None and not 1 <= self.jobs <= MAX_JOBS:
            raise EffbenchError(f"jobs must be between 1 and {MAX_JOBS}, got {self.jobs}")
        for trial in sweep.trials:
            require_arithmetic(trial.recipe.training.precision, self.device)

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


def require_there(sweep: Sweep, place: Place) -> None:
    """Look for what the trials need before anything runs; the data and packages of other machines are taken on trust.

    Raises:
        EffbenchError: data that is not there: which is wanted where.
        MissingExtra: a package that every training needs is not installed.
    """
    package = {"ray": "ray", "slurm": "submitit"}.get(place.executor)
    if package is not None and find_spec(package) is None:
        raise MissingExtra(f"--executor {place.executor}", package, "cluster")
    if place.executor == "local":
        require_installed("effbench sweep")
        for name in dict.fromkeys(trial.recipe.data.name for trial in sweep.trials):
            places.require_there(dataset(name), place.root)


def program_of(asked: str, sweep: Sweep, folder: Path, place: Place) -> Program:
    """Whether trainings are compiled (``sweep.program``); measured only where they run on this machine.

    Raises:
        EffbenchError: no such device; data that is not there.
    """
    probe = None
    if place.executor == "local":
        probe = partial(measured, root=place.root, device=place.device, environment=place.slots()[0])
    return decided(asked, sweep, folder, cost=price, probe=probe)


def settled(sweep: Sweep, folder: Path, place: Place, *, measure: bool) -> Sweep:
    """The sweep in bf16 or fp32, where its recipes leave that open: as its folder says, or by measurement.

    Args:
        measure: if not, and nothing is kept, the sweep stays as it is: nothing is in its store then.

    Raises:
        EffbenchError: it would have to be measured, and the sweep runs on other machines; or see ``measured``.
    """
    open_trials = [trial for trial in sweep.trials if trial.recipe.training.precision == AUTO]
    if not open_trials or (kept(folder) is None and not measure):
        return sweep
    largest = max(open_trials, key=price)

    def found() -> Choice:
        if place.executor != "local":
            raise EffbenchError(
                "training.precision = auto is measured on this machine, and the trainings run on others: "
                "say bf16 or fp32"
            )
        slot = place.slots()[0]
        said = asked_of("precision", largest, root=place.root, device=place.device, environment=slot)
        return Choice(**json.loads(said))

    chosen = kept_or(folder, found).precision
    trials = [
        replace(trial, recipe=trial.recipe.at_precision(chosen)) if trial in open_trials else trial
        for trial in sweep.trials
    ]
    return replace(sweep, trials=tuple(trials))


def price(trial: Trial) -> float:
    """FLOPs of a training, to order by; 1 where they are not known."""
    return float(training_flops(trial.recipe) or 1)
