"""Tables as fragments of HTML: no script, no style, every text escaped."""

from __future__ import annotations

import re

from effbench.render.sheet import Cell, Line, Sheet

MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""Character -> what prints it, in text and in attributes."""

ABOVE = re.compile(r"\^(\w+)")


def as_html(sheet: Sheet) -> str:
    """A ``figure`` with the table and its notes; a line has its kind as class."""
    named = f' class="paper-table" id="table-{sheet.key.translate(MARKUP)}"' if sheet.key else ""
    heads = "".join(f'<th scope="col">{_escaped(head.text, sheet)}</th>' for head in sheet.heads)
    notes = [f"<li>{_escaped(note, sheet)}</li>" for note in sheet.all_notes()]
    return "\n".join(
        [
            f"<figure{named}>",
            "<table>",
            *([f"<caption>{_escaped(sheet.title, sheet)}</caption>"] if sheet.title else []),
            f"<thead><tr>{heads}</tr></thead>",
            "<tbody>",
            *(_line(line, sheet) for line in sheet.lines()),
            "</tbody>",
            "</table>",
            *(["<figcaption><ul>", *notes, "</ul></figcaption>"] if notes else []),
            "</figure>",
            "",
        ]
    )


def _escaped(text: str, sheet: Sheet) -> str:
    escaped = text.translate(MARKUP)
    return ABOVE.sub(r"<sup>\1</sup>", escaped) if sheet.raised else escaped


def _line(line: Line, sheet: Sheet) -> str:
    kind = f' class="{line.kind.translate(MARKUP)}"' if line.kind else ""
    return f"<tr{kind}>{''.join(_cell(cell, sheet) for cell in line.cells if cell.lines)}</tr>"


def _cell(cell: Cell, sheet: Sheet) -> str:
    text = _escaped(cell.text, sheet)
    for tag in ("b",) * cell.bold + ("code",) * cell.code:
        text = f"<{tag}>{text}</{tag}>"
    span = f' rowspan="{cell.lines}"' if cell.lines > 1 else ""
    if cell.label:
        return f'<th scope="row{"group" if span else ""}"{span}>{text}</th>'
    return f"<td{span}>{text}</td>"
