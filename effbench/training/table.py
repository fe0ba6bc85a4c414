"""Tables of TOML and JSON files as dataclasses, every key and type checked; and their dotted keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from effbench.errors import SpecError, UnknownName

T = TypeVar("T")


def dotted(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Key and value of everything in nested tables: ``optimiser.lr`` is ``lr`` in the table ``optimiser``."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from dotted(value, f"{before}{key}.")
        else:
            yield before + key, value


def put(table: dict[str, Any], key: str, value: Any) -> None:
    """Set the value of a dotted key; tables on the way are made.

    Raises:
        SpecError: something on the way is no table.
    """
    *path, last = key.split(".")
    for name in path:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise SpecError(f"{name} in {key} must be a table, got {table!r}")
    table[last] = value


def from_table(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A dataclass from a table; tables in it become the dataclasses they stand for.

    Args:
        where: what the table is, for messages.

    Raises:
        UnknownName: a key that is none; the message offers the nearest. SpecError: a missing key or a wrong type.
    """
    hints = get_type_hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise UnknownName(f"key of {where}", key, known)
    for key, f in known.items():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and key not in table:
            raise SpecError(f"{where} has no {key}")
    inside = "" if where in TOPMOST else f"{where}."
    return kind(**{key: _value(value, hints[key], inside + key) for key, value in table.items()})


TOPMOST = ("recipe", "job")
"""Tables whose keys are named without them."""


def keys_of(kind: type, before: str = "") -> Iterator[str]:
    """The dotted keys that a table of a dataclass can have."""
    for name, hint in get_type_hints(kind).items():
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            yield from keys_of(hint, f"{before}{name}.")
        else:
            yield before + name


def _value(value: Any, hint: Any, where: str) -> Any:
    if isinstance(hint, UnionType):  # X | None
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
        return None if value is None else _value(value, hint, where)
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


def _tuple(value: Any, kinds: Sequence[Any], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise SpecError(f"{where} must be a list, got {value!r}")
    if kinds[-1] is Ellipsis:
        kinds = [kinds[0]] * len(value)
    if len(value) != len(kinds):
        raise SpecError(f"{where} must be {len(kinds)} values, got {value!r}")
    return tuple(_value(item, kind, where) for item, kind in zip(value, kinds, strict=True))


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
