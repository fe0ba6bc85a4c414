"""Rows and columns to a table in any format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from effbench.render.choice import choice, columns_of, machine_rows, ordered
from effbench.render.column import Column, Quantity
from effbench.render.formats import FORMATS
from effbench.render.paper import as_paper
from effbench.render.sheet import Cell, Head, Line, Sheet

__all__ = ["MISSING", "Column", "Quantity", "Row", "column", "exact", "of", "render"]

T = TypeVar("T")
V = TypeVar("V")

Row = Mapping[str, Any]
"""A row that has no type of its own yet."""

MISSING = "-"
"""The cell of a value that is None."""


def column(title: str, key: str, show: Callable[[Any], str | Cell] = str, *, right: bool = False) -> Column[Row]:
    """A column that shows one key of a mapping; None and a missing key show as MISSING."""
    return Column(title, lambda row: MISSING if row.get(key) is None else show(row[key]), right, key)


def of(
    title: str,
    value: Callable[[T], V | None],
    show: Callable[[V], str | Cell] = str,
    *,
    right: bool = False,
    key: str = "",
    also: tuple[str, ...] = (),
    quantity: Quantity[T] | None = None,
) -> Column[T]:
    """A column that shows one value of a row, e.g. ``of("MACs", lambda row: row.macs, scaled)``; None as MISSING."""

    def cell(row: T) -> str | Cell:
        found = value(row)
        return MISSING if found is None else show(found)

    return Column(title, cell, right, key, also, quantity)


def render(
    rows: Sequence[T], columns: Sequence[Column[T]], style: str, *, title: str = "", notes: Sequence[str] = ()
) -> str:
    """The table in one of ``FORMATS``, ending in a newline, as ``render.choice`` has it.

    Title and notes go to the formats people read; those that are exact hold every plain value of the rows, unscaled.

    Args:
        rows: dataclasses, mappings, or objects with a method ``plain``.

    Raises:
        EffbenchError: a column was chosen that the table does not have.
    """
    chosen = choice()
    rows = ordered(rows, columns, chosen.sort)
    used = columns_of(columns, chosen.columns)
    sheet = Sheet(
        heads=[Head(one.title, right=one.right) for one in used],
        lines=lambda: [Line([_cell(one.show(row), chosen.names) for one in used]) for row in rows],
        rows=machine_rows(rows, used, chosen) if FORMATS[style].exact else rows,
        title=chosen.caption or title,
        notes=[title, *notes] if chosen.caption and title else notes,
        key=chosen.label,
    )
    return FORMATS[style].write(as_paper(sheet, rows, used, chosen) if style == "latex" else sheet)


def exact(rows: Sequence[object], style: str, document: object = None) -> str:
    """Rows in one of ``FORMATS`` that is exact; ``document``: what a format of nested values holds in their place."""
    return FORMATS[style].write(Sheet(heads=(), lines=tuple, rows=rows, document=document))


def _cell(shown: str | Cell, names: Mapping[str, str]) -> Cell:
    cell = shown if isinstance(shown, Cell) else Cell(shown)
    return replace(cell, text=names[cell.text]) if cell.text in names else cell
