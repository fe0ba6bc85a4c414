"""Accuracies as the papers print them, with what they say of the cost: for the table and the scatter of the page."""

from __future__ import annotations

from typing import Any

from effbench.claims.load import PAPERS, Claim, Paper, paper
from effbench.claims.ranking import figure_of

TEST_IMAGES = {"imagenet": 50_000, "cifar10": 10_000, "tiny-imagenet": 10_000}
"""Data set -> images its accuracies are of: ImageNet's and Tiny ImageNet's validation sets, CIFAR-10's test set.

Sources: arXiv:1409.0575, Table 2; Tiny ImageNet's wnids.txt and val_annotations.txt (200 classes x 50 images);
Krizhevsky 2009, "Learning multiple layers of features from tiny images", Section 3. Animals-10 has no official split.
"""


SHORT = {"ci2p_vit": "CI2P-ViT", "token_fusion": "Token Fusion", "ravit": "RAViT"}
"""Paper -> what its method is called."""


def paper_rows() -> dict[str, Any]:
    """Key -> title, address, version and how it was read."""
    found = {key: paper(key) for key in PAPERS}
    return {key: {"short": SHORT[key], **_about(p)} for key, p in found.items()}


def _about(p: Paper) -> dict[str, Any]:
    return {"title": p.title, "authors": list(p.authors), "url": p.url, "version": p.version, "note": p.note}


def accuracy_rows() -> list[dict[str, Any]]:
    """Every published top-1 accuracy that is no relation between others, in the papers' order.

    ``cost_printed`` is the figure of the same row of the same table, in base units; with an early exit it cannot be
    priced anew, as the share of images that left is not in our counts.
    """
    return [_row(claim, about.claims) for about in map(paper, PAPERS) for claim in about.claims if _is_accuracy(claim)]


def _is_accuracy(claim: Claim) -> bool:
    return claim.metric == "top1" and claim.unit == "%" and claim.relation is None


def _row(claim: Claim, claims: tuple[Claim, ...]) -> dict[str, Any]:
    beside = next((c for c in claims if _costs(c, claim)), None)
    return {
        "paper": claim.paper,
        "id": claim.id,
        "where": claim.where,
        "row": claim.row,
        "system": claim.system,
        "model": claim.model,
        "size": claim.size,
        "dataset": claim.dataset,
        "threshold": claim.exit_threshold,
        "cites": claim.cites,
        "printed": claim.printed,
        "accuracy": float(claim.digits),
        "images": TEST_IMAGES.get(claim.dataset or ""),
        "cost_printed": None if beside is None else float(figure_of(beside).value),
        "cost_text": None if beside is None else f"{beside.printed} {beside.unit}",
    }


def _costs(claim: Claim, accuracy: Claim) -> bool:
    """Whether the claim is the FLOPs in the row of the accuracy."""
    same = (claim.where, claim.row) == (accuracy.where, accuracy.row)
    return same and claim.metric == "flops" and claim.unit in ("k", "M", "G") and claim.relation is None
