"""A paper's table in LaTeX: booktabs rules, siunitx columns, the best in bold.

Needs ``\\usepackage{booktabs}`` and ``\\usepackage{siunitx}``.
"""

from __future__ import annotations

import re

from effbench.claims.tables.figure import Line
from effbench.claims.tables.table import Cell, PaperTable, TableRow, cell_text, is_best

SPECIAL = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "²": r"\textsuperscript{2}",
    "↓": r"$\downarrow$",
    "×": r"$\times$",
    "…": r"\ldots{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",
    "]": "{]}",
}
"""Character -> what LaTeX needs for it to be printed; brackets would begin an option after a line break."""

BOLD_IN_COLUMNS = r"\sisetup{detect-weight=true}"

_ABOVE = re.compile(r"\^(\w+)")


def as_latex(table: PaperTable) -> str:
    """A ``table`` environment; the package names and how to bold stand in comments."""
    kinds = [_kind(table, i) for i in range(len(table.layout.columns))]
    columns = "l" * (len(table.layout.labels) + 1) + "".join(kinds) + ("r" if table.layout.side else "")
    heads = [*(escaped(h) for h in table.layout.labels), "", *(f"{{{escaped(h)}}}" for h in table.layout.columns)]
    heads += [escaped(table.layout.side)] if table.layout.side else []
    body = [_line(table, row, line, kinds) for row, line in table.body()]
    notes = [rf"{escaped(note)}\par" for note in table.footnotes(bold=True)]
    return "\n".join(
        [
            r"% \usepackage{booktabs}, \usepackage{siunitx}",
            r"\begin{table}",
            BOLD_IN_COLUMNS,
            rf"\caption{{{escaped(table.caption)}}}",
            rf"\label{{tab:{table.layout.key.replace('_', '-')}}}",
            r"\footnotesize",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            rf"{' & '.join(heads)} \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\par\medskip",
            *notes,
            r"\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text that LaTeX prints as it stands; ``^2`` and ``^ds`` become superscripts."""
    parts = _ABOVE.split(text)  # text, superscript, text, …
    said = [rf"\textsuperscript{{{_plain(part)}}}" if i % 2 else _plain(part) for i, part in enumerate(parts)]
    return "".join(said)


def _plain(text: str) -> str:
    return "".join(SPECIAL.get(c, c) for c in text)


def _kind(table: PaperTable, i: int) -> str:
    """Digits are aligned by siunitx at the decimal point; a column whose cells hold more is set as text."""
    cells = [row.cells[i] for row in table.rows]
    if table.layout.units or any(len(cell) > 1 for cell in cells):
        return "r"
    numbers = [
        str(n).replace(",", "") for cell in cells for f in cell for n in (f.claim.printed, f.ours) if n is not None
    ]
    parts = [number.lstrip("+-").partition(".") for number in numbers] or [("1", "", "")]
    return f"S[table-format={max(len(p[0]) for p in parts)}.{max(len(p[2]) for p in parts)}]"


def _line(table: PaperTable, row: TableRow, line: Line, kinds: list[str]) -> str:
    first = line == "published"
    labels = [escaped(label) if first else "" for label in row.labels]
    cells = [
        _digits(cell, line) if kind.startswith("S") else _text(cell, line, table.layout.units)
        for cell, kind in zip(row.cells, kinds, strict=True)
    ]
    side = [escaped(f"{row.side}²") if first else ""] if table.layout.side else []
    return f"{' & '.join([*labels, line, *cells, *side])} \\\\"


def _digits(cell: Cell, line: Line) -> str:
    """A number for an S column; anything else in braces, as siunitx wants it."""
    number = None if line == "verdict" or not cell else cell[0].digits(line)
    if number is None:
        return f"{{{escaped(cell_text(cell, line, units=False))}}}"
    return rf"\bfseries {_bare(number)}" if cell[0].is_best(line) else _bare(number)


def _bare(number: str) -> str:
    return number.replace(",", "")


def _text(cell: Cell, line: Line, units: bool) -> str:
    text = escaped(cell_text(cell, line, units))
    return rf"\textbf{{{text}}}" if is_best(cell, line) else text
