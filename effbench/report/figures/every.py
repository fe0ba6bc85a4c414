"""Every figure of the report, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effbench.claims.paper import Paper
from effbench.report.figures.accuracy import accuracy_figures
from effbench.report.figures.costs import cost_figures
from effbench.report.figures.exits import exit_figures
from effbench.report.figures.figure import Figure
from effbench.report.figures.measured import measured_figures
from effbench.report.figures.measured_maps import measured_map_figures


def figures(root: Path, papers: Sequence[Paper]) -> list[Figure]:
    """All of them, from formulas and the committed records of a checkout; nothing is drawn yet."""
    return [
        *cost_figures(),
        *measured_map_figures(root),
        *accuracy_figures(root, papers),
        *exit_figures(root),
        *measured_figures(root, papers),
    ]
