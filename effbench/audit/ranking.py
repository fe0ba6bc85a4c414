"""Which way of counting a paper uses: all readings of all figures, and the convention that explains most of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from effbench.audit.printed import SCALES, Printed, printed
from effbench.audit.readings import READINGS, Reading, candidate_sizes
from effbench.claims.load import Claim, Paper

VOTES = {"exact": 2, "rounded": 2, "truncated": 1, "off": 0}
"""What a figure is worth for a way of counting that gives it: rounding is the usual way to print."""

Place = tuple[str, str]
"""(where in the paper, metric)."""


@dataclass(frozen=True)
class Ranking:
    """How a paper's figures were counted, as far as its digits tell.

    Attributes:
        readings: claim id -> all readings, for every claim that can be counted directly.
        orders: place -> ways of counting, the one that explains most figures first.
        sizes: place -> the image side at which most figures there hold.
        usual: the convention that leads in most places.
    """

    readings: Mapping[str, tuple[Reading, ...]]
    orders: Mapping[Place, list[str]]
    sizes: Mapping[Place, int]
    usual: str


def figure_of(claim: Claim) -> Printed:
    """The claim's digits and scale; percentages, factors and points as plain numbers."""
    return printed(claim.digits, claim.unit if claim.unit in SCALES else "")


def is_direct(claim: Claim) -> bool:
    """Whether our counts of one model can be set beside the figure as it stands."""
    return (
        claim.relation is None
        and claim.exit_threshold is None
        and claim.model is not None
        and claim.metric in READINGS
        and claim.unit in SCALES
    )


def ranking(paper: Paper) -> Ranking:
    """Every way of counting tried on every figure of the paper."""
    readings = {
        claim.id: tuple(READINGS[claim.metric](claim.counted_model, figure_of(claim), candidate_sizes(claim, paper)))
        for claim in paper.claims
        if is_direct(claim)
    }
    orders = _orders(paper, readings)
    firsts = Counter(order[0] for (_, metric), order in orders.items() if metric == "flops")
    usual = firsts.most_common(1)[0][0] if firsts else "macs"
    return Ranking(readings, orders, _sizes(paper, readings), usual)


def _orders(paper: Paper, readings: Mapping[str, tuple[Reading, ...]]) -> dict[Place, list[str]]:
    """Figures of the same place decide; between equals, those of the whole paper; then the conventions' own order."""
    votes: Counter[tuple[str, str, str]] = Counter()
    places: dict[Place, list[str]] = {}
    for claim_id, options in readings.items():
        claim = paper.claim(claim_id)
        unders = list(dict.fromkeys(option.under for option in options))
        places[claim.where, claim.metric] = unders
        for under in unders:
            worth = max(VOTES[option.match] for option in options if option.under == under)
            votes[claim.where, claim.metric, under] += worth
            votes["", claim.metric, under] += worth
    return {
        (where, metric): sorted(unders, key=lambda u: (-votes[where, metric, u], -votes["", metric, u]))
        for (where, metric), unders in places.items()
    }


def _sizes(paper: Paper, readings: Mapping[str, tuple[Reading, ...]]) -> dict[Place, int]:
    sizes: dict[Place, Counter[int]] = {}
    for claim_id, options in readings.items():
        claim = paper.claim(claim_id)
        tally = sizes.setdefault((claim.where, claim.metric), Counter())
        tally.update({option.size for option in options if option.holds})
    return {place: tally.most_common(1)[0][0] for place, tally in sizes.items() if tally}
