"""Accuracies as the papers print them, with what they say of the cost: for the table and the scatter of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from effbench.claims.paper import Claim, Paper
from effbench.claims.readings import figure_of
from effbench.training.data.catalogue import DATASETS


@dataclass(frozen=True)
class PaperRow:
    """A paper on the page."""

    paper: Paper

    def plain(self) -> dict[str, object]:
        """What its method is called, title, address, version and how it was read."""
        names = ("short", "title", "authors", "url", "version", "note")
        return {name: getattr(self.paper, name) for name in names}


@dataclass(frozen=True)
class AccuracyRow:
    """A published top-1 accuracy, in percent, and the FLOPs in the same row of the same table.

    With an early exit those cannot be priced again, as the share of images that left is not in our counts.
    """

    claim: Claim
    beside: Claim | None

    @property
    def accuracy(self) -> float:
        """In percent."""
        return float(self.claim.digits)

    @property
    def images(self) -> int | None:
        """How many images it is of; None where the data set has no official split, so that nobody knows."""
        known = DATASETS.get(self.claim.dataset or "")
        return known.test_images if known is not None and known.official_split else None

    @property
    def cost_printed(self) -> float | None:
        """In base units."""
        return None if self.beside is None else float(figure_of(self.beside).value)

    def plain(self) -> dict[str, object]:
        """What the page has of it."""
        names = ("paper", "id", "where", "row", "system", "model", "size", "dataset")
        return {
            **{name: getattr(self.claim, name) for name in names},
            "threshold": self.claim.exit_threshold,
            "cites": self.claim.cites,
            "printed": self.claim.printed,
            "accuracy": self.accuracy,
            "images": self.images,
            "cost_printed": self.cost_printed,
            "cost_text": None if self.beside is None else self.beside.text,
        }


def paper_rows(papers: Iterable[Paper]) -> dict[str, PaperRow]:
    """Key -> what the page has of the paper."""
    return {about.key: PaperRow(about) for about in papers}


def accuracy_rows(papers: Iterable[Paper]) -> list[AccuracyRow]:
    """Every published top-1 accuracy that is no relation between others, in the papers' order."""
    return [
        AccuracyRow(claim, next((c for c in about.claims if _costs(c, claim)), None))
        for about in papers
        for claim in about.claims
        if claim.metric == "top1" and claim.unit == "%" and claim.relation is None
    ]


def _costs(claim: Claim, accuracy: Claim) -> bool:
    """Whether the claim is the FLOPs in the row of the accuracy."""
    same = (claim.where, claim.row) == (accuracy.where, accuracy.row)
    return same and claim.metric == "flops" and claim.unit in ("k", "M", "G") and claim.relation is None
