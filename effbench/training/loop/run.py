"""One run: a recipe and a seed become a folder with weights, predictions and a result."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from effbench.training.loop import folder as files
from effbench.training.loop.device import find_device
from effbench.training.loop.distributed import ALONE, Team
from effbench.training.loop.feasible import require_arithmetic
from effbench.training.loop.one_run import OneRun
from effbench.training.loop.opening import open_parts, open_task
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.precision import settled
from effbench.training.loop.progress import Listener
from effbench.training.loop.random_state import random_state_kept
from effbench.training.loop.recipe import Recipe, require_seeds
from effbench.training.loop.sinks import Sink


def train(
    recipe: Recipe,
    *,
    seed: int,
    folder: Path,
    root: Path | None = None,
    device: str = "cpu",
    progress: Listener | None = None,
    sinks: Sequence[Sink] = (),
    team: Team = ALONE,
) -> Outcome:
    """Train, judge and store; on a folder with a checkpoint go on from it, on one with a result return that.

    A recipe that leaves its precision open gets the one of the folder, or that which is faster here.
    A run that fails (NaN, no memory) has an outcome that says so. An interrupt leaves the last checkpoint.

    Args:
        folder: gets recipe.json, log.csv, checkpoint.pt (removed when the run is done), weights.pt, test.npz,
            calibration.npz, and result.json last. root: of data sets on disk. device: cpu, cuda or auto.
        sinks: told of every epoch. team: the processes that share this training.

    Raises:
        EffbenchError: bad input, before anything is written; a folder of another run, or in use; a full disk.
    """
    recipe.validate()
    require_seeds("seed", [seed])
    recipe = settled(recipe, seed, folder, root=root, device=device, team=team)
    with random_state_kept(), ExitStack() as locks:
        found = files.result_of(folder, recipe, seed)
        if found is None:
            place = find_device(device)
            parts = open_parts(recipe, seed, root, place)
            require_arithmetic(recipe.training.precision, place.type)
            task = open_task(recipe, len(parts["train"].classes), seed, place)
            run = OneRun(recipe, folder, task, seed, parts, place, team)
            if team.rank == 0:
                locks.enter_context(files.held(folder))
            found = files.result_of(folder, recipe, seed) or run.complete(progress, sinks)
        elif found.status == "done" and team.rank == 0:
            files.tidy(folder)
        return found
