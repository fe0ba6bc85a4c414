"""A file's tables checked: the convention of every column, and what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from effbench.claims.lint.columns import Column, columns, figure, side, side_in
from effbench.claims.lint.derived import derived_findings
from effbench.claims.lint.entry import Entry, costs_hold, row_side
from effbench.claims.lint.figures import judged
from effbench.claims.lint.finding import UNDECIDABLE, ColumnReport, LintFinding
from effbench.claims.lint.names import named
from effbench.claims.lint.networks import Values, values
from effbench.claims.lint.read import Table, tables
from effbench.stats.printed import Printed

QUANTITIES = ("params", "cost")


@dataclass(frozen=True)
class Checked:
    """One table. Attributes: title: its caption, or its number in the file."""

    title: str
    columns: tuple[ColumnReport, ...]
    findings: tuple[LintFinding, ...]


@dataclass(frozen=True)
class Row:
    """A row, and the network it is about. Attributes: stated: image side as printed, None where it is not."""

    index: int
    name: str
    model: str | None
    stated: int | None
    options: tuple[Values, ...]
    doubt: tuple[str, ...] = ()


def check_file(path: Path, names: Mapping[str, str]) -> list[Checked]:
    """Every table of a file.

    Args:
        names: row name -> model, for rows that cannot be told.

    Raises:
        EffbenchError: the file cannot be read, or holds no table.
    """
    found = tables(path)
    return [
        check(table, names, family=_family(table.caption, path.stem), title=table.caption or f"table {i}")
        for i, table in enumerate(found, start=1)
    ]


def check(table: Table, names: Mapping[str, str], *, family: str = "", title: str = "") -> Checked:
    """One table; ``family``: what a row such as ``S24`` is a variant of."""
    every = columns(table)
    caption = side_in(table.caption)
    reports: list[ColumnReport] = []
    findings: list[LintFinding] = []
    labels = [_label(table, every, i) for i in range(len(table.rows))]
    systems = _systems(every, names)
    rows = [] if systems else _all_rows(table, every, labels, family, caption, names)
    if any(one.role in QUANTITIES for one in every):
        findings += [_doubt(row) for row in rows if row.model is None or not row.options]
    for column in every:
        if column.role in QUANTITIES:
            here = rows if not systems else _rows_of(table, every, labels, systems.get(column.index))
            judge = judged(column, column.role, _entries(table, every, column, here))
            if judge.entries:
                reports.append(judge.report())
            findings += judge.findings()
    findings += _columns_counted_differently(reports)
    findings += _sizes(table, every, rows)
    findings += derived_findings(table, every, labels)
    return Checked(title, tuple(reports), tuple(findings))


def _label(table: Table, every: Sequence[Column], i: int) -> str:
    """The cells of the name columns."""
    cells = [table.rows[i][one.index] for one in every if one.role == "name"]
    return " / ".join(cell for cell in cells if cell) or table.rows[i][0]


def _systems(every: Sequence[Column], names: Mapping[str, str]) -> dict[int, str]:
    """Column -> model, of a table whose rows are image sizes and whose heads name the networks."""
    if any(one.role == "name" for one in every):
        return {}
    found = {}
    for one in every:
        if one.role in QUANTITIES:
            text = re.sub(r"\(.*?\)|#?params?|flops|macs|[kmgt]flops", "", one.head, flags=re.IGNORECASE).strip()
            model = named(text, "", None, names).model if text else None
            found[one.index] = model or ""
    return found if any(found.values()) else {}


def _rows_of(table: Table, every: Sequence[Column], labels: Sequence[str], model: str | None) -> list[Row]:
    found = []
    for i in range(len(table.rows)):
        stated = _stated(table, every, i, labels[i], None)
        found.append(Row(i, labels[i], model, stated, _options(model or None, stated)))
    return found


def _all_rows(
    table: Table,
    every: Sequence[Column],
    labels: Sequence[str],
    family: str,
    caption: int | None,
    names: Mapping[str, str],
) -> list[Row]:
    """The rows; one that states no size may be of the size that another row's network is made for."""
    rows = [_row(table, every, i, labels[i], family, caption, names) for i in range(len(table.rows))]
    others = tuple(sorted({row.stated or row.options[0].side for row in rows if row.options}))
    return [replace(row, options=_options(row.model, row.stated, others)) for row in rows]


def _row(
    table: Table,
    every: Sequence[Column],
    i: int,
    label: str,
    family: str,
    caption: int | None,
    names: Mapping[str, str],
) -> Row:
    stated = _stated(table, every, i, label, caption)
    found = named(label, family, stated, names)
    return Row(i, label, found.model, stated, _options(found.model, stated), found.candidates)


