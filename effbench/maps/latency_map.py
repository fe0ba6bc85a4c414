"""The map of latency and throughput for people, and its figure beside the map of operations."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.maps.figure import Panel, cost_panel, draw_panels
from effbench.maps.layer_table import Cell, Document, axis_labels, cell_lines, fixed_layers, layer_table
from effbench.profiling.table import condition_notes
from effbench.render.numbers import fixed, seconds, significant
from effbench.stats.summary import LEVEL

MILLI = 1e3


def text(document: Document, style: str) -> str:
    """Latency, then throughput, in one of ``FORMATS`` that people read."""
    about = f"{document['device']}, {document['dtype']}, {document['mode']}"
    many = f"images/s at batch {document['batch']} ({about})"
    return "\n".join(
        [
            layer_table(
                document, _latency, style, what=f"latency of one image ({about})", notes=_latency_notes(document)
            ),
            layer_table(document, _throughput, style, what=many, notes=_notes(document)),
        ]
    )


def figure(document: Document) -> dict[str, bytes]:
    """Latency, throughput and operations, side by side.

    Raises:
        MissingExtra: matplotlib, pandas or seaborn is not installed.
    """
    lines, base = cell_lines(document), document["baseline"]
    costs = cost_panel(
        [[cell["cost"] for cell in line] for line in lines],
        baseline=base["cost"],
        title=f"{document['unit']}s of one image ({document['convention']})\n100 % = {base['model']}",
        unit=document["unit"],
    )
    about = f"{document['device']}, {document['dtype']}, {document['mode']}"
    panels = [
        _panel(document, "latency", MILLI, f"latency of one image\n{about}", "ms"),
        _panel(document, "throughput", 1.0, f"throughput at batch {document['batch']}\n{about}", "images/s"),
        costs,
    ]
    title = f"RAViT on {document['dataset']}{fixed_layers(document)}"
    return draw_panels(panels, rows=document["rows"], cols=document["cols"], labels=axis_labels(document), title=title)


def _panel(document: Document, name: str, scale: float, title: str, unit: str) -> Panel:
    lines = cell_lines(document)
    places = [(i, j, cell) for i, line in enumerate(lines) for j, cell in enumerate(line)]
    known = [[cell.get(name) for cell in line] for line in lines]
    return Panel(
        title=title,
        unit=unit,
        values=[[None if value is None else value * scale for value in line] for line in known],
        texts=[[_drawn(cell, name, scale) for cell in line] for line in lines],
        hatched=[(i, j) for i, j, cell in places if cell["model"] and cell[name] is None],
        below="± half the interval; hatched: not measured",
    )


def _drawn(cell: Cell, name: str, scale: float) -> str:
    if cell.get(name) is None:
        return "-" if cell["model"] else ""
    half = _half(cell, name)
    return significant(cell[name] * scale, 3) + ("" if half is None else f"\n±{significant(half * scale, 2)}")


def _half(cell: Cell, name: str) -> float | None:
    low, high = cell[f"{name}_low"], cell[f"{name}_high"]
    return None if low is None or high is None else (high - low) / 2


def _latency(cell: Cell) -> str:
    if cell.get("latency") is None:
        return "-" if cell["model"] else ""
    half = _half(cell, "latency")
    return seconds(cell["latency"]) + ("" if half is None else f" ±{fixed(100 * half / cell['latency'], 1)}%")


def _throughput(cell: Cell) -> str:
    if cell.get("throughput") is None:
        return "-" if cell["model"] else ""
    half = _half(cell, "throughput")
    return significant(cell["throughput"]) + ("" if half is None else f" ±{fixed(100 * half / cell['throughput'], 1)}%")


def _latency_notes(document: Document) -> list[str]:
    base = document["baseline"]
    if base["latency"] is None:
        return [f"{base['model']}: {base['status']}."]
    return [f"{base['model']}: {_latency(base)}. FLOPs beside it: effbench heatmap --metric flops."]


def _notes(document: Document) -> list[str]:
    notes = [
        f"Median over processes of each one's median; ±: half the {LEVEL:.0%} interval over processes, which take "
        "turns in random order, so that a drift of the machine meets all alike (effbench profile)."
    ]
    if document["baseline"]["throughput"] is not None:
        notes.insert(0, f"{document['baseline']['model']}: {_throughput(document['baseline'])}.")
    return [*notes, *_missing(document["cells"]), *_conditions(document)]


def _missing(cells: Sequence[Cell]) -> list[str]:
    """Every reason once, with how many cells it stopped."""
    reasons: dict[str, int] = {}
    for cell in cells:
        if cell["status"] not in ("measured", "no model"):
            told = f"{cell['status']}: {cell['reason']}"
            reasons[told] = reasons.get(told, 0) + 1
    return [f"{count} of {len(cells)} cells {told}." for told, count in reasons.items()]


def _conditions(document: Document) -> list[str]:
    return condition_notes(document["conditions"], document["threads"]) if document["conditions"] else []
