"""From a recipe with a table ``sweep`` to its trials: cells times seeds, each under the key of its result. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from effbench.errors import CodeRefused, EffbenchError, SpecError
from effbench.files.file_name import require_file_name
from effbench.models.plugins import named_in
from effbench.models.spec import require_range
from effbench.render.plain import Plain
from effbench.training.loop.feasible import require_feasible
from effbench.training.loop.recipe import Recipe, require_seeds
from effbench.training.loop.recipe_file import read_table, recipe_of
from effbench.training.sweep.axes import Cell, axes_of, cells_of, shown, table_of

LISTED = 5
"""Impossible cells that a message names; it counts the others."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training of a sweep.

    Attributes:
        cell: axis -> value. recipe: the cell's. seed: of the run.
    """

    cell: Cell
    recipe: Recipe
    seed: int

    @cached_property
    def key(self) -> str:
        """What its result is stored under: a hash of all that determines it."""
        return self.recipe.key(self.seed)

    @property
    def name(self) -> str:
        """For people: ``b1=1, b2=3, seed 0``."""
        return f"{shown(self.cell)}, seed {self.seed}"


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Everything that is to be trained.

    Attributes:
        name: of the experiment. axes: axis -> its values. cells: combinations of them that can be trained.
        seeds: every cell is trained with each. trials: cells times seeds, in that order.
    """

    name: str
    axes: Mapping[str, tuple[Plain, ...]]
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    trials: tuple[Trial, ...]


def plan_file(path: Path, *, seeds: Sequence[int] = (), limit: int | None = None) -> Sweep:
    """The sweep of a recipe file; the experiment is called as the file is.

    Raises:
        EffbenchError: the file cannot be read, or see ``plan``.
    """
    with named_in(path):
        return plan(read_table(path), path.stem, seeds=seeds, limit=limit)


def plan(table: Mapping[str, object], name: str, *, seeds: Sequence[int] = (), limit: int | None = None) -> Sweep:
    """Every cell's recipe, checked, its model resolved: nothing has to run to find out that it cannot.

    Args:
        seeds: instead of the recipe's ``training.seeds``. limit: the first so many cells.

    Raises:
        SpecError: cells that cannot be trained, or values that cannot be. UnknownName: an axis or key that is none.
        EffbenchError: a name that cannot be a folder's.
    """
    require_file_name(name, "name of a recipe")
    axes = axes_of(table)
    cells = cells_of(table, axes)
    if limit is not None:
        require_range("limit", limit, 1, max(1, len(cells)))
        cells = cells[:limit]
    if not cells:
        raise SpecError("sweep.exclude leaves no cell")
    recipes = [recipe_of(table_of(table, cell), name) for cell in cells]
    _require_models(cells, recipes)
    chosen = tuple(seeds) or recipes[0].training.seeds
    require_seeds("seeds", chosen)
    pairs = zip(cells, recipes, strict=True)
    trials = tuple(Trial(cell=cell, recipe=recipe, seed=seed) for cell, recipe in pairs for seed in chosen)
    _require_different(trials)
    return Sweep(name=name, axes=axes, cells=tuple(cells), seeds=chosen, trials=trials)


def _require_models(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> None:
    impossible = [f"{shown(cell)} ({why})" for cell, why in zip(cells, map(_why_not, recipes), strict=True) if why]
    if impossible:
        more = f" and {len(impossible) - LISTED} more" if len(impossible) > LISTED else ""
        raise SpecError(
            f"{len(impossible)} of {len(cells)} cells cannot be trained: {'; '.join(impossible[:LISTED])}{more}; "
            "sweep.exclude leaves cells out"
        )


def _why_not(recipe: Recipe) -> str:
    """Why there is no such training; empty if there is."""
    try:
        require_feasible(recipe)
    except CodeRefused:
        raise
    except EffbenchError as error:
        return str(error)
    return ""


def _require_different(trials: Sequence[Trial]) -> None:
    seen: dict[str, Trial] = {}
    for trial in trials:
        former = seen.setdefault(trial.key, trial)
        if former is not trial:
            raise SpecError(f"{former.name} and {trial.name} are the same training: an axis changes nothing")
