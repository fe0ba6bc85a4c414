"""Figures of what was measured: claimed against predicted against measured ratios of time, and rooflines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from effbench.claims.load import PAPERS, paper
from effbench.claims.measured_ratios import measurements, shipped
from effbench.claims.measured_speed import speed_rows
from effbench.profiling.roofline_figure import draw as draw_roofline
from effbench.render.charts.ranges import speedups
from effbench.report.data.published import SHORT
from effbench.report.data.roofline import roofline_rows
from effbench.report.figures.figure import Figure, rounded


def measured_figures(root: Path) -> list[Figure]:
    """Speed-ups, and each committed roofline."""
    return [_speedups(), *(_roofline(one) for one in roofline_rows(root))]


def _speedups() -> Figure:
    found = [one for path in shipped() for one in measurements(path)]
    rows = [_ratios(row) for key in PAPERS for row in speed_rows(paper(key), found)]
    title = "Time of a step: claimed, predicted and measured"
    return Figure(name="speedups", title=title, rows=rows, draw=partial(speedups, rows, title=title))


def _ratios(row: Mapping[str, Any]) -> dict[str, Any]:
    """A claim of speed with all figures as time over the time of the model it is compared with."""

    def ratio(value: float | None) -> float | None:
        if value is None:
            return None
        return rounded(value / 100 if row["unit"] == "%" else 1 / value)

    ends = sorted(end for end in (ratio(row["low"]), ratio(row["high"])) if end is not None)
    task = "training" if row["task"] == "train" else "inference"
    return {
        "label": f"{SHORT[row['paper']]}, {row['where']}\n{row['model']}, {task}",
        "model": row["model"],
        "against": row["against"],
        "task": row["task"],
        "size": row["size"],
        "claimed": ratio(row["claimed"]),
        "claimed_of": row["metric"],
        "predicted": ratio(row["predicted"]),
        "measured": ratio(row["measured"]),
        "low": ends[0] if ends else None,
        "high": ends[-1] if ends else None,
        "outcome": row["outcome"],
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
