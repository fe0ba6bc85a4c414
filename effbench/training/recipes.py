"""Recipes by name or path, changed by the user, and what one will cost before it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models.plugins import allow, named_in, require_allowed
from effbench.models.registry import resolve
from effbench.training.loop.codec import quality_of
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import changed, read_table, recipe_of
from effbench.training.sweep.plan import Trial
from effbench.training.sweep.state import images_of_epoch, steps_of_training, trial_flops

FOLDERS = (Path("experiments"), Path(__file__).parents[1] / "experiments")
"""Where a recipe's name is looked for: here, and where the package is installed."""

CONVENTION = "macs"


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
        EffbenchError: no such recipe, a key or value that cannot be, or a model with places that a sweep fills.
        CodeRefused: the model of the file is code.
    """
    path = find_recipe(name)
    recipe = recipe_of(changed(read_table(path), changes), path.stem)
    if any(change.partition("=")[0].strip() == "model" for change in changes):
        allow(recipe.model)
    with named_in(path):
        require_allowed(recipe.model)
    if "{" in recipe.model:
        raise SpecError(
            f"the model of {path} is {recipe.model!r}: effbench sweep {path} trains every cell of it, "
            "--set model=NAME one"
        )
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
    trial = Trial(cell={}, recipe=recipe, seed=0)
    return Plan(exit_macs(recipe), images_of_epoch(trial), steps_of_training(trial), trial_flops(trial))


def exit_macs(recipe: Recipe) -> tuple[int, ...]:
    """MACs of an image up to each exit, scores left out; one entry for a model without early exits."""
    from effbench.counting.exits import exit_costs  # NumPy

    if recipe.task == "compress":
        quality_of(recipe)
        return ()
    model, priced = resolve(recipe.model).at_size(recipe.data.size), convention(CONVENTION)
    if model.entry.family.branches is None:
        return (int(priced.total(operations(recipe.model, recipe.data.size).counts)),)
    return tuple(exit_costs(model.branches(), priced, model.spec.num_classes))


def resolved(recipe: Recipe) -> dict[str, Any]:
    """The recipe with every value it has, those that change no result included."""
    return dataclasses.asdict(recipe)
