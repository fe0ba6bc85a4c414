"""Tables in LaTeX with booktabs rules: a ``tabular``, or a ``table`` environment with siunitx columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from effbench.render.sheet import Cell, Line, Sheet

SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        **{c: f"\\{c}" for c in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "²": r"\textsuperscript{2}",
        "↓": r"$\downarrow$",
        "×": r"$\times$",
        "±": r"$\pm$",
        "µ": r"\textmu{}",
        "…": r"\ldots{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "[": "{[}",
        "]": "{]}",
        "\n": " ",
    }
)
"""Character -> what prints it; brackets would begin an option after a line break, and a paragraph ends a table."""

ABOVE = re.compile(r"\^(\w+)")
NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?")


def as_latex(sheet: Sheet) -> str:
    """A ``table`` environment for a table with a key; without one, a ``tabular`` below title and notes as comments."""
    return _environment(sheet) if sheet.key else _bare(sheet)


def _bare(sheet: Sheet) -> str:
    comments = [f"% {line}" for text in (sheet.title, *sheet.all_notes()) for line in text.splitlines() if line]
    return "\n".join([*comments, *_tabular(sheet, sheet.lines()), ""])


def _environment(sheet: Sheet) -> str:
    """The packages it needs stand in a comment."""
    return "\n".join(
        [
            r"% \usepackage{booktabs}, \usepackage{siunitx}",
            r"\begin{table}",
            r"\sisetup{detect-weight=true}",  # bold numbers in columns of numbers
            rf"\caption{{{escaped(sheet.title, raised=sheet.raised)}}}",
            rf"\label{{{_label(sheet.key)}}}",
            r"\footnotesize",
            *_tabular(sheet, sheet.lines()),
            r"\par\medskip",
            *(rf"{escaped(note, raised=sheet.raised)}\par" for note in sheet.all_notes()),
            r"\end{table}",
            "",
        ]
    )


def _label(key: str) -> str:
    """``tab:`` before a key that has no kind of its own."""
    return key if ":" in key else f"tab:{key.replace('_', '-')}"


def _tabular(sheet: Sheet, lines: Sequence[Line]) -> list[str]:
    kinds = [_kind(sheet, i, lines) for i in range(len(sheet.heads))]
    heads = [
        f"{{{escaped(head.text, raised=sheet.raised)}}}" if head.decimal else escaped(head.text, raised=sheet.raised)
        for head in sheet.heads
    ]
    body = [[_set(cell, kind, sheet) for cell, kind in zip(line.cells, kinds, strict=True)] for line in lines]
    return [
        rf"\begin{{tabular}}{{{''.join(kinds)}}}",
        r"\toprule",
        rf"{' & '.join(heads)} \\",
        r"\midrule",
        *(rf"{' & '.join(cells)} \\" for cells in body),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def escaped(text: str, *, raised: bool = False) -> str:
    """Text that LaTeX prints as it stands; ``raised``: ``^2`` and ``^ds`` become superscripts."""
    if not raised:
        return text.translate(SPECIAL)
    parts = enumerate(part.translate(SPECIAL) for part in ABOVE.split(text))  # text, superscript, text, …
    return "".join(rf"\textsuperscript{{{part}}}" if i % 2 else part for i, part in parts)


def _kind(sheet: Sheet, i: int, lines: Sequence[Line]) -> str:
    """siunitx aligns numbers at the decimal point; a column without any is set as text."""
    if not sheet.heads[i].decimal:
        return "r" if sheet.heads[i].right else "l"
    numbers = [line.cells[i].text.replace(",", "") for line in lines if NUMBER.fullmatch(line.cells[i].text)]
    parts = [number.lstrip("+-").partition(".") for number in numbers]
    return f"S[table-format={max(len(p[0]) for p in parts)}.{max(len(p[2]) for p in parts)}]" if parts else "r"


def _set(cell: Cell, kind: str, sheet: Sheet) -> str:
    """A cell; in a column of numbers anything else stands in braces, as siunitx wants it."""
    if kind.startswith("S") and NUMBER.fullmatch(cell.text):
        return (r"\bfseries " if cell.bold else "") + cell.text.replace(",", "")
    text = escaped(cell.text, raised=sheet.raised)
    text = rf"\texttt{{{text}}}" if cell.code else text
    text = rf"\textbf{{{text}}}" if cell.bold else text
    return f"{{{text}}}" if kind.startswith("S") else text
