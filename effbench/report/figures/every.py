"""Every figure of the report, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effbench.claims.paper import Paper
from effbench.report.figures.accuracy import accuracy_figures
from effbench.report.figures.animals10 import animals10_figure
from effbench.report.figures.curves import curve_figures
from effbench.report.figures.exits import exit_figures
from effbench.report.figures.figure import Figure
from effbench.report.figures.maps import flops_map_figures, measured_map_figures
from effbench.report.figures.measured import roofline_figures
from effbench.report.figures.parts import parts_figure
from effbench.report.figures.size_curves import size_curves_figure
from effbench.report.figures.speedups import speedups_figure


def figures(root: Path, papers: Sequence[Paper]) -> list[Figure]:
    """All of them, from formulas and the committed records of a checkout; nothing is drawn yet."""
    return [
        *flops_map_figures(),
        size_curves_figure(),
        parts_figure(),
        *measured_map_figures(root),
        *accuracy_figures(root, papers),
        *curve_figures(root),
        animals10_figure(papers),
        *exit_figures(root),
        speedups_figure(papers),
        *roofline_figures(root),
    ]
