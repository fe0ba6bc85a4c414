"""The figures meant by the names of a table, a row and a column, as a user types them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from effbench.claims.paper import Claim, Layout, Paper
from effbench.claims.tables.layout import RowKey, grid, label
from effbench.errors import EffbenchError, UnknownName

Cells = Mapping[str, Sequence[Claim]]


def find(about: Paper, layout: Layout, row: str, column: str) -> list[Claim]:
    """The figures of a cell.

    A row or column is meant by its label, by a part of it that no other has, or by the registry name of its model; a
    column by its metric, too.

    Raises:
        UnknownName: nothing is called so. EffbenchError: several are, or the cell holds a dash.
    """
    rows = grid(about, layout)
    keys = {label(key, layout): key for key in rows}
    key = keys[_meant(f"row of {layout.key}", row, _row_names(rows, layout))]
    name = _meant(f"column of {layout.key}", column, _column_names(rows, layout))
    claims = list(rows[key].get(name, ()))
    if not claims:
        raise EffbenchError(f"{layout.key} prints a dash at {label(key, layout)} / {name}")
    return claims


def _row_names(rows: Mapping[RowKey, Cells], layout: Layout) -> dict[str, set[str]]:
    """Label -> other names that may mean the row: as printed without the image side, and models."""
    return {
        label(key, layout): {key.row, *_shared(claim.model for cell in cells.values() for claim in cell)}
        for key, cells in rows.items()
    }


def _column_names(rows: Mapping[RowKey, Cells], layout: Layout) -> dict[str, set[str]]:
    """Column -> other names: its metric and its model, where all its figures have the same."""
    names = {}
    for column in layout.columns:
        claims = [claim for cells in rows.values() for claim in cells.get(column, ())]
        relations = {claim.relation for claim in claims}
        metrics = _shared(claim.metric for claim in claims) if None in relations else set()
        names[column] = {*metrics, *_shared(claim.model for claim in claims)}
    return names


def _shared(names: Iterable[str | None]) -> set[str]:
    """The one name that all have; nothing if they differ."""
    found = set(names)
    return {name for name in found if name} if len(found) == 1 else set()


def _meant(kind: str, given: str, labels: Mapping[str, set[str]]) -> str:
    """The label (each with its other names) that is meant: the first way of reading that finds any must find one."""
    ways = (
        [name for name in labels if name == given],
        [name for name in labels if given in labels[name]],
        [name for name in labels if _letters(name) == _letters(given)],
        [name for name in labels if _letters(given) and _letters(given) in _letters(name)],
    )
    found = next((way for way in ways if way), [])
    if not found:
        raise UnknownName(kind, given, labels)
    if len(found) > 1:
        raise EffbenchError(f"{kind} {given!r} may be {' or '.join(repr(name) for name in found)}")
    return found[0]


def _letters(text: str) -> str:
    """Letters and digits alone, in lower case: ``CI2P-ViT^ds`` and ``ci2p_vit_ds`` are the same."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
