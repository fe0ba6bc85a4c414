"""Data of files as dataclasses: every key and type is checked, an unknown key answered with the nearest that exists."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Hashable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from effbench.errors import SpecError, UnknownName

T = TypeVar("T")

MOST = sys.float_info.max
"""The largest finite number; a whole number may be larger."""

_NAMES: Mapping[object, str] = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def typed(kind: type[T], table: object, where: str, prefix: str | None = None, **given: object) -> T:
    """A dataclass made from a TOML table or a JSON object; what is inside becomes the types of the fields.

    Args:
        where: what the table is, for errors: ``"claim 'a' in mine.toml"``.
        prefix: what stands before a key in an error about its value; ``where`` and a dot if None.
        given: fields that the table may not set.

    Raises:
        SpecError: a missing key or a value of the wrong type. UnknownName: a key that is no field.
    """
    if not isinstance(table, Mapping):
        raise SpecError(f"{where} must be a table, got {table!r}")
    hints = _hints(cast("Hashable", kind))
    known = {f.name: f for f in dataclasses.fields(kind) if f.name not in given}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise UnknownName(f"key of {where}", key, known)
    for key, f in known.items():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and key not in table:
            raise SpecError(f"{where} has no {key}")
    before = f"{where}." if prefix is None else prefix
    return kind(**given, **{key: _value(value, hints[key], f"{before}{key}") for key, value in table.items()})


@cache
def _hints(kind: Hashable) -> Mapping[str, object]:
    """Field -> its type; found once, as a file may have hundreds of rows."""
    return get_type_hints(kind)


def _value(value: object, hint: object, where: str) -> object:
    """The value as the type says; lists become tuples."""
    return value if hint is Any else _checked(value, hint, where)


def _checked(value: object, hint: object, where: str) -> object:
    origin, kinds = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return typed(hint, value, where)
    if origin is Literal:
        if value not in kinds:
            raise SpecError(f"{where} must be {' or '.join(map(str, kinds))}, got {value!r}")
        return value
    if origin in (Union, UnionType):
        return _one_of(value, kinds, where)
    if origin is tuple:
        return _tuple(value, kinds, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise SpecError(f"{where} must be a table, got {value!r}")
        return {key: _value(item, kinds[1], f"{where}.{key}") for key, item in value.items()}
    if hint is float and type(value) in (int, float):
        return _finite(cast(float, value), where)
    if type(value) is not hint:
        raise SpecError(f"{where} must be {_NAMES[hint]}, got {value!r}")
    return value


def _finite(value: float, where: str) -> float:
    if not -MOST <= value <= MOST:  # false for NaN, too
        raise SpecError(f"{where} must be a finite number, got {value!r}")
    return float(value)


def _one_of(value: object, kinds: tuple[object, ...], where: str) -> object:
    """The value as the first of the types that it fits; what the first says if it fits none."""
    if value is None and NoneType in kinds:
        return None
    refused: list[SpecError] = []
    for kind in kinds:
        if kind is not NoneType:
            try:
                return _value(value, kind, where)
            except SpecError as error:
                refused.append(error)
    raise refused[0]


def _tuple(value: object, kinds: tuple[object, ...], where: str) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise SpecError(f"{where} must be a list, got {value!r}")
    if kinds[-1] is Ellipsis:
        return tuple(_value(item, kinds[0], where) for item in value)
    if len(value) != len(kinds):
        raise SpecError(f"{where} must be {len(kinds)} values, got {value!r}")
    return tuple(_value(item, kind, where) for item, kind in zip(value, kinds, strict=True))
