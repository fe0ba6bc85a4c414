"""Recipes by name or path, changed by the user, and what one will cost before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models.plugins import allow, named_in
from effbench.models.registry import require_runnable
from effbench.training.data.catalogue import dataset
from effbench.training.loop.feasible import model_of, require_feasible
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import changed, read_table, recipe_of

FOLDERS = (Path("experiments"), Path(__file__).parents[1] / "experiments")
"""Where a recipe's name is looked for: here, and where the package is installed."""

PASSES = 3
"""Forward, and backward with respect to the activations and to the weights: a product each."""


def find_recipe(name: str) -> Path:
    """The file of a recipe: a path that ends in ``.toml``, or a name in FOLDERS.

    Raises:
        UnknownName: no such name. EffbenchError: nowhere to look for it.
    """
    if name.endswith(".toml"):
        return Path(name)
    found = {path.stem: path for folder in reversed(FOLDERS) for path in sorted(folder.glob("*.toml"))}
    if not found:
        raise EffbenchError(f"there is no folder experiments here to find {name!r} in: give the path of a .toml file")
    if name not in found:
        raise UnknownName("recipe", name, found)
    return found[name]


def read_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """A checked recipe; its table ``sweep`` is left out.

    Args:
        changes: what a user typed; a model named there may be a file of code.

    Raises:
        EffbenchError: no such recipe, a key or value that cannot be, no such model or data set, one that does not fit
            the other, or a model with places that a sweep fills.
        CodeRefused: the model of the file is code.
    """
    path = find_recipe(name)
    recipe = recipe_of(changed(read_table(path), changes), path.stem)
    if any(change.partition("=")[0].strip() == "model" for change in changes):
        allow(recipe.model)
    with named_in(path):
        require_runnable(recipe.model)
    if "{" in recipe.model:
        raise SpecError(
            f"the model of {path} is {recipe.model!r}: effbench sweep {path} trains every cell of it, "
            "--set model=NAME one"
        )
    require_feasible(recipe)
    return recipe


class Plan(NamedTuple):
    """A training before it runs.

    Attributes:
        exits: MACs up to each exit, coarse to fine; empty for a codec.
        images: training images of an epoch. steps: of the whole training. flops: of the whole training, 3 · forward.
            None where only the data on disk would say.
    """

    exits: tuple[int, ...]
    images: int | None
    steps: int | None
    flops: int | None


def plan_of(recipe: Recipe) -> Plan:
    """What the recipe will do, by formula and by the catalogue of data sets.

    Raises:
        EffbenchError: no such model, or one that cannot have the size of the images.
    """
    return Plan(exit_macs(recipe), images_of_epoch(recipe), steps_of_training(recipe), training_flops(recipe))


def exit_macs(recipe: Recipe) -> tuple[int, ...]:
    """MACs of an image up to each exit, scores left out; one entry for a model without early exits."""
    if recipe.task == "compress":
        return ()
    model, priced = model_of(recipe), convention("macs")
    if model.entry.family.branches is None:
        return (int(priced.total(operations(recipe.model, recipe.data.size).counts)),)
    return tuple(int(priced.total(counts)) for counts in model.exits())


def images_of_epoch(recipe: Recipe) -> int | None:
    """Training images of an epoch, by the catalogue; None where only the disk knows."""
    count = dataset(recipe.data.name).train_images
    return None if count is None else round(count * (1 - recipe.data.calibration))


def steps_of_training(recipe: Recipe) -> int | None:
    """Optimiser steps, by the catalogue; None where only the disk knows how many images there are."""
    images = images_of_epoch(recipe)
    return None if images is None else recipe.training.epochs * max(1, images // recipe.data.batch)


def training_flops(recipe: Recipe) -> int | None:
    """FLOPs (2 per MAC) of the products of a whole training: 3 · forward · images · epochs.

    A frozen part has no backward pass and costs less. Evaluation is not in it. None for a codec, and where only the
    disk knows how many images there are.
    """
    images = images_of_epoch(recipe)
    if recipe.task != "classify" or images is None:
        return None
    return PASSES * forward_flops(recipe.model, recipe.data.size) * images * recipe.training.epochs


def total_flops(recipes: Iterable[Recipe]) -> int | None:
    """FLOPs of all trainings together; None if one of them has no known cost."""
    known = [training_flops(recipe) for recipe in recipes]
    return None if None in known else sum(flops for flops in known if flops is not None)


@cache
def forward_flops(model: str, size: int) -> int:
    """FLOPs of one image that goes through the whole model."""
    return int(convention("flops").total(operations(model, size).counts))
