"""Rows to text: a table for people, Markdown and LaTeX with formatted cells; CSV and JSON with the raw values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from effbench.render.plain import json_value, plain

FORMATS = ("table", "json", "csv", "markdown", "latex")

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
        show: row -> cell text.
        right: align right (numbers).
    """

    title: str
    show: Callable[[T_contra], str]
    right: bool = False


def column(title: str, key: str, show: Callable[[Any], str] = str, *, right: bool = False) -> Column[Row]:
    """A column that shows one key of a mapping; None and a missing key show as MISSING."""
    return Column(title, lambda row: MISSING if row.get(key) is None else show(row[key]), right)


def of(title: str, value: Callable[[T], V | None], show: Callable[[V], str] = str, *, right: bool = False) -> Column[T]:
    """A column that shows one value of a row, e.g. ``of("MACs", lambda row: row.macs, scaled)``; None as MISSING."""

    def cell(row: T) -> str:
        found = value(row)
        return MISSING if found is None else show(found)

    return Column(title, cell, right)


def render(
    rows: Sequence[T], columns: Sequence[Column[T]], style: str, *, title: str = "", notes: Sequence[str] = ()
) -> str:
    """The table in one of ``FORMATS``, ending in a newline.

    ``json`` is an array of objects and ``csv`` has a header line; both hold every plain value of the rows, unscaled.
    Title and notes go to the formats people read.

    Args:
        rows: dataclasses, mappings, or objects with a method ``plain``.
    """
    if style == "json":
        return json.dumps([plain(row) for row in rows], indent=2, ensure_ascii=False, default=json_value) + "\n"
    if style == "csv":
        return _csv([plain(row) for row in rows])
    body = _tabulated(rows, columns, style)
    if style == "latex":
        comments = [f"% {line}" for text in (title, *notes) for line in text.splitlines() if line]
        return "\n".join([*comments, body]) + "\n"
    heading = f"**{title}**" if style == "markdown" and title else title
    return "\n\n".join(part for part in (heading, body, "\n".join(notes)) if part) + "\n"


def _tabulated(rows: Sequence[T], columns: Sequence[Column[T]], style: str) -> str:
    from tabulate import tabulate

    form = {"table": "simple", "markdown": "pipe", "latex": "latex_booktabs"}[style]
    text: str = tabulate(
        [[cell.show(row) for cell in columns] for row in rows],
        headers=[cell.title for cell in columns],
        tablefmt=form,
        disable_numparse=True,
        colalign=["right" if cell.right else "left" for cell in columns] if rows else None,
    )
    return text


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return buffer.getvalue()


def _cell(value: object) -> object:
    """A CSV cell; lists are joined by semicolons."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else value
