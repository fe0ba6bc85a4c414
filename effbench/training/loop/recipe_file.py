"""Recipes as TOML files: every key is checked, an unknown one is answered with the nearest that exists."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from effbench.errors import SpecError
from effbench.files.toml import read_toml
from effbench.files.typed import typed
from effbench.training.loop.recipe import Recipe
from effbench.training.table import put


def read_table(path: Path) -> dict[str, object]:
    """A recipe's file as nested mappings; EffbenchError where it cannot be read or is not TOML."""
    return read_toml(path, "recipe")


def recipe_of(table: Mapping[str, object], name: str) -> Recipe:
    """A checked recipe; a table ``sweep`` is left to ``training.sweep.plan``.

    Raises:
        SpecError: a value of the wrong type or out of range. UnknownName: a key that is none.
    """
    fields = {key: value for key, value in table.items() if key != "sweep"}
    recipe = typed(Recipe, {"name": name, **fields}, "recipe", prefix="")
    recipe.validate()
    return recipe


def changed(table: Mapping[str, object], changes: Sequence[str]) -> dict[str, object]:
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
        put(result, ".".join(path), _read(text.strip()))
    return result


def _read(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
