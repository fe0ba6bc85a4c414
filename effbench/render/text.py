"""Tables as text: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.files.terminal import manner
from effbench.render.fit import Lane, fitted, wrapped
from effbench.render.sheet import Cell, Sheet

MARKUP = str.maketrans({"\\": r"\\", "|": r"\|", "*": r"\*", "`": r"\`", "<": "&lt;", "\n": " "})
"""Character -> what prints it in a Markdown table."""

BAR = r"\|"


def as_table(sheet: Sheet) -> str:
    """Title, aligned columns and notes; in a terminal as wide as that is."""
    width = manner().width
    if width is None:
        cells = [[_raised(cell.text, sheet) for cell in line.cells] for line in sheet.lines()]
        return _parts(sheet.title, _aligned(sheet, "simple", cells), sheet.notes)
    blocks, notes = fitted(_lanes(sheet), width)
    body = "\n\n".join(_set(lanes, "simple") for lanes in blocks)
    return _parts(wrapped(sheet.title, width), body, [wrapped(note, width) for note in (*notes, *sheet.notes)])


def _lanes(sheet: Sheet) -> list[Lane]:
    lines = sheet.lines()
    return [
        Lane(_raised(head.text, sheet), head.right, tuple(_raised(line.cells[i].text, sheet) for line in lines))
        for i, head in enumerate(sheet.heads)
    ]


def as_markdown(sheet: Sheet) -> str:
    """A pipe table below its title in bold; several notes are a list."""
    cells = [[_marked(cell, _raised(cell.text, sheet)) for cell in line.cells] for line in sheet.lines()]
    title = f"**{_escaped(sheet.title)}**" if sheet.title else ""
    notes = [note.replace("<", "&lt;").replace("](", r"]\(") for note in sheet.all_notes()]
    return _parts(title, _aligned(sheet, "pipe", cells), [f"- {note}" for note in notes] if len(notes) > 1 else notes)


def _marked(cell: Cell, text: str) -> str:
    """Backslashes are not read inside code, but a bar ends the cell there as well."""
    if cell.code:
        fence = "``" if "`" in text else "`"
        return f"{fence}{text.replace('|', BAR)}{fence}"
    return f"**{_escaped(text)}**" if cell.bold else _escaped(text)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it stands; brackets are an interval's, and a link only before a parenthesis."""
    return text.translate(MARKUP).replace("](", r"]\(")


def _raised(text: str, sheet: Sheet) -> str:
    return text.replace("^2", "²") if sheet.raised else text


def _aligned(sheet: Sheet, form: str, cells: Sequence[Sequence[str]]) -> str:
    heads = [(_raised(head.text, sheet), head.right) for head in sheet.heads]
    return _tabulated(cells, heads, form)


def _set(lanes: Sequence[Lane], form: str) -> str:
    rows = list(zip(*(lane.cells for lane in lanes), strict=True))
    return _tabulated(rows, [(lane.head, lane.right) for lane in lanes], form)


def _tabulated(cells: Sequence[Sequence[str]], heads: Sequence[tuple[str, bool]], form: str) -> str:
    from tabulate import tabulate

    text: str = tabulate(
        cells,
        headers=[head for head, _ in heads],
        tablefmt=form,
        disable_numparse=True,
        colalign=["right" if right else "left" for _, right in heads] if cells else None,
    )
    return text


def _parts(title: str, body: str, notes: Sequence[str]) -> str:
    return "\n\n".join(part for part in (title, body, "\n".join(notes)) if part) + "\n"
