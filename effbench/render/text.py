"""Tables as text: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.render.sheet import Cell, Sheet

MARKUP = str.maketrans({"\\": r"\\", "|": r"\|", "*": r"\*", "`": r"\`", "<": "&lt;", "\n": " "})
"""Character -> what prints it in a Markdown table."""


def as_table(sheet: Sheet) -> str:
    """Title, aligned columns and notes."""
    cells = [[_raised(cell.text, sheet) for cell in line.cells] for line in sheet.lines()]
    return _parts(sheet.title, _aligned(sheet, "simple", cells), sheet.notes)


def as_markdown(sheet: Sheet) -> str:
    """A pipe table below its title in bold; several notes are a list."""
    cells = [[_marked(cell, _raised(cell.text, sheet)) for cell in line.cells] for line in sheet.lines()]
    title = f"**{sheet.title.translate(MARKUP)}**" if sheet.title else ""
    notes = [note.replace("<", "&lt;") for note in sheet.all_notes()]
    return _parts(title, _aligned(sheet, "pipe", cells), [f"- {note}" for note in notes] if len(notes) > 1 else notes)


def _marked(cell: Cell, text: str) -> str:
    """Backslashes are not read inside code, but a bar ends the cell there as well."""
    if cell.code:
        return "`" + text.replace("|", r"\|") + "`"
    return f"**{text.translate(MARKUP)}**" if cell.bold else text.translate(MARKUP)


def _raised(text: str, sheet: Sheet) -> str:
    return text.replace("^2", "²") if sheet.raised else text


def _aligned(sheet: Sheet, form: str, cells: Sequence[Sequence[str]]) -> str:
    from tabulate import tabulate

    text: str = tabulate(
        cells,
        headers=[_raised(head.text, sheet) for head in sheet.heads],
        tablefmt=form,
        disable_numparse=True,
        colalign=["right" if head.right else "left" for head in sheet.heads] if cells else None,
    )
    return text


def _parts(title: str, body: str, notes: Sequence[str]) -> str:
    return "\n\n".join(part for part in (title, body, "\n".join(notes)) if part) + "\n"
