"""Tables as a paper prints them: one unit a column, in its head; numbers aligned at their points, the best in bold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from effbench.render.choice import Choice
from effbench.render.column import Column
from effbench.render.fit import LEAST
from effbench.render.numbers import BINARY, PREFIXES, fixed
from effbench.render.sheet import Cell, Head, Line, Sheet

T = TypeVar("T")

FOLDED = (*LEAST[: LEAST.index("family") + 1], "convention", "device", "pass", "counter", "batch", "pixels")
"""Heads of columns that are a sentence where every row says the same."""

WITHIN = ("size", "batch", "convention", "device", "pixels")
"""Only rows that agree in these are compared for the best."""

SMALL = {"m": -3, "µ": -6, "n": -9}


@dataclass(frozen=True)
class _Scale:
    """A unit for a whole column. Attributes: unit: as printed; factor: of one in base units; digits: decimals."""

    unit: str
    factor: Fraction
    digits: int

    def text(self, value: float) -> str:
        return fixed(Fraction(value) / self.factor, self.digits)


def as_paper(sheet: Sheet, rows: Sequence[T], columns: Sequence[Column[T]], chosen: Choice) -> Sheet:
    """The sheet with scaled columns; without what every row says, which becomes a note, unless columns were chosen."""
    lines = sheet.lines()
    texts = {one.title: [line.cells[i].text for line in lines] for i, one in enumerate(columns)}
    alike = [
        i
        for i, one in enumerate(columns)
        if lines and i and not chosen.columns and one.title in FOLDED and len(set(texts[one.title])) == 1
    ]
    stay = [i for i in range(len(columns)) if i not in alike]
    made = [_column(columns[i], sheet.heads[i], rows, [line.cells[i] for line in lines], texts) for i in stay]
    shared = ", ".join(f"{columns[i].title} {texts[columns[i].title][0]}" for i in alike)
    new = [Line([cells[n] for _, cells in made], line.kind) for n, line in enumerate(lines)]
    return replace(
        sheet,
        heads=[head for head, _ in made],
        lines=lambda: new,
        notes=[*sheet.notes, *([f"In every row: {shared}."] if shared else [])],
        bold="Bold: the best of its column." if any(cell.bold for line in new for cell in line.cells) else "",
    )


def _column(
    column: Column[T], head: Head, rows: Sequence[T], cells: Sequence[Cell], texts: dict[str, list[str]]
) -> tuple[Head, list[Cell]]:
    quantity = column.quantity
    values = [] if quantity is None else [quantity.of(row) for row in rows]
    known = [value for value in values if value is not None]
    if quantity is None or not known:
        return head, list(cells)
    unit = quantity.unit
    units = {unit(row) for row in rows} if callable(unit) else {unit}
    if len(units) > 1:
        return head, list(cells)
    scale = _scale(units.pop(), known)
    groups = list(zip(*(texts[title] for title in WITHIN if title in texts), strict=True)) or [()] * len(rows)
    best = _best(values, groups, quantity.best)
    return (
        Head(f"{column.title} ({scale.unit})" if scale.unit else column.title, right=True, decimal=True),
        [
            cell if value is None else replace(cell, text=scale.text(value), bold=i in best)
            for i, (cell, value) in enumerate(zip(cells, values, strict=True))
        ],
    )


def _best(values: Sequence[float | None], groups: Sequence[tuple[str, ...]], end: str) -> set[int]:
    """The places of the best values of each group; none in a group of one."""
    choose: Callable[[list[float]], float] | None = {"least": min, "most": max}.get(end)
    found: set[int] = set()
    for group in set(groups):
        known = {i: value for i, value in enumerate(values) if groups[i] == group and value is not None}
        if choose is not None and len(known) > 1 and len(set(known.values())) > 1:
            found |= {i for i, value in known.items() if value == choose(list(known.values()))}
    return found


def _scale(unit: str, values: Sequence[float]) -> _Scale:
    """The unit of the largest value, with two decimals, or up to four for three figures of the smallest."""
    largest = max(map(abs, values))
    if unit == "B":
        power = next((i for i in range(len(BINARY)) if largest < 1024 ** (i + 1)), len(BINARY) - 1)
        return _Scale(BINARY[power], Fraction(1024) ** power, _digits(values, 1024.0**power))
    steps = {**PREFIXES, **SMALL} if unit == "s" else PREFIXES
    fitting = [(exponent, prefix) for prefix, exponent in steps.items() if largest >= 10.0**exponent]
    exponent, prefix = max(fitting, default=(0, "")) if unit not in ("%",) else (0, "")
    plural = f"{unit}s" if unit in ("MAC", "FLOP") else unit
    return _Scale(f"{prefix}{plural}", Fraction(10) ** exponent, _digits(values, 10.0**exponent))


def _digits(values: Sequence[float], factor: float) -> int:
    if all(float(value / factor).is_integer() for value in values):
        return 0
    smallest = min((abs(value) / factor for value in values if value), default=1.0)
    return 2 if smallest >= 1 else 3 if smallest >= 0.1 else 4
