"""Columns of tables: a head, what people see of a row, and what machines and papers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from effbench.render.sheet import Cell

T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Quantity(Generic[T_contra]):
    """What a column of numbers measures.

    Attributes:
        of: row -> the number in SI base units; None where there is none.
        unit: e.g. ``MAC``, ``s``, ``B``; or row -> it, where rows differ. best: which end is better; empty: neither.
    """

    of: Callable[[T_contra], float | None]
    unit: str | Callable[[T_contra], str] = ""
    best: str = "least"


@dataclass(frozen=True)
class Column(Generic[T_contra]):
    """One column for people.

    Attributes:
        title: its head.
        show: row -> text of its cell, or the cell.
        right: align right (numbers).
        key: the field of a row that it shows. also: other words that mean it.
        quantity: what its numbers are, for formats that scale a column as one.
    """

    title: str
    show: Callable[[T_contra], str | Cell]
    right: bool = False
    key: str = ""
    also: tuple[str, ...] = ()
    quantity: Quantity[T_contra] | None = None

    def value(self, row: T_contra) -> object:
        """What rows are sorted by: the number where there is one, else what is shown."""
        if self.quantity is not None:
            return self.quantity.of(row)
        shown = self.show(row)
        return shown.text if isinstance(shown, Cell) else shown
