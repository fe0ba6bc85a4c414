"""Rows and columns to a table in any format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from effbench.render.formats import FORMATS
from effbench.render.sheet import Cell, Head, Line, Sheet

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
V = TypeVar("V")

Row = Mapping[str, Any]
"""A row that has no type of its own yet."""

MISSING = "-"
"""The cell of a value that is None."""


@dataclass(frozen=True)
class Column(Generic[T_contra]):
    """One column for people.

    Attributes:
        title: its head.
        show: row -> text of its cell, or the cell.
        right: align right (numbers).
    """

    title: str
    show: Callable[[T_contra], str | Cell]
    right: bool = False


def column(title: str, key: str, show: Callable[[Any], str | Cell] = str, *, right: bool = False) -> Column[Row]:
    """A column that shows one key of a mapping; None and a missing key show as MISSING."""
    return Column(title, lambda row: MISSING if row.get(key) is None else show(row[key]), right)


def of(
    title: str, value: Callable[[T], V | None], show: Callable[[V], str | Cell] = str, *, right: bool = False
) -> Column[T]:
    """A column that shows one value of a row, e.g. ``of("MACs", lambda row: row.macs, scaled)``; None as MISSING."""

    def cell(row: T) -> str | Cell:
        found = value(row)
        return MISSING if found is None else show(found)

    return Column(title, cell, right)


def render(
    rows: Sequence[T], columns: Sequence[Column[T]], style: str, *, title: str = "", notes: Sequence[str] = ()
) -> str:
    """The table in one of ``FORMATS``, ending in a newline.

    Title and notes go to the formats people read; those that are exact hold every plain value of the rows, unscaled.

    Args:
        rows: dataclasses, mappings, or objects with a method ``plain``.
    """
    return FORMATS[style].write(
        Sheet(
            heads=[Head(one.title, right=one.right) for one in columns],
            lines=lambda: [Line([_cell(one.show(row)) for one in columns]) for row in rows],
            rows=rows,
            title=title,
            notes=notes,
        )
    )


def exact(rows: Sequence[object], style: str, document: object = None) -> str:
    """Rows in one of ``FORMATS`` that is exact; ``document``: what a format of nested values holds in their place."""
    return FORMATS[style].write(Sheet(heads=(), lines=tuple, rows=rows, document=document))


def _cell(shown: str | Cell) -> Cell:
    return shown if isinstance(shown, Cell) else Cell(shown)