def _options(model: str | None, stated: int | None, others: tuple[int, ...] = ()) -> tuple[Values, ...]:
    """Our values at the stated side, then at those that a slip may be of; nothing without the stated one."""
    if model is None:
        return ()
    at_stated = values(model, stated, others)
    more = values(model, None, others) if stated is not None and at_stated else ()
    return tuple({one.side: one for one in (*more, *at_stated)}.values())


def _stated(table: Table, every: Sequence[Column], i: int, label: str, caption: int | None) -> int | None:
    """The image side of the row: of its cell, its name, or the caption."""
    cells = (side(table.rows[i][one.index]) for one in every if one.role == "size")
    return next((found for found in cells if found), None) or side_in(label) or caption


def _entries(table: Table, every: Sequence[Column], column: Column, rows: Sequence[Row]) -> list[Entry]:
    found = []
    for row in rows:
        cell = figure(table.rows[row.index][column.index])
        if cell is not None and row.options and float(cell.digits) > 0:
            found.append(Entry(row.name, cell, row.options, _side(table, every, row, rows)))
    return found


def _side(table: Table, every: Sequence[Column], row: Row, rows: Sequence[Row]) -> int | None:
    """One side for all figures of a row; of a row that repeats the cost of another one, that row's side."""
    if row.stated is not None:
        return row.stated
    cost, params = (_printed(table, every, row, role) for role in ("cost", "params"))
    if cost is not None and not any(costs_hold(one, cost) for one in row.options):
        for other in rows:
            same = other is not row and _printed(table, every, other, "cost") == cost
            sides = [one.side for one in other.options if same and costs_hold(one, cost)]
            here = [one.side for one in row.options]
            if sides and (other.stated or sides[0]) in here:
                return other.stated or sides[0]
    return row_side(row.options, cost, params)


def _printed(table: Table, every: Sequence[Column], row: Row, role: str) -> Printed | None:
    """The row's first figure of that quantity."""
    for one in every:
        cell = figure(table.rows[row.index][one.index]) if one.role == role else None
        if cell is not None:
            return cell.printed(one.scale or ("M" if role == "params" else "G"))
    return None


def _doubt(row: Row) -> LintFinding:
    if row.model is None:
        offer = f"; it may be {', '.join(row.doubt)}" if row.doubt else ""
        text = f"no network is known by this name{offer}; say which in a file for --names"
    else:
        at = f" at {row.stated}²" if row.stated else ""
        text = f"{row.model} cannot be counted{at} here"
    return LintFinding(
        row=row.name, column="", finding=UNDECIDABLE, printed=row.name, ours=None, convention="", text=text
    )


def _columns_counted_differently(reports: Sequence[ColumnReport]) -> Iterator[LintFinding]:
    """Columns of costs beside each other that are counted in different ways."""
    costs = [one for one in reports if one.quantity == "cost" and one.convention]
    usual = Counter(one.convention for one in costs).most_common(1)
    for one in costs:
        if one.convention != usual[0][0]:
            text = f"the column is {one.convention}, the columns beside it are {usual[0][0]}"
            yield LintFinding(
                row="", column=one.column, finding="convention", printed="", ours=None,
                convention=one.convention, text=text,
            )  # fmt: skip


def _sizes(table: Table, every: Sequence[Column], rows: Sequence[Row]) -> Iterator[LintFinding]:
    """A table that states no image size and whose costs are of several."""
    costs = [one for one in every if one.role == "cost"]
    sides: dict[int, list[str]] = {}
    for row in rows if costs else []:
        cell = figure(table.rows[row.index][costs[0].index])
        if row.stated is None and row.options and cell is not None:
            found = _side(table, every, row, rows)
            if found is not None and _decided(row, cell.printed(costs[0].scale or "G")):
                sides.setdefault(found, []).append(row.name)
    if len(sides) > 1:
        said = "; ".join(f"{', '.join(names)} at {found}²" for found, names in sorted(sides.items()))
        yield LintFinding(
            row="", column=costs[0].head, finding="size", printed="", ours=None, convention="",
            text=f"no image size is stated, and the costs are of several: {said}",
        )  # fmt: skip


def _decided(row: Row, cost: Printed) -> bool:
    """Whether the row's cost tells its size: it holds at one side alone."""
    return len({one.side for one in row.options if costs_hold(one, cost)}) == 1


def _family(caption: str, stem: str) -> str:
    """The word that names a family: the first of the caption, or the file's name."""
    words: list[str] = re.findall(r"[A-Za-z][\w-]*", caption) or [re.sub(r"[_-].*", "", stem)]
    return words[0]
