"""Which tables there are and how the papers lay them out, from ``layout.toml`` beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from effbench.claims.load import Claim, paper
from effbench.errors import UnknownName


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One table of a paper.

    Attributes:
        key: how it is called here. paper: key of the paper. where: its name in the paper. caption: as printed.
        labels: heads of the label columns. columns: heads of the columns with figures, as the claims have them.
        side: head of the column with the image side; empty where there is none.
        units: whether the unit stands in the cells.
        best: whether the best is that of a column or of a row.
    """

    key: str
    paper: str
    where: str
    caption: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    side: str = ""
    units: bool = False
    best: Literal["column", "row"] = "column"

    def claims(self) -> list[Claim]:
        """The figures that stand in it, in the order of the claims file."""
        return [claim for claim in paper(self.paper).claims if claim.where == self.where]


@dataclass(frozen=True)
class RowKey:
    """What tells the rows of a table apart: the label as printed, and the image side where it has a column."""

    row: str
    side: int | None


@cache
def layouts() -> dict[str, Layout]:
    """Every table by its key, in the order of the papers."""
    text = Path(__file__).with_name("layout.toml").read_text(encoding="utf-8")
    found = [
        Layout(**{**entry, "labels": tuple(entry["labels"]), "columns": tuple(entry["columns"])})
        for entry in tomllib.loads(text)["table"]
    ]
    return {layout.key: layout for layout in found}


def layout(key: str) -> Layout:
    """The table of that key.

    Raises:
        UnknownName: there is none.
    """
    known = layouts()
    if key not in known:
        raise UnknownName("table", key, known)
    return known[key]


def grid(layout: Layout) -> dict[RowKey, dict[str, list[Claim]]]:
    """Row -> column -> its claims, rows in the order of the paper; most cells hold one figure, some a second."""
    rows: dict[RowKey, dict[str, list[Claim]]] = {}
    for claim in layout.claims():
        key = RowKey(claim.row, claim.size if layout.side else None)
        rows.setdefault(key, {}).setdefault(claim.column, []).append(claim)
    return rows
