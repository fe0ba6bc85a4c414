"""Which figures of a table are the best: highest accuracy, lowest cost; published and ours apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from decimal import Decimal

from effbench.claims.paper import Layout
from effbench.claims.tables.figure import Figure
from effbench.claims.tables.table import Cell, TableRow

HIGHER = ("top1", "top5")
"""Metrics of which more is better; of all others less is."""

Group = tuple[int, str]


def with_best(rows: tuple[TableRow, ...], layout: Layout) -> tuple[TableRow, ...]:
    """The same rows, the best figures marked."""
    published = _best(rows, layout, lambda figure: figure.claim.printed)
    ours = _best(rows, layout, lambda figure: figure.ours)

    def mark(figure: Figure) -> Figure:
        return dataclasses.replace(figure, best=figure.claim.id in published, ours_best=figure.claim.id in ours)

    def marked(cell: Cell) -> Cell:
        return tuple(mark(figure) for figure in cell)

    return tuple(dataclasses.replace(row, cells=tuple(marked(cell) for cell in row.cells)) for row in rows)


def _best(rows: Iterable[TableRow], layout: Layout, digits: Callable[[Figure], str | None]) -> set[str]:
    """Claims whose number is the best of its column or row; a number without a rival is none."""
    groups: dict[Group, list[tuple[Decimal, str]]] = {}
    for i, row in enumerate(rows):
        for j, cell in enumerate(row.cells):
            for figure in cell:
                number = digits(figure)
                if number is not None and not figure.reduction:
                    group = (i if layout.best == "row" else j), figure.claim.metric
                    groups.setdefault(group, []).append((Decimal(number.replace(",", "")), figure.claim.id))
    return {claim for (_, metric), found in groups.items() for claim in _winners(found, metric)}


def _winners(found: list[tuple[Decimal, str]], metric: str) -> list[str]:
    values = [value for value, _ in found]
    if len(set(values)) < 2:
        return []
    best = max(values) if metric in HIGHER else min(values)
    return [claim for value, claim in found if value == best]
