"""Dotted keys of nested tables: ``optimiser.lr`` is ``lr`` in the table ``optimiser``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TypeVar, get_type_hints

from effbench.errors import SpecError
from effbench.render.plain import Plain

T = TypeVar("T")


def dotted(table: Mapping[str, Plain], before: str = "") -> Iterator[tuple[str, Plain]]:
    """Key and value of everything in nested tables: ``optimiser.lr`` is ``lr`` in the table ``optimiser``."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from dotted(value, f"{before}{key}.")
        else:
            yield before + key, value


def put(table: dict[str, object], key: str, value: object) -> None:
    """Set the value of a dotted key; tables on the way are made.

    Raises:
        SpecError: something on the way is no table.
    """
    *path, last = key.split(".")
    for name in path:
        found = table.setdefault(name, {})
        if not isinstance(found, dict):
            raise SpecError(f"{name} in {key} must be a table, got {found!r}")
        table = found
    table[last] = value


def keys_of(kind: type, before: str = "") -> Iterator[str]:
    """The dotted keys that a table of a dataclass can have."""
    for name, hint in get_type_hints(kind).items():
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            yield from keys_of(hint, f"{before}{name}.")
        else:
            yield before + name
