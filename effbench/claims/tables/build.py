"""A paper's table built from its claims, our verdicts on them and, where there are any, our own trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effbench.claims.audit import audit
from effbench.claims.paper import Claim, Layout, Paper
from effbench.claims.tables.accuracy import Training
from effbench.claims.tables.best import with_best
from effbench.claims.tables.figure import Context, figure
from effbench.claims.tables.layout import RowKey, grid
from effbench.claims.tables.notes import marks, meaning, notes
from effbench.claims.tables.table import PaperTable, TableRow


def build(about: Paper, layout: Layout, trainings: Sequence[Training] = ()) -> PaperTable:
    """The table, each figure with ours, the difference and the verdict; trainings: our own, for accuracies."""
    found = audit(about)
    letters = marks(layout, found)
    context = Context(layout, found, letters, trainings)
    rows = tuple(_row(context, key, cells) for key, cells in grid(about, layout).items())
    return PaperTable(
        layout=layout,
        title=f"{about.title}, {layout.where}",
        rows=with_best(rows, layout),
        marks={letter: meaning(name) for name, letter in letters.items()},
        notes=tuple(notes(layout, found, letters, rows)),
    )


def _row(context: Context, key: RowKey, cells: Mapping[str, Sequence[Claim]]) -> TableRow:
    """One row of the paper; a label that lacks a part has an empty one."""
    labels, columns = context.layout.labels, context.layout.columns
    parts = key.row.split(" / ", len(labels) - 1)
    found = tuple(tuple(figure(context, claim) for claim in cells.get(name, ())) for name in columns)
    return TableRow(labels=(*parts, *[""] * (len(labels) - len(parts))), side=key.side, cells=found)
