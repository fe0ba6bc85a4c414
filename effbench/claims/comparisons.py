"""Which printed figures bear on a comparison in words: every accuracy that the paper prints of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from effbench.claims.paper import Claim, Paper
from effbench.claims.readings import figure_of

ACCURACIES = ("top1", "top5")


@dataclass(frozen=True)
class Compared:
    """Two printed figures of one kind, the first of which should be above the second."""

    of: Claim
    against: Claim

    @property
    def is_greater(self) -> bool:
        """Whether the digits say so."""
        return figure_of(self.of).value > figure_of(self.against).value

    @property
    def figures(self) -> str:
        """Both as printed."""
        return f"{self.of.printed} against {self.against.printed}"

    @property
    def text(self) -> str:
        """Both, with their column or, outside of a table, their place."""
        return f"{self.place}: {self.figures}" + ("" if self.is_greater else ", not above")

    @property
    def place(self) -> str:
        """Their column or, outside of a table, their place."""
        return self.of.column or self.of.where


def compared(paper: Paper, claim: Claim) -> list[Compared]:
    """The pairs of figures that a comparison is about.

    A sentence that names no column is tested at every accuracy of the two rows, and one that names two models at
    every data set and place where both have an accuracy.
    """
    if claim.of is not None and claim.against is not None:
        of, against = paper.claim(claim.of), paper.claim(claim.against)
        return [Compared(of, against), *_other_columns(paper, claim, of, against)]
    return list(_of_models(paper, claim))


def _other_columns(paper: Paper, claim: Claim, of: Claim, against: Claim) -> Iterator[Compared]:
    if claim.metric not in ACCURACIES or claim.column or not (of.in_table and against.in_table):
        return
    for metric in ACCURACIES:
        one, two = _beside(paper, of, metric), _beside(paper, against, metric)
        if metric != of.metric and one is not None and two is not None:
            yield Compared(one, two)


def _beside(paper: Paper, claim: Claim, metric: str) -> Claim | None:
    """The figure of that metric in the row of a claim."""
    for other in paper.claims:
        same_row = (other.where, other.row, other.size) == (claim.where, claim.row, claim.size)
        if same_row and other.metric == metric and other.relation is None and other.printed:
            return other
    return None


def _of_models(paper: Paper, claim: Claim) -> Iterator[Compared]:
    """Figures of the two models in one table, or in the text of one section, on one data set; each once."""
    plain = [c for c in paper.claims if c.relation is None and c.metric == claim.metric and c.printed]
    seen: set[tuple[str, ...]] = set()
    for of in (c for c in plain if c.model == claim.of_model):
        for against in (c for c in plain if c.model == claim.against_model):
            key = (str(of.dataset), of.printed, against.printed)
            together = (of.where, of.dataset, of.size) == (against.where, against.dataset, against.size)
            if together and key not in seen and claim.dataset in (None, of.dataset):
                seen.add(key)
                yield Compared(of, against)
