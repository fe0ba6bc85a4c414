"""One run: a recipe and a seed become a folder with weights, predictions and a result; or several cells together do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch

from effbench.training.data.opening import open_part
from effbench.training.data.source import Source
from effbench.training.loop import folder as files
from effbench.training.loop.cells import Cells, MakeTask
from effbench.training.loop.classify import Classify
from effbench.training.loop.compression import Compress
from effbench.training.loop.device import find_device
from effbench.training.loop.distributed import ALONE, Team
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.progress import Listener
from effbench.training.loop.recipe import Recipe, require_seeds
from effbench.training.loop.sinks import Sink
from effbench.training.loop.task import Task


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

    A run that fails (NaN, no memory) has an outcome that says so. An interrupt leaves the last checkpoint.

    Args:
        folder: gets recipe.json, log.csv, checkpoint.pt (removed when the run is done), weights.pt, test.npz,
            calibration.npz, and result.json last. root: of data sets on disk. device: cpu, cuda or auto.
        sinks: told of every epoch. team: the processes that share this training.

    Raises:
        EffbenchError: bad input, before anything is written; a folder of another run, or in use; a full disk.
    """
    recipe.validate()

    def task(classes: int, place: torch.device, images: int) -> Task:
        return open_task(recipe, classes, seed, place)

    (outcome,) = train_cells(
        [recipe], [folder], task, seed=seed, root=root, device=device, progress=progress, sinks=sinks, team=team
    )
    return outcome


def open_task(recipe: Recipe, classes: int, seed: int, device: torch.device) -> Task:
    """The recipe's task with its network.

    Args:
        classes: number of classes of the data set.

    Raises:
        EffbenchError: the model does not exist, does not fit the data, or cannot be built.
    """
    if recipe.task == "compress":
        return Compress(recipe, seed, device)
    return Classify(recipe, classes, seed, device)


def train_cells(
    recipes: Sequence[Recipe],
    folders: Sequence[Path],
    task: MakeTask,
    *,
    seed: int,
    root: Path | None,
    device: str,
    progress: Listener | None = None,
    sinks: Sequence[Sink] = (),
    team: Team = ALONE,
) -> list[Outcome]:
    """As ``train``, of the cells that a task trains in one loop, each with its folder."""
    require_seeds("seed", [seed])
    with random_state_kept(), ExitStack() as locks:
        found = _results(recipes, seed, folders)
        if None in found:
            place = find_device(device)
            cells = Cells(recipes, folders, task, seed, open_parts(recipes[0], seed, root, place), place, team)
            if team.rank == 0:
                for folder in sorted(folders):  # in one order for every process, so that no two wait for each other
                    locks.enter_context(files.held(folder))
                found = _results(recipes, seed, folders)
            found = cells.complete(found, progress, sinks) if None in found else found
        return [outcome for outcome in found if outcome is not None]


def _results(recipes: Sequence[Recipe], seed: int, folders: Sequence[Path]) -> Sequence[Outcome | None]:
    return [files.result_of(folder, recipe, seed) for recipe, folder in zip(recipes, folders, strict=True)]


def open_parts(recipe: Recipe, seed: int, root: Path | None, device: torch.device) -> dict[str, Source]:
    """The parts of the data set that a run needs: train, test and, if the recipe holds images out, calibration."""
    names = ("train", "test", *(("calibration",) if recipe.data.calibration else ()))
    return {part: open_part(recipe.data, part, root=root, device=device, seed=seed) for part in names}


@contextmanager
def random_state_kept() -> Iterator[None]:
    """The caller's random numbers go on as if nothing had been drawn."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=devices):
        yield
