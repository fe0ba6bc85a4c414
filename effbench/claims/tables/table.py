"""A paper's table with ours beside it: up to three lines a row, as text of any format.

What the lines say is made by ``claims.tables``; here it is only laid out. LaTeX and HTML have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from effbench.claims.paper import Metric
from effbench.claims.wording import PUBLISHED_ONLY
from effbench.render.table import Column, of, render

LINES = ("published", "ours", "verdict")
"""What the lines of a row are: as printed; analytic, counted or measured; the difference and what it means."""

Line = Literal["published", "ours", "verdict"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A figure for machines: exact values, in base units; None where there is none.

    Attributes:
        table: key of its table. where, row, image_size, column: its place in the paper.
        claim: id. published: the digits as printed, in ``unit``.
        ours, ours_source, ours_under: our value, how it was made, and the way of counting.
        difference: ours against the published, in ``difference_unit``. verdict: one word or a few.
        holds_under, holds_at_size: what gives the published digits. model: ours. evidence: why the verdict.
    """

    table: str
    where: str
    row: str
    image_size: int | None
    column: str
    claim: str
    metric: Metric
    relation: str | None
    published: str
    unit: str
    ours: int | float | None
    ours_source: str | None
    ours_under: str | None
    difference: float | None
    difference_unit: str | None
    verdict: str
    holds_under: str | None
    holds_at_size: int | None
    model: str | None
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a cell, as text.

    Attributes:
        ours: the same quantity as we find it, in the paper's unit; None where we have none.
        difference: ours against the published, with its unit. mark: letter of the way of counting under which the
            published figure holds. at: the image side, where the paper states none.
        best: of the published figures it is compared with. ours_best: likewise of ours.
    """

    record: Record
    ours: str | None
    difference: str | None
    mark: str = ""
    at: str = ""
    best: bool = False
    ours_best: bool = False

    @property
    def published(self) -> str:
        """The digits as printed."""
        return self.record.published

    @property
    def reduction(self) -> bool:
        """Whether it is a reduction, printed in brackets behind the figure it belongs to."""
        return self.record.relation == "reduction"

    def digits(self, line: Line) -> str | None:
        """The number of that line."""
        return {"published": self.published, "ours": self.ours}[line]

    def is_best(self, line: Line) -> bool:
        """Whether that number is set in bold."""
        return {"published": self.best, "ours": self.ours_best}[line]

    def judgement(self) -> str:
        """The difference, the verdict and what the figure holds under."""
        found = ", ".join(part for part in (self.difference, self.record.verdict) if part)
        return " ".join(part for part in (found, f"under [{self.mark}]" if self.mark else "", self.at) if part)


Cell = tuple[Figure, ...]
"""Figures that the paper prints in one cell; none for a dash."""


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One row of the paper. Attributes: labels: one a label column; side: the image side; cells: one a column."""

    labels: tuple[str, ...]
    side: int | None
    cells: tuple[Cell, ...]

    def lines(self) -> list[Line]:
        """Those of LINES that say more than that a figure was published."""
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
        key: how the table is called here. title: paper and table; caption: as printed.
        labels, columns: heads. side: head of the image side's column, empty without one; it stands last.
        units: whether the unit of a figure stands in its cell. best: among which figures the best is bold.
        marks: letter -> what was counted. notes: what a reader must know.
    """

    key: str
    title: str
    caption: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    side: str
    units: bool
    best: Literal["column", "row"]
    rows: tuple[TableRow, ...]
    marks: Mapping[str, str]
    notes: tuple[str, ...]

    def heads(self) -> list[str]:
        """Labels, which line it is, figures, image side."""
        return [*self.labels, "", *self.columns, *([self.side] if self.side else [])]

    def footnotes(self, *, bold: bool) -> list[str]:
        """Marks, then notes; ``bold``: whether the format has bold figures to be explained."""
        best = f"Bold: the best of its {self.best} (highest accuracy, lowest cost), published and ours apart."
        marks = (f"[{mark}] {said}" for mark, said in self.marks.items())
        return [*marks, *self.notes, *([best] if bold else [])]

    def body(self) -> Iterator[tuple[TableRow, Line]]:
        """Every line of every row."""
        for row in self.rows:
            for line in row.lines():
                yield row, line


def cell_text(cell: Cell, line: Line, units: bool) -> str:
    """What stands in a cell; '-' where there is nothing."""
    if line == "verdict":
        first, *rest = [figure.judgement() for figure in cell] or ["-"]
        return first + "".join(f" ({said})" for said in rest)
    numbers = [_number(figure, line) for figure in cell if figure.digits(line) is not None]
    unit = f" {cell[0].record.unit}" if units and numbers else ""
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
    bold = style == "markdown"
    columns = [
        *(Column(plain(head) or " ", partial(_label, i)) for i, head in enumerate(table.labels)),
        of(" ", lambda one: one.line),
        *(Column(plain(head), partial(_cell, i, table.units, bold), True) for i, head in enumerate(table.columns)),
        *([Column(plain(table.side), _side, right=True)] if table.side else []),
    ]
    caption = f"{table.title}{': ' if table.caption else ''}{table.caption}"
    notes = [f"- {note}" if bold else note for note in table.footnotes(bold=bold)]
    return render([TextLine(*one) for one in table.body()], columns, style, title=caption, notes=notes)


def records(tables: Sequence[PaperTable]) -> list[Record]:
    """One row a figure, in the order of the papers, exact."""
    return [figure.record for table in tables for row in table.rows for cell in row.cells for figure in cell]


def _label(i: int, one: TextLine) -> str:
    """Labels stand on the first line of a row alone."""
    return plain(one.row.labels[i]) if one.line == "published" else ""


def _side(one: TextLine) -> str:
    return f"{one.row.side}²" if one.line == "published" else ""


def _cell(i: int, units: bool, bold: bool, one: TextLine) -> str:
    cell = one.row.cells[i]
    text = cell_text(cell, one.line, units)
    best = bold and one.line != "verdict" and any(figure.is_best(one.line) for figure in cell)
    return f"**{text}**" if best else text
