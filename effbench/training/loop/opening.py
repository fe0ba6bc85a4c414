"""What a recipe names, opened: its task with the network, and the parts of its data set."""

from __future__ import annotations

from pathlib import Path

import torch

from effbench.training.data.opening import open_part
from effbench.training.data.source import Source
from effbench.training.loop.classify import Classify
from effbench.training.loop.compression import Compress
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Task


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


def open_parts(recipe: Recipe, seed: int, root: Path | None, device: torch.device) -> dict[str, Source]:
    """The parts of the data set that a run needs: train, test and, if the recipe holds images out, calibration."""
    names = ("train", "test", *(("calibration",) if recipe.data.calibration else ()))
    return {part: open_part(recipe.data, part, root=root, device=device, seed=seed) for part in names}
