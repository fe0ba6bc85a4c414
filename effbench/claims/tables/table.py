"""A paper's table with ours beside it: up to three lines a row, as text of any format.

What the lines say is made by ``claims.tables``; here it is only laid out. LaTeX and HTML have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from effbench.render.table import Column, Row, render

LINES = ("published", "ours", "verdict")
"""What the lines of a row are: as printed; analytic, counted or measured; the difference and what it means."""

Line = Literal["published", "ours", "verdict"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a cell.

    Attributes:
        claim: id of the published figure. unit: as printed.
        published: the digits as printed. ours: the same quantity as we find it; None where we have none.
        difference: ours against the published, with its unit. verdict: one word or a few. mark: letter of the way
            of counting under which the published figure holds; at: the image side, where the paper states none.
        reduction: whether it is a reduction, printed in brackets behind the figure it belongs to.
        best: of the published figures it is compared with. ours_best: likewise of ours.
        row: everything about it, exact, for machines.
    """

    claim: str
    unit: str
    published: str
    ours: str | None
    difference: str | None
    verdict: str
    mark: str = ""
    at: str = ""
    reduction: bool = False
    best: bool = False
    ours_best: bool = False
    row: Mapping[str, Any] = field(default_factory=dict)

    def digits(self, line: Line) -> str | None:
        """The number of that line."""
        return {"published": self.published, "ours": self.ours}[line]

    def is_best(self, line: Line) -> bool:
        """Whether that number is set in bold."""
        return {"published": self.best, "ours": self.ours_best}[line]

    def judgement(self) -> str:
        """The difference, the verdict and what the figure holds under."""
        said = ", ".join(part for part in (self.difference, self.verdict) if part)
        return " ".join(part for part in (said, f"under [{self.mark}]" if self.mark else "", self.at) if part)


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


PUBLISHED_ONLY = "published only"
"""Verdict on a figure that only a training or another machine could test."""


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
    unit = f" {cell[0].unit}" if units and numbers else ""
    return " ".join(numbers) + unit if numbers else "-"


def _number(figure: Figure, line: Line) -> str:
    digits = figure.digits(line)
    return f"({digits}% ↓)" if figure.reduction else str(digits)


def plain(label: str) -> str:
    """A label as printed, for text: ``256^2`` -> ``256²``."""
    return label.replace("^2", "²")


def as_text(table: PaperTable, style: str) -> str:
    """The table for a terminal, or in Markdown, where the best published figure of each kind is bold."""
    rows = [{"row": row, "line": line} for row, line in table.body()]
    columns = [
        *(Column(plain(head) or " ", _label(i)) for i, head in enumerate(table.labels)),
        Column(" ", lambda row: str(row["line"])),
        *(Column(plain(head), _figures(i, table.units, style), right=True) for i, head in enumerate(table.columns)),
    ]
    if table.side:
        columns.append(Column(plain(table.side), _side, right=True))
    caption = f"{table.title}{': ' if table.caption else ''}{table.caption}"
    notes = table.footnotes(bold=style == "markdown")
    return render(rows, columns, style, title=caption, notes=_listed(notes) if style == "markdown" else notes)


def records(tables: Sequence[PaperTable]) -> list[Row]:
    """One row a figure, in the order of the papers, exact."""
    return [figure.row for table in tables for row in table.rows for cell in row.cells for figure in cell]


def _listed(notes: Sequence[str]) -> list[str]:
    return [f"- {note}" for note in notes]


def _label(i: int) -> Any:
    """Labels stand on the first line of a row alone."""
    return lambda row: plain(row["row"].labels[i]) if row["line"] == "published" else ""


def _side(row: Row) -> str:
    return f"{row['row'].side}²" if row["line"] == "published" else ""


def _figures(i: int, units: bool, style: str) -> Any:
    def show(row: Row) -> str:
        cell: Cell = row["row"].cells[i]
        text = cell_text(cell, row["line"], units)
        bold = style == "markdown" and row["line"] != "verdict" and any(f.is_best(row["line"]) for f in cell)
        return f"**{text}**" if bold else text

    return show
