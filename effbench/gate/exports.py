"""Verdicts for other tools: github-action-benchmark, Bencher, and a summary for a pull request.

The rows are those of the gate, one per model and clock: ``model``, ``clock``, ``change``, ``low``, ``high``, ``margin``
(fractions), ``verdict``, ``pairs`` (or how many of what ``unit`` says), ``base_ns``, ``head_ns``, ``minutes`` and
``reason``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from effbench.gate.outcome import Row, change, overall
from effbench.render.sheet import Cell
from effbench.render.table import Column, column, render

RELATIVE = "relative-time"
"""Bencher measure: head time over base time, of turns in lock-step. 1 is no change on any machine, so that points of
different runners can stand in one history; ``latency`` (nanoseconds) holds for its own machine only."""


def github_action_benchmark(rows: Sequence[Row]) -> str:
    """Input of github-action-benchmark's tool ``customSmallerIsBetter``; rows that were not measured are left out.

    Source: https://github.com/benchmark-action/github-action-benchmark, README, section on custom benchmarks.
    """
    entries = []
    for row in _measured(rows):
        name, said = _name(row), f"{row['verdict']}: {change(row)} over {row['pairs']} {row.get('unit', 'pairs')}"
        entry: dict[str, Any] = {"name": f"{name}: time relative to base", "unit": "% of base"}
        entry["value"] = _rounded(100 * (1 + row["change"]))
        reach = _reach(row)
        if reach is not None:
            entry["range"] = f"± {100 * reach:.2f}"
        entries.append({**entry, "extra": said})
        if row.get("head_ns") is not None:
            entries.append({"name": f"{name}: time of a step", "unit": "ns", "value": row["head_ns"], "extra": said})
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def bencher(rows: Sequence[Row]) -> str:
    """Bencher Metric Format, adapter ``json``; rows that were not measured are left out.

    Source: https://bencher.dev/docs/reference/bencher-metric-format
    """
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for row in _measured(rows):
        relative = {"value": _rounded(1 + row["change"])}
        if _reach(row) is not None:
            relative |= {"lower_value": _rounded(1 + row["low"]), "upper_value": _rounded(1 + row["high"])}
        measures = {RELATIVE: relative}
        if row.get("head_ns") is not None:
            measures["latency"] = {"value": row["head_ns"]}
        benchmarks[_name(row)] = measures
    return json.dumps(benchmarks, indent=2, ensure_ascii=False) + "\n"


def summary(rows: Sequence[Row], title: str = "", notes: Sequence[str] = ()) -> str:
    """Markdown for a pull request or a job's summary: the verdict on top, then every row, measured or not."""
    shown: list[Column[Row]] = [
        column("model", "model", _cell),
        column("clock", "clock"),
        Column("change", change, right=True),
        column("margin", "margin", lambda margin: f"{100 * margin:g} %", right=True),
        column("verdict", "verdict", lambda verdict: Cell(verdict, bold=True)),
        column("pairs", "pairs", right=True),
        column("minutes", "minutes", lambda minutes: f"{minutes:.1f}", right=True),
        column("reason", "reason", _cell),
    ]
    heading = f"### effbench gate: {overall(rows)}"
    said = [*notes, "Change: time of head over base, minus 1, with its interval; positive is slower."]
    return f"{heading}\n\n{render(rows, shown, 'markdown', title=_cell(title), notes=said)}"


EXPORTS: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "github-action-benchmark": github_action_benchmark,
    "bencher": bencher,
    "summary": summary,
}
"""Name of an export -> rows to text."""


def _measured(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["change"] is not None]


def _name(row: Row) -> str:
    return f"{row['model']} ({row['clock']})"


def _reach(row: Row) -> float | None:
    """Half the interval's width, where there is a finite one: JSON has no infinity."""
    low, high = row.get("low"), row.get("high")
    return (high - low) / 2 if low is not None and high is not None and math.isfinite(high - low) else None


def _rounded(value: float) -> float:
    return round(value, 6)


def _cell(text: str) -> str:
    """One line."""
    return " ".join(str(text).split())
