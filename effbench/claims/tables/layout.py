"""Tables of papers by name, and their rows and cells as the papers lay them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from effbench.claims.paper import Claim, Layout, Paper
from effbench.errors import UnknownName


@dataclass(frozen=True)
class RowKey:
    """What tells the rows of a table apart: the label as printed, and the image side where it has a column."""

    row: str
    side: int | None


Grid = dict[RowKey, dict[str, list[Claim]]]
"""Row -> column -> its claims, rows in the order of the paper; most cells hold one figure, some a second."""


def tables(papers: Iterable[Paper]) -> dict[str, tuple[Paper, Layout]]:
    """Every table by its key, in the order of the papers."""
    return {layout.key: (about, layout) for about in papers for layout in about.tables}


def table(key: str, papers: Iterable[Paper]) -> tuple[Paper, Layout]:
    """The table of that key, with its paper; UnknownName if there is none."""
    known = tables(papers)
    if key not in known:
        raise UnknownName("table", key, known)
    return known[key]


def claims_of(about: Paper, layout: Layout) -> list[Claim]:
    """The figures that stand in the table, in the order of the claims file."""
    return [claim for claim in about.claims if claim.where == layout.where]


def grid(about: Paper, layout: Layout) -> Grid:
    """The cells of the table."""
    rows: Grid = {}
    for claim in claims_of(about, layout):
        rows.setdefault(row_key(layout, claim), {}).setdefault(claim.column, []).append(claim)
    return rows


def row_key(layout: Layout, claim: Claim) -> RowKey:
    """The row of a figure of the table."""
    return RowKey(claim.row, claim.size if layout.side else None)


def label(key: RowKey, layout: Layout) -> str:
    """What the row is called: as printed, with the image side where rows need it."""
    return f"{key.row}, {key.side}²" if layout.side else key.row
