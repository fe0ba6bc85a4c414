"""Rows as plain values: what JSON and CSV hold of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""A value that JSON can hold."""


@runtime_checkable
class HasPlain(Protocol):
    """A row that says itself what its plain values are, e.g. one whose names depend on the data."""

    def plain(self) -> Mapping[str, object]:
        """Name -> value, in the order of the columns of a CSV file."""


def is_row(value: object) -> bool:
    """Whether the value has values with names: a mapping, a dataclass, or what has a method ``plain``."""
    return isinstance(value, HasPlain | Mapping) or (dataclasses.is_dataclass(value) and not isinstance(value, type))


def plain(row: object) -> dict[str, object]:
    """Name -> value of a row: of a mapping itself, of a dataclass its fields in their order.

    Raises:
        TypeError: the row is neither, and has no method ``plain``.
    """
    if isinstance(row, HasPlain):
        return dict(row.plain())
    if isinstance(row, Mapping):
        return dict(row)
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    raise TypeError(f"{type(row).__name__} is no row: neither a mapping nor a dataclass")


def json_value(value: object) -> object:
    """For ``json.dumps``: what the encoder does not know itself, i.e. a dataclass within a row."""
    return plain(value)
