"""The map of trained networks for people: accuracy, cost, statements of the paper; and the figure of the first two.

Everything here is made from one document (``maps.grid_rows.document``), so the same document gives the same files.
"""

from __future__ import annotations

import dataclasses

from effbench.maps.figure import Panel, cost_panel, draw_panels
from effbench.maps.layer_table import Cell, Document, axis_labels, cell_lines, fixed_layers, layer_table
from effbench.maps.trained_notes import accuracy_notes, cost_notes, statement_notes
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, Row, render

NOT_TRAINED = {"missing": "-", "failed": "failed", "no model": "", "no exit": "no exit"}
"""Status -> what stands in the cell instead of an accuracy."""


def text(document: Document, style: str) -> str:
    """The tables one below the other, in one of ``FORMATS`` that people read."""
    costs = layer_table(
        document,
        _cost_text,
        style,
        what=f"{document['unit']}s ({document['convention']})",
        notes=cost_notes(document),
    )
    if document["metric"] == "flops":
        return costs
    exit = "the last exit" if document["exit"] == "last" else f"the exit of branch {document['exit']}"
    what = f"accuracy in % at {exit}, mean over seeds"
    accuracy = layer_table(document, _accuracy_text, style, what=what, notes=accuracy_notes(document))
    return "\n".join(
        [
            accuracy,
            costs,
            *([_statements(document, style)] if any(row["pairs"] for row in document["statements"]) else []),
        ]
    )


def figure(document: Document) -> dict[str, bytes]:
    """Accuracy on the left and cost on the right, as in the paper's Figure 3; cost alone where that is the metric.

    Raises:
        MissingExtra: matplotlib, pandas or seaborn is not installed.
    """
    costs = cost_panel(
        [[cell["cost"] for cell in line] for line in cell_lines(document)],
        baseline=document["baseline_value"],
        title=f"{document['unit']}s of one image ({document['convention']})\n100 % = {document['baseline']}",
        unit=document["unit"],
    )
    panels = [costs]
    if document["metric"] == "accuracy":
        left = _accuracy_panel(document)
        panels = [left, dataclasses.replace(costs, framed=left.framed, below="framed: the same networks")]
    return draw_panels(
        panels,
        rows=document["rows"],
        cols=document["cols"],
        labels=axis_labels(document),
        title=f"RAViT on {document['dataset']}{fixed_layers(document)}",
    )


def _accuracy_panel(document: Document) -> Panel:
    lines = cell_lines(document)
    places = [(i, j, cell) for i, line in enumerate(lines) for j, cell in enumerate(line)]
    exit = "last exit" if document["exit"] == "last" else f"exit of branch {document['exit']}"
    seeds = sorted({len(cell["seeds"]) for cell in document["cells"] if cell["seeds"]})
    told = "-".join(map(str, dict.fromkeys((seeds[0], seeds[-1])))) if seeds else "no"
    spread = "" if document["seed_deviation"] is None else f" ± {document['level']:.0%} interval"
    return Panel(
        title=f"top-1 accuracy, {exit}\nmean of {told} {'seed' if seeds == [1] else 'seeds'}{spread}",
        unit="accuracy, %",
        values=[[None if cell["accuracy"] is None else 100 * cell["accuracy"] for cell in line] for line in lines],
        texts=[
            [_accuracy(cell, "\n") + (" ~" if cell["within_noise_of_frontier"] else "") for cell in line]
            for line in lines
        ],
        framed=[(i, j) for i, j, cell in places if cell["frontier"]],
        hatched=[(i, j) for i, j, cell in places if cell["status"] in ("missing", "failed")],
        below="framed: no cheaper network is as accurate\n~: within noise of one that is framed; hatched: not trained",
    )


def _accuracy_text(cell: Cell) -> str:
    mark = "*" if cell["frontier"] else "~" if cell.get("within_noise_of_frontier") else " "
    return _accuracy(cell, " ") + (mark if cell["accuracy"] is not None else "")


def _accuracy(cell: Cell, between: str) -> str:
    """The mean and half its interval, or why there is none."""
    if cell["accuracy"] is None:
        return NOT_TRAINED[cell["status"]]
    reach = "" if cell["half_width"] is None else f"{between}±{fixed(100 * cell['half_width'], 1)}"
    return f"{fixed(100 * cell['accuracy'], 1)}{reach}"


def _cost_text(cell: Cell) -> str:
    if cell["cost"] is None:
        return NOT_TRAINED["no model" if cell["status"] == "no model" else "no exit"]
    mark = "*" if cell["percent_of_baseline"] < 100 else " "
    return f"{scaled(cell['cost'], 2)} {fixed(cell['percent_of_baseline'], 1)}%{mark}"


def _statements(document: Document, style: str) -> str:
    columns = [
        Column("in the paper", lambda row: f"{row['where']}, {row['of_dataset']}"),
        Column("it says", lambda row: row["said"]),
        Column(f"on {document['dataset']}", _outcome),
        Column("difference, points", _difference, right=True),
        Column("pairs that say so alone", _pairs, right=True),
        Column("cost ratio", _ratio, right=True),
    ]
    title = f"What the paper says is more accurate than what, judged by these trainings on {document['dataset']}"
    judged = [row for row in document["statements"] if row["pairs"]]
    return render(judged, columns, style, title=title, notes=statement_notes(document))


def _outcome(row: Row) -> str:
    """Of many pairs it is their mean that decides."""
    on_average = len(row["pairs"]) > 1 and row["outcome"] != "undecided"
    return f"{row['outcome']}{', on average' if on_average else ''}"


def _difference(row: Row) -> str:
    if row["difference"] is None:
        return "-"
    value = f"{100 * row['difference']:+.2f}"
    return value if row["low"] is None else f"{value} ({100 * row['low']:+.2f} .. {100 * row['high']:+.2f})"


def _pairs(row: Row) -> str:
    contrary = f", {row['pairs_against']} against" if row["pairs_against"] else ""
    untrained = f", {len(row['untrained'])} not trained" if row["untrained"] else ""
    return f"{row['pairs_holding']} of {len(row['pairs'])}{contrary}{untrained}" if row["pairs"] else "-"


def _ratio(row: Row) -> str:
    return fixed(row["pairs"][0]["cost_ratio"], 2) if len(row["pairs"]) == 1 else "-"
