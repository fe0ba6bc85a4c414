"""Built tables in every format."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.claims.tables.figure import Line
from effbench.claims.tables.table import PaperTable, TableRow, cell_text, figures, is_best
from effbench.render import sheet
from effbench.render.formats import FORMATS, is_exact
from effbench.render.sheet import Head, Sheet
from effbench.render.table import exact


def in_format(tables: Sequence[PaperTable], style: str) -> str:
    """The tables as one text; in a format that is exact, one table with a row a figure."""
    if is_exact(style):
        return exact(figures(tables), style)
    return "\n\n".join(FORMATS[style].write(as_sheet(table)) for table in tables)


def as_sheet(table: PaperTable) -> Sheet:
    """The table with a line each for what is published, ours and the verdict."""
    layout = table.layout
    return Sheet(
        heads=[
            *map(Head, (*layout.labels, "")),
            *(Head(head, right=True, decimal=_is_decimal(table, i)) for i, head in enumerate(layout.columns)),
            *([Head(layout.side, right=True)] if layout.side else []),
        ],
        lines=lambda: [_line(table, row, line) for row, line in table.body()],
        rows=figures([table]),
        title=table.caption,
        notes=[*(f"[{mark}] {said}" for mark, said in table.marks.items()), *table.notes],
        bold=f"Bold: the best of its {layout.best} (highest accuracy, lowest cost), published and ours apart.",
        key=layout.key,
        raised=True,
    )


def _is_decimal(table: PaperTable, i: int) -> bool:
    """Whether a cell of the column holds a number and nothing else."""
    return not table.layout.units and all(len(row.cells[i]) < 2 for row in table.rows)


def _line(table: PaperTable, row: TableRow, line: Line) -> sheet.Line:
    """Labels and the image side stand on the first line of a row, and cover the others."""
    lines = len(row.lines()) if line == "published" else 0
    side = [f"{row.side}²"] if table.layout.side else []
    labels, last = (
        [sheet.Cell(text if lines else "", label=label, lines=lines) for text in texts]
        for texts, label in ((row.labels, True), (side, False))
    )
    cells = [sheet.Cell(cell_text(cell, line, table.layout.units), bold=is_best(cell, line)) for cell in row.cells]
    return sheet.Line([*labels, sheet.Cell(line), *cells, *last], line)
