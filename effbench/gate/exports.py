"""Verdicts for other tools: github-action-benchmark, Bencher, and a summary for a pull request."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence

from effbench.gate.outcome import Verdict, overall
from effbench.render.sheet import Cell
from effbench.render.table import Column, of, render

RELATIVE = "relative-time"
"""Bencher measure: head time over base time, of turns in lock-step. 1 is no change on any machine, so that points of
different runners can stand in one history; ``latency`` (nanoseconds) holds for its own machine only."""


def github_action_benchmark(rows: Sequence[Verdict]) -> str:
    """Input of github-action-benchmark's tool ``customSmallerIsBetter``; rows that were not measured are left out.

    Source: https://github.com/benchmark-action/github-action-benchmark, README, section on custom benchmarks.
    """
    entries = []
    for row, change in _measured(rows):
        name, said = _name(row), f"{row.verdict}: {row.effect} over {row.pairs} {row.unit}"
        entry: dict[str, object] = {"name": f"{name}: time relative to base", "unit": "% of base"}
        entry["value"] = _rounded(100 * (1 + change))
        reach = _reach(row)
        if reach is not None:
            entry["range"] = f"± {100 * (reach[1] - reach[0]) / 2:.2f}"
        entries.append({**entry, "extra": said})
        if row.head_ns is not None:
            entries.append({"name": f"{name}: time of a step", "unit": "ns", "value": row.head_ns, "extra": said})
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def bencher(rows: Sequence[Verdict]) -> str:
    """Bencher Metric Format, adapter ``json``; rows that were not measured are left out.

    Source: https://bencher.dev/docs/reference/bencher-metric-format
    """
    benchmarks: dict[str, dict[str, dict[str, float]]] = {}
    for row, change in _measured(rows):
        relative = {"value": _rounded(1 + change)}
        reach = _reach(row)
        if reach is not None:
            low, high = reach
            relative |= {"lower_value": _rounded(1 + low), "upper_value": _rounded(1 + high)}
        measures = {RELATIVE: relative}
        if row.head_ns is not None:
            measures["latency"] = {"value": row.head_ns}
        benchmarks[_name(row)] = measures
    return json.dumps(benchmarks, indent=2, ensure_ascii=False) + "\n"


def summary(rows: Sequence[Verdict], title: str = "", notes: Sequence[str] = ()) -> str:
    """Markdown for a pull request or a job's summary: the verdict on top, then every row, measured or not."""
    shown: list[Column[Verdict]] = [
        of("model", lambda row: row.model, _cell),
        of("clock", lambda row: row.clock),
        of("change", lambda row: row.effect, right=True),
        of("margin", lambda row: row.margin, lambda margin: f"{100 * margin:g} %", right=True),
        of("verdict", lambda row: row.verdict, lambda verdict: Cell(verdict, bold=True)),
        of("pairs", lambda row: row.pairs, right=True),
        of("minutes", lambda row: row.minutes, lambda minutes: f"{minutes:.1f}", right=True),
        of("reason", lambda row: row.reason, _cell),
    ]
    heading = f"### effbench gate: {overall(rows)}"
    said = [*notes, "Change: time of head over base, minus 1, with its interval; positive is slower."]
    return f"{heading}\n\n{render(rows, shown, 'markdown', title=_cell(title), notes=said)}"


EXPORTS: Mapping[str, Callable[[Sequence[Verdict]], str]] = {
    "github-action-benchmark": github_action_benchmark,
    "bencher": bencher,
    "summary": summary,
}
"""Name of an export -> rows to text."""


def _measured(rows: Sequence[Verdict]) -> list[tuple[Verdict, float]]:
    """Those that were, with their change."""
    return [(row, row.effect.change) for row in rows if row.effect.change is not None]


def _name(row: Verdict) -> str:
    return f"{row.model} ({row.clock})"


def _reach(row: Verdict) -> tuple[float, float] | None:
    """The interval where there is a finite one: JSON has no infinity."""
    low, high = row.effect.low, row.effect.high
    return (low, high) if low is not None and high is not None and math.isfinite(high - low) else None


def _rounded(value: float) -> float:
    return round(value, 6)


def _cell(text: str) -> str:
    """One line."""
    return " ".join(str(text).split())
