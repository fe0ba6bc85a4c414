"""The table ``sweep`` of a recipe: axes, the cells they span, and the recipe of a cell. No torch.

An axis is a ``{placeholder}`` of the model string or a dotted key of the recipe, with the values it takes:

    model = "ravit_cifar10:{b1}-{b2},width=64"
    [sweep]
    b1 = [0, 1, 2]
    b2 = [0, 1, 2]
    optimiser.lr = [1e-3, 3e-3]
    exclude = [{ b1 = 0, b2 = 0 }]
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from math import prod

from effbench.errors import SpecError, UnknownName
from effbench.render.plain import Plain
from effbench.training.loop.recipe import Recipe
from effbench.training.table import dotted, keys_of, put

Cell = Mapping[str, Plain]
"""Axis -> value; plain JSON values."""

EXCLUDE = "exclude"
MAX_CELLS = 1_000_000
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def axes_of(table: Mapping[str, object]) -> dict[str, tuple[Plain, ...]]:
    """Axes of a recipe's table, in its order; none for a recipe that is no sweep.

    Raises:
        UnknownName: an axis that is no placeholder and no recipe key. SpecError: a placeholder without an axis, an axis
            without values or with one twice.
    """
    placeholders = _PLACEHOLDER.findall(str(table.get("model", "")))
    axes = dict(dotted({key: value for key, value in _sweep(table).items() if key != EXCLUDE}))
    for axis in axes:
        _require_axis(axis, placeholders)
    for name in placeholders:
        if name not in axes:
            raise SpecError(f"the model has {{{name}}} but the table sweep gives {name} no values")
    return {axis: _values(axis, values) for axis, values in axes.items()}


def cells_of(table: Mapping[str, object], axes: Mapping[str, Sequence[Plain]]) -> list[Cell]:
    """Every combination of the axes' values but the excluded ones, the last axis fastest.

    Raises:
        SpecError: an exclusion that is none. UnknownName: it names no axis.
    """
    size = prod(map(len, axes.values()))
    if size > MAX_CELLS:
        raise SpecError(f"the axes span {size:,} cells; at most {MAX_CELLS:,}")
    cells: list[Cell] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    excluded = _exclusions(table, axes)
    for pattern in excluded:
        if not any(_matches(cell, pattern) for cell in cells):
            raise SpecError(f"sweep.exclude: no cell has {shown(pattern)}")
    return [cell for cell in cells if not any(_matches(cell, pattern) for pattern in excluded)]


def table_of(table: Mapping[str, object], cell: Cell) -> dict[str, object]:
    """The recipe's table with the values of a cell in place, without the table ``sweep``."""
    filled = copy.deepcopy({key: value for key, value in table.items() if key != "sweep"})
    model = filled.get("model")
    if isinstance(model, str):
        filled["model"] = _PLACEHOLDER.sub(lambda found: _text(cell[found[1]]), model)
    placeholders = _PLACEHOLDER.findall(str(table.get("model", "")))
    for axis, value in cell.items():
        if axis not in placeholders:
            put(filled, axis, value)
    return filled


def shown(cell: Cell) -> str:
    """A cell for people: ``b1=1, b2=3``."""
    return ", ".join(f"{axis}={_text(value)}" for axis, value in cell.items()) or "the one cell"


def recipe_keys() -> list[str]:
    """Every key that may be an axis, tables dotted; any name may follow ``options.``."""
    return [key for key in keys_of(Recipe) if key not in ("name", "source")]


def _sweep(table: Mapping[str, object]) -> Mapping[str, Plain]:
    found = table.get("sweep", {})
    if not isinstance(found, Mapping):
        raise SpecError(f"sweep must be a table, got {found!r}")
    return found


def _require_axis(axis: str, placeholders: Sequence[str]) -> None:
    known = recipe_keys()
    if axis == "training.seeds":
        raise SpecError("the seeds are no axis: every cell is trained with each of training.seeds")
    if axis not in placeholders and axis not in known and not axis.startswith("options."):
        raise UnknownName("axis of the sweep", axis, [*placeholders, *known, EXCLUDE])


def _values(axis: str, values: object) -> tuple[Plain, ...]:
    if not isinstance(values, list) or not values:
        raise SpecError(f"sweep.{axis} must be a list of one or more values, got {values!r}")
    if len({json.dumps(value) for value in values}) < len(values):
        raise SpecError(f"sweep.{axis} has a value twice: {values}")
    return tuple(values)


def _exclusions(table: Mapping[str, object], axes: Mapping[str, Sequence[Plain]]) -> list[Cell]:
    found = _sweep(table).get(EXCLUDE, [])
    if not isinstance(found, list) or not all(isinstance(item, Mapping) and item for item in found):
        raise SpecError(f"sweep.exclude must be a list of cells such as {{ b1 = 0, b2 = 0 }}, got {found!r}")
    patterns: list[Cell] = [dict(dotted(item)) for item in found]
    for axis in itertools.chain.from_iterable(patterns):
        if axis not in axes:
            raise UnknownName("axis in sweep.exclude", axis, axes)
    return patterns


def _matches(cell: Cell, pattern: Cell) -> bool:
    return all(cell[axis] == value for axis, value in pattern.items())


def _text(value: object) -> str:
    """As in a model name: lists joined by ``-``, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-".join(map(_text, value)) if isinstance(value, list) else str(value)
