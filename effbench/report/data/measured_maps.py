"""Committed maps of trained accuracy and measured latency by layer counts: what ``effbench heatmap --out`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.maps.layer_table import cell_lines

METRICS = ("accuracy", "latency")

SHAPE = ("dataset", "metric", "row_branch", "col_branch", "fixed", "rows", "cols", "convention", "unit")

TOLD = {
    "accuracy": ("model", "status", "accuracy", "low", "high", "seeds", "images", "frontier", "cost"),
    "latency": ("model", "status", "latency", "latency_low", "latency_high", "throughput", "cost"),
}
"""Metric -> what the page shows of a cell."""


def documents(root: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every committed map of METRICS with its path below the checkout, in alphabetical order.

    Raises:
        EffbenchError: a file that is no map.
    """
    found = [(path, _read(path)) for path in sorted((root / "reports" / "sweeps").glob("*/heatmap_*.json"))]
    return [(path.relative_to(root), document) for path, document in found if document["metric"] in METRICS]


def measured_map_rows(root: Path) -> list[dict[str, Any]]:
    """One row per map: its axes, and its cells line by line."""
    return [_row(path, document) for path, document in documents(root)]


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        lines = cell_lines(document)
        if document["metric"] and len(lines) == len(document["rows"]):
            return dict(document)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise EffbenchError(f"{path} is no map of effbench heatmap")


def _row(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    told = TOLD[document["metric"]]
    baseline = document["baseline"]
    return {
        **{key: document[key] for key in SHAPE},
        "file": path.as_posix(),
        "baseline": baseline if isinstance(baseline, str) else baseline["model"],
        "cells": [[{key: cell.get(key) for key in told} for cell in line] for line in cell_lines(document)],
        "how": _how(document),
    }


def _how(document: Mapping[str, Any]) -> str:
    """What the numbers were made under, in a line."""
    if document["metric"] == "latency":
        conditions = document["conditions"]
        where = conditions.get("accelerator") or conditions.get("cpu")
        return (
            f"{where}, {document['device']}, {document['dtype']}, {document['mode']}, {document['threads']} thread(s)"
        )
    return f"{', '.join(document['experiments'])}; exit {document['exit']}; store {document['store']}"
