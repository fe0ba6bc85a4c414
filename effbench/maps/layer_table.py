"""Tables with the layers of one branch down and of another across, from documents with a flat list of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from effbench.render.table import Column, Row, render

Document = Mapping[str, Any]
"""``dataset``, ``row_branch``, ``col_branch``, ``rows``, ``cols``, ``fixed`` and ``cells``, row by row."""

Cell = Mapping[str, Any]


def cell_lines(document: Document) -> list[Sequence[Cell]]:
    """The cells, one line per row of the map."""
    width = len(document["cols"])
    return [document["cells"][start : start + width] for start in range(0, len(document["cells"]), width)]


def fixed_layers(document: Document) -> str:
    """``, 3 layers in branch 3``; empty for two branches."""
    return "".join(f", {layers} layers in branch {branch}" for branch, layers in document["fixed"].items())


def axis_labels(document: Document) -> tuple[str, str]:
    """Of a figure: down and across."""
    return f"layers in branch {document['row_branch']}", f"layers in branch {document['col_branch']}"


def layer_table(document: Document, show: Callable[[Cell], str], style: str, *, what: str, notes: Sequence[str]) -> str:
    """The map in one of ``FORMATS`` that people read; ``what`` is said in its title."""
    lines = cell_lines(document)
    rows: list[Row] = [{"row": i} for i in range(len(lines))]
    down, across = document["row_branch"], document["col_branch"]
    head: Column[Row] = Column(f"branch {down} \\ {across}", lambda row: str(document["rows"][row["row"]]), right=True)

    def cell(place: int, row: Row) -> str:
        return show(lines[row["row"]][place])

    columns = [Column(str(layers), partial(cell, j), right=True) for j, layers in enumerate(document["cols"])]
    axes = f"by layers in branch {down} (down) and branch {across} (across){fixed_layers(document)}"
    title = f"RAViT on {document['dataset']}: {what}, {axes}"
    return render(rows, [head, *columns], style, title=title, notes=notes)
