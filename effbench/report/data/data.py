"""All data of the page, from formulas and the committed records of a checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from effbench import __version__
from effbench.claims.paper import Paper
from effbench.cost.kinds import KINDS, PARAM
from effbench.gate import snapshot
from effbench.report.data import sizes
from effbench.report.data.audit import audit_data
from effbench.report.data.conventions import KIND_NUMBERS, convention_rows
from effbench.report.data.exits import exit_rows
from effbench.report.data.maps import map_rows
from effbench.report.data.measured_maps import measured_maps
from effbench.report.data.models import model_rows
from effbench.report.data.profiles import profile_rows
from effbench.report.data.published import accuracy_rows, paper_rows
from effbench.report.data.roofline import roofline_rows
from effbench.report.data.trained import trained_rows

SNAPSHOT = Path("baselines/exact.jsonl")
"""Counts of every network at its own size, below the checkout."""

DEFAULT = "macs"
"""The convention the page opens with."""


def page_data(root: Path, papers: Sequence[Paper]) -> dict[str, Any]:
    """Everything the page shows.

    Args:
        root: of a checkout, with ``baselines``, ``experiments`` and ``reports``.
        papers: whose figures are shown.

    Raises:
        EffbenchError: a record that is missing or is not what it should be. MissingExtra: NumPy or, for networks that
            are counted for the claims, torch is not installed.
    """
    return {
        "version": __version__,
        "kinds": [{"name": kind, "doc": doc} for kind, doc in KINDS.items()],
        "param": KIND_NUMBERS[PARAM],
        "conventions": convention_rows(),
        "convention": DEFAULT,
        "offered": list(sizes.OFFERED),
        "papers": paper_rows(papers),
        "models": model_rows(snapshot.read(root / SNAPSHOT), sizes.read(root)),
        "published": accuracy_rows(papers),
        "trained": trained_rows(root),
        "exits": exit_rows(root),
        "maps": map_rows(),
        "measured_maps": measured_maps(root),
        **vars(audit_data(papers)),
        "profiles": profile_rows(root),
        "rooflines": roofline_rows(root),
    }
