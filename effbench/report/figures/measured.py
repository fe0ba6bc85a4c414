"""Figures of what was measured: claimed against predicted against measured ratios of time, and rooflines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from effbench.claims.paper import Paper
from effbench.claims.ratios import shipped
from effbench.claims.speedups import Speedup, speedups
from effbench.profiling.roofline_figure import draw as draw_roofline
from effbench.render.charts.ranges import speedups as draw_speedups
from effbench.report.data.roofline import roofline_rows
from effbench.report.figures.figure import Figure, rounded


def measured_figures(root: Path, papers: Sequence[Paper]) -> list[Figure]:
    """Speed-ups that the papers claim, and each committed roofline."""
    return [_speedups(papers), *(_roofline(one) for one in roofline_rows(root))]


def _speedups(papers: Sequence[Paper]) -> Figure:
    found = shipped(papers)
    rows = [_ratios(row) for about in papers for row in speedups(about, found)]
    title = "Time of a step: claimed, predicted and measured"
    return Figure(name="speedups", title=title, rows=rows, draw=partial(draw_speedups, rows, title=title))


def _ratios(row: Speedup) -> dict[str, Any]:
    """A claim of speed with all figures as time over the time of the model it is compared with."""

    def ratio(value: float | None) -> float | None:
        if value is None:
            return None
        return rounded(value / 100 if row.figure.unit == "%" else 1 / value)

    low, high = row.interval or (None, None)
    ends = sorted(end for end in (ratio(low), ratio(high)) if end is not None)
    task = "training" if row.test.task == "train" else "inference"
    return {
        "label": f"{row.paper.short}, {row.where}\n{row.test.model}, {task}",
        "model": row.test.model,
        "against": row.test.against,
        "task": row.test.task,
        "size": row.test.size,
        "claimed": ratio(float(row.figure.value)),
        "claimed_of": row.figure.metric,
        "predicted": ratio(row.predicted),
        "measured": ratio(row.measured),
        "low": ends[0] if ends else None,
        "high": ends[-1] if ends else None,
        "outcome": row.outcome,
    }


def _roofline(one: Mapping[str, Any]) -> Figure:
    first = one["rows"][0]
    setting = f"{first['device']}, {first['dtype']}, batch {first['batch']}, {first['size']}²"
    title = f"Roofline: {setting}"
    return Figure(
        name=one["name"],
        title=f"{title}; measured by effbench roofline, record {one['file']}",
        rows=one["rows"],
        draw=partial(
            draw_roofline, one["rows"], flop_per_s=one["flop_per_s"], byte_per_s=one["byte_per_s"], title=title
        ),
    )
