"""A paper's table as a fragment of HTML: no script, no style, every text escaped."""

from __future__ import annotations

import re
from html import escape

from effbench.claims.tables.figure import Line
from effbench.claims.tables.table import Cell, PaperTable, TableRow, cell_text, is_best

_ABOVE = re.compile(r"\^(\w+)")


def as_html(table: PaperTable) -> str:
    """A ``figure`` with the table and its notes; lines have the classes published, ours and verdict."""
    heads = "".join(f'<th scope="col">{_escaped(head)}</th>' for head in table.heads())
    body = [_line(table, row, line) for row, line in table.body()]
    notes = [f"<li>{_escaped(note)}</li>" for note in table.footnotes(bold=True)]
    return "\n".join(
        [
            f'<figure class="paper-table" id="table-{escape(table.layout.key)}">',
            "<table>",
            f"<caption>{_escaped(table.caption)}</caption>",
            f"<thead><tr>{heads}</tr></thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
            "<figcaption><ul>",
            *notes,
            "</ul></figcaption>",
            "</figure>",
            "",
        ]
    )


def _escaped(text: str) -> str:
    """``^2`` and ``^ds`` as superscripts, everything else as it stands."""
    return _ABOVE.sub(r"<sup>\1</sup>", escape(text))


def _line(table: PaperTable, row: TableRow, line: Line) -> str:
    span = len(row.lines())
    heads = [f'<th scope="rowgroup" rowspan="{span}">{_escaped(label)}</th>' for label in row.labels]
    cells = [_cell(cell, line, table.layout.units) for cell in row.cells]
    side = [f'<td rowspan="{span}">{row.side}²</td>'] if table.layout.side else []
    first = line == "published"
    parts = [*(heads if first else []), f"<td>{line}</td>", *cells, *(side if first else [])]
    return f'<tr class="{line}">{"".join(parts)}</tr>'


def _cell(cell: Cell, line: Line, units: bool) -> str:
    text = _escaped(cell_text(cell, line, units))
    return f"<td><b>{text}</b></td>" if is_best(cell, line) else f"<td>{text}</td>"
