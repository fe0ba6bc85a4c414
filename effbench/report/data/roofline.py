"""Committed rooflines: blocks and models under a machine's ceilings, as ``effbench roofline --out`` wrote them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError

NUMBERS = ("intensity", "attainable_flop_per_s", "attainable_seconds", "measured_seconds", "attained_share", "mfu")
WHOLE = ("size", "batch", "threads", "times", "macs", "bytes")
TEXTS = ("record", "model", "device", "dtype", "block", "bound")


def roofline_rows(root: Path) -> list[dict[str, Any]]:
    """One entry per file of ``reports/roofline``: ``rows``, the ceilings and what the table says of the conditions."""
    folder = root / "reports" / "roofline"
    return [_entry(path, folder / "table.md") for path in sorted(folder.glob("roofline_*.csv"))]


def _entry(path: Path, table: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [_row(row) for row in csv.DictReader(stream)]
        flop_per_s, byte_per_s = ceilings(rows)
    except (OSError, KeyError, ValueError) as error:
        raise EffbenchError(f"{path} is no roofline of effbench: {error}") from None
    return {
        "name": path.stem,
        "file": f"reports/roofline/{path.name}",
        "rows": rows,
        "flop_per_s": flop_per_s,
        "byte_per_s": byte_per_s,
        "conditions": conditions(table),
    }


def _row(row: dict[str, str]) -> dict[str, Any]:
    return {
        **{key: row[key] for key in TEXTS},
        **{key: int(row[key]) for key in WHOLE},
        **{key: float(row[key]) if row[key] else None for key in NUMBERS},
    }


def ceilings(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Peak FLOP/s and copy byte/s: of a block that one of them alone limits.

    Raises:
        ValueError: there is no such block.
    """
    blocks = [row for row in rows if row["record"] == "block"]
    peak = max((row["attainable_flop_per_s"] for row in blocks), default=0.0)
    slow = [row for row in blocks if row["bound"] == "memory" and not row["macs"] and row["attainable_seconds"]]
    if not peak or not slow:
        raise ValueError("its ceilings cannot be told from its blocks")
    return peak, max(row["bytes"] / row["attainable_seconds"] for row in slow)


def conditions(table: Path) -> list[str]:
    """The lines of the table that say how its ceilings and times were measured."""
    if not table.exists():
        return []
    lines = table.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(("Ceilings", "On ", "Conditions"))]
