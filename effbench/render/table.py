"""Rows to text: a table for people, Markdown and LaTeX with formatted cells; CSV and JSON with the raw values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMATS = ("table", "json", "csv", "markdown", "latex")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column for people.

    Attributes:
        title: its head.
        show: row -> cell text.
        right: align right (numbers).
    """

    title: str
    show: Callable[[Row], str]
    right: bool = False


def column(title: str, key: str, show: Callable[[Any], str] = str, *, right: bool = False) -> Column:
    """A column that shows one key of the row; None and a missing key show as '-'."""
    return Column(title, lambda row: "-" if row.get(key) is None else show(row[key]), right)


def render(
    rows: Sequence[Row], columns: Sequence[Column], style: str, *, title: str = "", notes: Sequence[str] = ()
) -> str:
    """The table in one of ``FORMATS``, ending in a newline.

    ``json`` is an array of objects and ``csv`` has a header line; both hold every key of the rows, unscaled.
    Title and notes go to the formats people read.
    """
    if style == "json":
        return json.dumps(list(rows), indent=2, ensure_ascii=False) + "\n"
    if style == "csv":
        return _csv(rows)
    body = _tabulated(rows, columns, style)
    if style == "latex":
        comments = [f"% {line}" for text in (title, *notes) for line in text.splitlines() if line]
        return "\n".join([*comments, body]) + "\n"
    heading = f"**{title}**" if style == "markdown" and title else title
    return "\n\n".join(part for part in (heading, body, "\n".join(notes)) if part) + "\n"


def _tabulated(rows: Sequence[Row], columns: Sequence[Column], style: str) -> str:
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


def _csv(rows: Sequence[Row]) -> str:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> Any:
    """A CSV cell; lists are joined by semicolons."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else value
