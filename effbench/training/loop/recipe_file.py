"""Recipes as TOML files: every key is checked, an unknown one is answered with the nearest that exists."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, SpecError
from effbench.training.loop.recipe import Recipe
from effbench.training.table import from_table, put


def read_table(path: Path) -> dict[str, Any]:
    """The file as nested mappings.

    Raises:
        EffbenchError: no such file, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EffbenchError(f"cannot read recipe {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EffbenchError(f"{path} is no TOML file: {error}") from None


def recipe_of(table: Mapping[str, Any], name: str) -> Recipe:
    """A checked recipe; a table ``sweep`` is left to ``training.sweep.plan``.

    Raises:
        SpecError: a value of the wrong type or out of range. UnknownName: a key that is none.
    """
    fields = {key: value for key, value in table.items() if key != "sweep"}
    recipe = from_table(Recipe, {"name": name, **fields}, "recipe")
    recipe.validate()
    return recipe


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
        put(result, ".".join(path), _read(text.strip()))
    return result


def _read(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
