"""A paper's table with ours beside it: up to three lines a row, as text of any format.

What the lines say is made by ``claims.tables``; here it is only laid out. LaTeX and HTML have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from effbench.claims.paper import Layout
from effbench.claims.tables.figure import Figure, Line
from effbench.claims.wording import PUBLISHED_ONLY
from effbench.render.table import Column, of, render

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

    def heads(self) -> list[str]:
        """Labels, which line it is, figures, image side."""
        return [*self.layout.labels, "", *self.layout.columns, *([self.layout.side] if self.layout.side else [])]

    def footnotes(self, *, bold: bool) -> list[str]:
        """Marks, then notes; ``bold``: whether the format has bold figures to be explained."""
        best = f"Bold: the best of its {self.layout.best} (highest accuracy, lowest cost), published and ours apart."
        marks = (f"[{mark}] {said}" for mark, said in self.marks.items())
        return [*marks, *self.notes, *([best] if bold else [])]

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


def plain(label: str) -> str:
    """A label as printed, for text: ``256^2`` -> ``256²``."""
    return label.replace("^2", "²")


@dataclass(frozen=True)
class TextLine:
    """One line of a row."""

    row: TableRow
    line: Line


def as_text(table: PaperTable, style: str) -> str:
    """The table for a terminal, or in Markdown, where the best published figure of each kind is bold."""
    bold, layout = style == "markdown", table.layout
    columns = [
        *(Column(plain(head) or " ", partial(_label, i)) for i, head in enumerate(layout.labels)),
        of(" ", lambda one: one.line),
        *(Column(plain(head), partial(_cell, i, layout.units, bold), True) for i, head in enumerate(layout.columns)),
        *([Column(plain(layout.side), _side, right=True)] if layout.side else []),
    ]
    notes = [f"- {note}" if bold else note for note in table.footnotes(bold=bold)]
    return render([TextLine(*one) for one in table.body()], columns, style, title=table.caption, notes=notes)


def figures(tables: Sequence[PaperTable]) -> list[Figure]:
    """Every figure, in the order of the papers."""
    return [figure for table in tables for row in table.rows for cell in row.cells for figure in cell]


def _label(i: int, one: TextLine) -> str:
    """Labels stand on the first line of a row alone."""
    return plain(one.row.labels[i]) if one.line == "published" else ""


def _side(one: TextLine) -> str:
    return f"{one.row.side}²" if one.line == "published" else ""


def _cell(i: int, units: bool, bold: bool, one: TextLine) -> str:
    cell = one.row.cells[i]
    text = cell_text(cell, one.line, units)
    return f"**{text}**" if bold and is_best(cell, one.line) else text
