"""Accuracies as the papers print them, with what they say of the cost: for the table and the scatter of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import figure_of
from effbench.training.data.catalogue import DATASETS

TEST_IMAGES = {name: DATASETS[name].test_images for name in ("imagenet", "cifar10", "tiny-imagenet")}
"""Data set -> images its accuracies are of: ImageNet's and Tiny ImageNet's validation sets, CIFAR-10's test set.

Animals-10 has no official split: what a paper's accuracy on it is of, we do not know.
"""


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """A paper on the page; fields as in ``claims.paper.Paper``."""

    short: str
    title: str
    authors: tuple[str, ...]
    url: str
    version: str
    note: str


@dataclass(frozen=True, kw_only=True)
class AccuracyRow:
    """A published top-1 accuracy, in percent.

    Attributes:
        threshold: of early exits. images: how many it is of, where that is known.
        cost_printed: the FLOPs of the same row of the same table, in base units; with an early exit they cannot be
            priced again, as the share of images that left is not in our counts. cost_text: as printed.
    """

    paper: str
    id: str
    where: str
    row: str
    system: str
    model: str | None
    size: int | None
    dataset: str | None
    threshold: str | None
    cites: str | None
    printed: str
    accuracy: float
    images: int | None
    cost_printed: float | None
    cost_text: str | None


def paper_rows(papers: Iterable[Paper]) -> dict[str, PaperRow]:
    """Key -> title, address, version and how it was read."""
    return {
        p.key: PaperRow(short=p.short, title=p.title, authors=p.authors, url=p.url, version=p.version, note=p.note)
        for p in papers
    }


def accuracy_rows(papers: Iterable[Paper]) -> list[AccuracyRow]:
    """Every published top-1 accuracy that is no relation between others, in the papers' order."""
    return [_row(claim, about) for about in papers for claim in about.claims if _is_accuracy(claim)]


def _is_accuracy(claim: Claim) -> bool:
    return claim.metric == "top1" and claim.unit == "%" and claim.relation is None


def _row(claim: Claim, about: Paper) -> AccuracyRow:
    beside = next((c for c in about.claims if _costs(c, claim)), None)
    return AccuracyRow(
        paper=claim.paper,
        id=claim.id,
        where=claim.where,
        row=claim.row,
        system=claim.system,
        model=claim.model,
        size=claim.size,
        dataset=claim.dataset,
        threshold=claim.exit_threshold,
        cites=claim.cites,
        printed=claim.printed,
        accuracy=float(claim.digits),
        images=TEST_IMAGES.get(claim.dataset or ""),
        cost_printed=None if beside is None else float(figure_of(beside).value),
        cost_text=None if beside is None else beside.text,
    )


def _costs(claim: Claim, accuracy: Claim) -> bool:
    """Whether the claim is the FLOPs in the row of the accuracy."""
    same = (claim.where, claim.row) == (accuracy.where, accuracy.row)
    return same and claim.metric == "flops" and claim.unit in ("k", "M", "G") and claim.relation is None
