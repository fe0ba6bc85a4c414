"""All data of the page, from formulas and the committed records of a checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench import __version__
from effbench.claims.finding import Finding
from effbench.claims.paper import Paper
from effbench.claims.speedups import Speedup
from effbench.cost.kinds import KINDS, PARAM
from effbench.gate import snapshot
from effbench.report.data import sizes
from effbench.report.data.atlas import Atlas, atlas
from effbench.report.data.audit import ClaimRow, audit_data
from effbench.report.data.conventions import KIND_NUMBERS, ConventionRow, convention_rows
from effbench.report.data.exits import ExitCurve, exit_rows
from effbench.report.data.maps import MapRow, map_rows
from effbench.report.data.measured_maps import Recorded, measured_maps
from effbench.report.data.models import ModelRow, model_rows
from effbench.report.data.profiles import profile_rows
from effbench.report.data.published import AccuracyRow, PaperRow, accuracy_rows, paper_rows
from effbench.report.data.roofline import roofline_rows
from effbench.report.data.trained import TrainedRow, trained_rows
from effbench.training.data.catalogue import DATASETS

SNAPSHOT = Path("baselines/exact.jsonl")
"""Counts of every network at its own size, below the checkout."""

DEFAULT = "macs"
"""The convention the page opens with."""


@dataclass(frozen=True)
class Kind:
    """A kind of operation, and what one of it is."""

    name: str
    doc: str


@dataclass(frozen=True, kw_only=True)
class PageData:
    """Everything the page shows: fields are the names in its data.

    Attributes:
        kinds: of operations; param: the number of the one that is parameters.
        convention: the page opens with it. offered: image sides beside each model's own, pixels.
        datasets: name -> title.
        maps: of cost; measured_maps: of accuracy and latency. atlas: timm's networks.
    """

    version: str = __version__
    kinds: Sequence[Kind] = tuple(Kind(name, doc) for name, doc in KINDS.items())
    param: int = KIND_NUMBERS[PARAM]
    conventions: Sequence[ConventionRow]
    convention: str = DEFAULT
    offered: Sequence[int] = sizes.OFFERED
    papers: Mapping[str, PaperRow]
    models: Sequence[ModelRow]
    datasets: Mapping[str, str]
    published: Sequence[AccuracyRow]
    trained: Sequence[TrainedRow]
    exits: Sequence[ExitCurve]
    maps: Sequence[MapRow]
    measured_maps: Sequence[Recorded]
    atlas: Atlas
    claims: Sequence[ClaimRow]
    findings: Sequence[Finding]
    speeds: Sequence[Speedup]
    profiles: Sequence[object]
    rooflines: Sequence[object]


def page_data(root: Path, papers: Sequence[Paper]) -> PageData:
    """Everything the page shows.

    Args:
        root: of a checkout, with ``baselines``, ``experiments`` and ``reports``.
        papers: whose figures are shown.

    Raises:
        EffbenchError: a record that is missing or is not what it should be. MissingExtra: NumPy or, for networks that
            are counted for the claims, torch is not installed.
    """
    judged = audit_data(papers)
    return PageData(
        conventions=convention_rows(),
        papers=paper_rows(papers),
        models=model_rows(snapshot.read(root / SNAPSHOT), sizes.read(root)),
        datasets={name: known.title for name, known in DATASETS.items()},
        published=accuracy_rows(papers),
        trained=trained_rows(root),
        exits=exit_rows(root),
        maps=map_rows(),
        atlas=atlas(),
        measured_maps=measured_maps(root),
        claims=judged.claims,
        findings=judged.findings,
        speeds=judged.speeds,
        profiles=profile_rows(root),
        rooflines=roofline_rows(root),
    )
