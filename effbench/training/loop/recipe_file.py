"""Recipes as TOML files: every key is checked, an unknown one is answered with the nearest that exists."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from effbench.errors import SpecError
from effbench.files.toml import from_table, read_toml
from effbench.models.plugins import allow
from effbench.training.loop.recipe import Recipe


def read_table(path: Path) -> dict[str, Any]:
    """A recipe's file as nested mappings; EffbenchError where it cannot be read or is not TOML."""
    return read_toml(path, "recipe")


def recipe_of(table: Mapping[str, Any], name: str) -> Recipe:
    """A checked recipe; a table ``sweep`` is left to ``training.sweep.plan``.

    Raises:
        SpecError: a value of the wrong type or out of range. UnknownName: a key that is none.
    """
    fields = {key: value for key, value in table.items() if key != "sweep"}
    recipe = from_table(Recipe, {"name": name, **fields}, "recipe", prefix="")
    recipe.validate()
    return recipe


def allow_models(recipes: Iterable[Recipe]) -> None:
    """Let their models be files of code: who gave the recipes to this process has been allowed it."""
    for recipe in recipes:
        allow(recipe.model)


def changed(table: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """A recipe's table with some values put in place.

    Args:
        changes: ``key=value``, tables dotted: ``optimiser.lr=3e-3``. A value is read as TOML; what is none is a text.

    Raises:
        SpecError: a change that is none, or one inside of what is no table. Keys are left to ``recipe_of``.
    """
    result = copy.deepcopy(dict(table))
    for change in changes:
        key, equals, text = change.partition("=")
        path = [name.strip() for name in key.split(".")]
        if not (equals and all(path)):
            raise SpecError(f"{change!r} is no change of a recipe: write key=value, e.g. optimiser.lr=3e-3")
        inside: Any = result
        for name in path[:-1]:
            inside = inside.setdefault(name, {})
            if not isinstance(inside, dict):
                raise SpecError(f"{change!r}: {name} is no table")
        inside[path[-1]] = _read(text.strip())
    return result


def _read(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
