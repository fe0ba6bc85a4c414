"""Percentages and ratios of a table against the columns they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from effbench.claims.lint.columns import Column, Figure, figure
from effbench.claims.lint.finding import LintFinding
from effbench.claims.lint.read import Table
from effbench.claims.relations import agrees, interval, related
from effbench.render.numbers import fixed
from effbench.stats.printed import printed

RELATIONS = ("percent", "reduction", "ratio", "inverse")
ENOUGH = Fraction(3, 5)
"""A derived column is understood where so many of its figures follow."""


@dataclass(frozen=True)
class Derivation:
    """How a column follows: from which column, against which row, by which relation; follows: how many figures do."""

    source: Column
    base: int
    relation: str
    follows: tuple[bool, ...]


def derived_findings(table: Table, columns: Sequence[Column], rows: Sequence[str]) -> Iterator[LintFinding]:
    """Figures that do not follow, of derived columns and in the brackets of other cells."""
    for column in columns:
        if column.role == "derived":
            yield from _of_column(table, columns, column, rows)
        elif column.role in ("cost", "params"):
            yield from _in_brackets(table, columns, column, rows)


def _of_column(table: Table, columns: Sequence[Column], column: Column, rows: Sequence[str]) -> Iterator[LintFinding]:
    sources = [
        one for one in columns if one.role in ("cost", "params", "other", "accuracy") and one.index != column.index
    ]
    figures = [figure(row[column.index]) for row in table.rows]
    candidates = [
        _derivation(table, source, figures, base, relation)
        for source in sorted(sources, key=lambda one: (abs(one.index - column.index), one.index))
        for base in _bases(figures)
        for relation in RELATIONS
    ]
    best = max((one for one in candidates if len(one.follows) > 2), key=lambda one: sum(one.follows), default=None)
    if best is None or Fraction(sum(best.follows), len(best.follows)) < ENOUGH or sum(best.follows) < 2:
        return
    for i, cell in enumerate(figures):
        value = figure(table.rows[i][best.source.index])
        base = figure(table.rows[best.base][best.source.index])
        if cell is None or value is None or base is None or i == best.base or not (_number(value) and _number(base)):
            continue
        low, high = _related(best.relation, interval(printed(value.digits)), interval(printed(base.digits)))
        if not agrees(printed(cell.digits), (low, high)):
            ours = _related(best.relation, *((printed(one.digits).value,) * 2 for one in (value, base)))[0]
            said = f"{value.text} against {base.text} gives {fixed(float(ours), 2)}"
            yield _finding(rows[i], column.head, cell.text, ours, f"{said} ({best.relation})")


def _derivation(table: Table, source: Column, figures: Sequence[Figure | None], base: int, relation: str) -> Derivation:
    against = figure(table.rows[base][source.index])
    follows = []
    for i, cell in enumerate(figures):
        value = figure(table.rows[i][source.index])
        if cell is None or value is None or against is None or i == base or not (_number(value) and _number(against)):
            continue
        allowed = _related(relation, interval(printed(value.digits)), interval(printed(against.digits)))
        follows.append(agrees(printed(cell.digits), allowed))
    return Derivation(source, base, relation, tuple(follows))


def _related(
    relation: str, of: tuple[Fraction, Fraction], against: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    if relation == "inverse":
        return related("ratio", against, of)
    low, high = related(relation, of, against)
    if relation == "reduction" and high < 0:  # printed without its sign, an increase
        return -high, -low
    return low, high


def _bases(figures: Sequence[Figure | None]) -> list[int]:
    """Rows that may be what the others are compared with: 100 %, 0 %, 1 x, then the first and the last."""
    values = [None if one is None else printed(one.digits).value for one in figures]
    certain = [i for i, value in enumerate(values) if value in (100, 0, 1)]
    return list(dict.fromkeys((*certain, 0, len(values) - 1))) if values else []


def _in_brackets(table: Table, columns: Sequence[Column], column: Column, rows: Sequence[str]) -> Iterator[LintFinding]:
    """A percentage beside a figure: its reduction against the first column of that quantity."""
    first = next(one for one in columns if one.role == column.role)
    for i, row in enumerate(table.rows):
        cell, base = figure(row[column.index]), figure(row[first.index])
        if cell is None or base is None or not cell.percent or first.index == column.index:
            continue
        of, against = (printed(one.digits, one.scale) for one in (cell, base))
        if not against.low > 0 or not agrees(
            printed(cell.percent), related("reduction", interval(of), interval(against))
        ):
            ours = related("reduction", (of.value,) * 2, (against.value,) * 2)[0] if against.value else Fraction(0)
            said = f"{cell.digits} against {base.digits} is a reduction of {fixed(float(ours), 2)} %"
            yield _finding(rows[i], column.head, cell.text, ours, said)


def _finding(row: str, column: str, cell: str, ours: Fraction, text: str) -> LintFinding:
    return LintFinding(
        row=row,
        column=column,
        finding="arithmetic",
        printed=cell,
        ours=float(round(ours, 4)),
        convention="the table's figures",
        text=text,
    )


def _number(cell: Figure) -> Fraction:
    """Its digits; nothing follows from 0."""
    return printed(cell.digits).value
