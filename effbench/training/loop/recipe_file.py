"""Recipes as TOML files: every key is checked, an unknown one is answered with the nearest that exists."""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models.plugins import allow
from effbench.training.loop.recipe import Recipe

T = TypeVar("T")


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


def allow_models(recipes: Iterable[Recipe]) -> None:
    """Let their models be files of code: who gave the recipes to this process has been allowed it."""
    for recipe in recipes:
        allow(recipe.model)


def from_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A dataclass from a TOML table, tables in it becoming the dataclasses they stand for."""
    hints = get_type_hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise UnknownName(f"key of {where}", key, known)
    for key, f in known.items():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and key not in table:
            raise SpecError(f"{where} has no {key}")
    return kind(**{key: _value(value, hints[key], _inside(where, key)) for key, value in table.items()})


def _inside(where: str, key: str) -> str:
    return key if where == "recipe" else f"{where}.{key}"


def _value(value: Any, hint: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise SpecError(f"{where} must be a table, got {value!r}")
        return from_table(hint, value, where)
    if get_origin(hint) is tuple:
        return _tuple(value, get_args(hint), where)
    if get_origin(hint) is dict:
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            raise SpecError(f"{where} must be a table of texts, got {value!r}")
        return dict(value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise SpecError(f"{where} must be {_NAMES[hint]}, got {value!r}")
    return value


def _tuple(value: Any, kinds: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise SpecError(f"{where} must be a list, got {value!r}")
    if kinds[-1] is Ellipsis:
        return tuple(_value(item, kinds[0], where) for item in value)
    if len(value) != len(kinds):
        raise SpecError(f"{where} must be {len(kinds)} values, got {value!r}")
    return tuple(_value(item, kind, where) for item, kind in zip(value, kinds, strict=True))


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


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
