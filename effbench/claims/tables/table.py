"""A paper's table with ours beside it: up to three lines a row, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from effbench.claims.paper import Layout
from effbench.claims.tables.figure import Figure, Line
from effbench.claims.wording import PUBLISHED_ONLY

Cell = tuple[Figure, ...]
"""Figures that the paper prints in one cell; none for a dash."""


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One row of the paper. Attributes: labels: one a label column; side: the image side; cells: one a column."""

    labels: tuple[str, ...]
    side: int | None
    cells: tuple[Cell, ...]

    def lines(self) -> list[Line]:
        """Those that say more than that a figure was published."""
        figures = [figure for cell in self.cells for figure in cell]
        lines: list[Line] = ["published"]
        if any(figure.ours is not None for figure in figures):
            lines.append("ours")
        if any(figure.judgement() not in ("", PUBLISHED_ONLY) for figure in figures):
            lines.append("verdict")
        return lines


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """A table of a paper.

    Attributes:
        title: paper and table. marks: letter -> what was counted. notes: what a reader must know.
    """

    layout: Layout
    title: str
    rows: tuple[TableRow, ...]
    marks: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def caption(self) -> str:
        """Paper, table and caption as printed."""
        return f"{self.title}{': ' if self.layout.caption else ''}{self.layout.caption}"

    def body(self) -> Iterator[tuple[TableRow, Line]]:
        """Every line of every row."""
        for row in self.rows:
            for line in row.lines():
                yield row, line


def is_best(cell: Cell, line: Line) -> bool:
    """Whether the number that the cell has on that line is set in bold."""
    return line != "verdict" and any(figure.is_best(line) for figure in cell)


def cell_text(cell: Cell, line: Line, units: bool) -> str:
    """What stands in a cell; '-' where there is nothing."""
    if line == "verdict":
        first, *rest = [figure.judgement() for figure in cell] or ["-"]
        return first + "".join(f" ({said})" for said in rest)
    numbers = [_number(figure, line) for figure in cell if figure.digits(line) is not None]
    unit = f" {cell[0].claim.unit}" if units and numbers else ""
    return " ".join(numbers) + unit if numbers else "-"


def _number(figure: Figure, line: Line) -> str:
    digits = figure.digits(line)
    return f"({digits}% ↓)" if figure.reduction else str(digits)


def figures(tables: Sequence[PaperTable]) -> list[Figure]:
    """Every figure, in the order of the papers."""
    return [figure for table in tables for row in table.rows for cell in row.cells for figure in cell]
