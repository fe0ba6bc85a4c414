"""A table of costs by image size and model, recomputed at any sizes, the paper's figures beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.claims.audit import Audit, audit
from effbench.claims.load import paper
from effbench.claims.tables.layout import table
from effbench.cost.convention import Convention
from effbench.counting.costs import Cost, costs
from effbench.render.plain import plain

PAPER, TABLE = "ci2p_vit", "ci2p.2"
"""The table that ``effbench flops`` shows without a model."""


@dataclass(frozen=True, kw_only=True)
class Recomputed:
    """One cell: our cost, and what the paper prints there; None where it prints nothing.

    Attributes:
        cost: ours. reduction_percent: against the first model at that size.
        paper_printed, paper_reduction: as printed. paper_holds_under: the convention that gives the digits.
        paper_match: the verdict.
    """

    cost: Cost
    reduction_percent: float
    paper_printed: str | None
    paper_reduction: str | None
    paper_holds_under: str | None
    paper_match: str | None

    @property
    def words(self) -> str | None:
        """What the paper's figure holds under; None where it prints none."""
        if self.paper_printed is None:
            return None
        if self.paper_holds_under is None:
            return "holds under no convention"
        return f"holds under {self.paper_holds_under} ({self.paper_match})"

    def plain(self) -> dict[str, object]:
        """The cost as it is alone, then the rest."""
        return {**plain(self.cost), **{name: value for name, value in vars(self).items() if name != "cost"}}


class CostTable:
    """That table of that paper, without the rest of the paper, whose networks may need PyTorch to be counted."""

    def __init__(self) -> None:
        about, self.layout = table(TABLE, [paper(PAPER)])
        self.found: Audit = audit(about.excerpt(self.layout.where))
        claims = self.found.paper.claims
        self.models = list(dict.fromkeys(claim.counted_model for claim in claims if claim.model))
        self.sizes = list(dict.fromkeys(claim.size for claim in claims if claim.size))

    def mixed_conventions(self) -> list[str]:
        """Where the table mixes ways of counting."""
        return [finding.text for finding in self.found.findings if finding.kind == "convention"]

    def cells(self, sizes: Sequence[int], convention: Convention, batch: int = 1) -> list[Recomputed]:
        """One cell per size and model, in the order of the table."""
        found = {(cost.size, cost.model): cost for cost in costs(self.models, sizes, [convention], batch)}
        return [self._cell(found[size, model], found[size, self.models[0]]) for size in sizes for model in self.models]

    def _cell(self, cost: Cost, baseline: Cost) -> Recomputed:
        claims = [c for c in self.found.paper.claims if (c.size, c.model) == (cost.size, cost.model)]
        figure = next((self.found.verdicts[claim.id] for claim in claims if claim.relation is None), None)
        return Recomputed(
            cost=cost,
            reduction_percent=100 * (1 - cost.value / baseline.value),
            paper_printed=None if figure is None else figure.claim.text,
            paper_reduction=next((claim.printed for claim in claims if claim.relation == "reduction"), None),
            paper_holds_under=None if figure is None or figure.outcome == "off" else figure.under,
            paper_match=None if figure is None else figure.outcome,
        )
