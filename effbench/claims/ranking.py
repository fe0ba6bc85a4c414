"""Which way of counting a paper uses: all readings of all figures, and the convention that explains most of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from effbench.claims.conditions import Column, Row, column_of, rounding_rules, row_sizes
from effbench.claims.paper import Claim, Paper
from effbench.claims.readings import READINGS, Reading, candidate_sizes, figure_of
from effbench.stats.printed import SCALES, Printed, rounds_to, truncates_to

Place = tuple[str, str]
"""(where in the paper, metric)."""


@dataclass(frozen=True)
class Ranking:
    """How a paper's figures were counted, as far as its digits tell.

    Attributes:
        readings: claim id -> all readings, for every claim that can be counted directly.
        orders: place -> ways of counting, the one that explains most figures first.
        sizes: row -> its image side. rules: column -> how its figures are rounded.
        usual: the convention that leads in most places.
    """

    readings: Mapping[str, tuple[Reading, ...]]
    orders: Mapping[Place, list[str]]
    sizes: Mapping[Row, int]
    rules: Mapping[Column, str]
    usual: str


def is_direct(claim: Claim) -> bool:
    """Whether our counts of one model can be set beside the figure as it stands."""
    return (
        claim.relation is None
        and claim.exit_threshold is None
        and claim.model is not None
        and claim.metric in READINGS
        and claim.unit in SCALES
        and not claim.scope
    )


@cache
def ranking(paper: Paper) -> Ranking:
    """Every way of counting tried on every figure of the paper."""
    readings = {
        claim.id: tuple(READINGS[claim.metric](claim.counted_model, figure_of(claim), candidate_sizes(claim, paper)))
        for claim in paper.claims
        if is_direct(claim)
    }
    orders = _orders(paper, readings)
    firsts = Counter(order[0] for (_, metric), order in orders.items() if metric == "flops" and order)
    usual = firsts.most_common(1)[0][0] if firsts else "macs"
    sizes = row_sizes(paper, readings)
    leading = {
        column_of(claim): orders[claim.where, claim.metric][0]
        for claim in map(paper.claim, readings)
        if orders[claim.where, claim.metric]
    }
    return Ranking(readings, orders, sizes, rounding_rules(paper, readings, sizes, leading), usual)


def _orders(paper: Paper, readings: Mapping[str, tuple[Reading, ...]]) -> dict[Place, list[str]]:
    """The figures of a place decide; between equals, those of the whole paper; then the conventions' own order."""
    here: dict[tuple[str, str, str], Score] = {}
    places: dict[Place, list[str]] = {}
    for claim_id, options in readings.items():
        claim = paper.claim(claim_id)
        unders = places.setdefault((claim.where, claim.metric), [])
        for under in dict.fromkeys(option.under for option in options):
            if under not in unders:
                unders.append(under)
            values = [option.value for option in options if option.under == under]
            for where in (claim.where, ""):
                here.setdefault((where, claim.metric, under), Score()).add(values, figure_of(claim))
    return {
        (where, metric): sorted(
            unders, key=lambda u: (here[where, metric, u].rank(), here["", metric, u].rank()), reverse=True
        )
        for (where, metric), unders in places.items()
    }


@dataclass
class Score:
    """How well one way of counting explains a group of figures.

    Attributes:
        given: figures it gives, rounded or cut off. rounded, truncated: figures it gives by that rule.
    """

    given: int = 0
    rounded: int = 0
    truncated: int = 0

    def add(self, values: Sequence[int], figure: Printed) -> None:
        """One more figure, and our values for it at the image sizes that may be meant."""
        by_rounding = any(rounds_to(value, figure) for value in values)
        by_cutting = any(truncates_to(value, figure) for value in values)
        self.given += by_rounding or by_cutting
        self.rounded += by_rounding
        self.truncated += by_cutting

    def rank(self) -> tuple[int, int, int]:
        """Most figures first; then most by a single rule, as a table is printed by one; then most by rounding."""
        return self.given, max(self.rounded, self.truncated), self.rounded
