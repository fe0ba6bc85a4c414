"""Built tables in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from effbench.claims.tables.html import as_html
from effbench.claims.tables.latex import as_latex
from effbench.claims.tables.table import PaperTable, as_text, figures
from effbench.render.table import render

SUFFIXES = {"table": "txt", "json": "json", "csv": "csv", "markdown": "md", "latex": "tex", "html": "html"}
"""Format -> how its files end."""


def in_format(tables: Sequence[PaperTable], style: str) -> str:
    """The tables as one text in one of SUFFIXES; of csv and json, one table with a row a figure."""
    if style in ("csv", "json"):
        return render(figures(tables), [], style)
    writers: dict[str, Callable[[PaperTable], str]] = {"latex": as_latex, "html": as_html}
    write = writers.get(style, partial(as_text, style=style))
    return "\n\n".join(write(table) for table in tables)
