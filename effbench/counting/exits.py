"""Expected cost of early exits, with heads, resizing and the score itself; and the exit shares that a cost implies."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from effbench.cost.convention import Convention
from effbench.cost.counts import OpCounts, combine
from effbench.cost.formulas import Price as Price
from effbench.cost.formulas import early_exit_cost, implied_exit_share
from effbench.errors import SpecError
from effbench.stats.scores import score

LARGEST = 1e100
"""Cost of one image: the sum over any number of images is still a finite float."""


def exit_counts(branches: Sequence[OpCounts], classes: int, score_name: str | None) -> list[OpCounts]:
    """Cumulative operations of an image that leaves at each exit.

    Every image that passes an early exit has paid for its head and its score; the last exit needs no score.

    Args:
        branches: operations of each part that ends in an exit (``models.registry.Model.branches``).
        classes: logits per exit.
        score_name: what early exits compute; None leaves it out. Filed under ``exits.K.score``.
    """
    parts = list(branches)
    if score_name is not None:
        rule = score(score_name)
        for k in range(len(parts) - 1):
            parts[k] = combine((parts[k], rule.counts(classes, k == 0).at(f"exits.{k}.score")))
    return [combine(parts[: k + 1]) for k in range(len(parts))]


def exit_costs(
    branches: Sequence[OpCounts], convention: Convention, classes: int, score_name: str | None = None
) -> list[int]:
    """Cumulative cost up to each exit under a convention, whole numbers."""
    return [int(convention.total(counts)) for counts in exit_counts(branches, classes, score_name)]


def require_costs(costs: Sequence[Price], exits: int) -> None:
    """Raise SpecError unless there is one cost per exit, from 0 to LARGEST, and none is below the one before."""
    if len(costs) != exits:
        raise SpecError(f"{exits} exits need {exits} costs, each cumulative up to its exit, got {len(costs)}")
    if not all(0 <= c <= LARGEST for c in costs) or any(b < a for a, b in pairwise(costs)):
        raise SpecError(
            f"costs are cumulative: from 0 to {LARGEST:g} and never falling, got {', '.join(map(str, costs))[:100]}"
        )


def expected_cost(images: Sequence[int], costs: Sequence[Price]) -> Price:
    """Mean cost per image, Σ nₖ cₖ / Σ nₖ (RAViT eq. 4): a Fraction where costs are whole numbers.

    Args:
        images: how many images leave at each exit.
        costs: cumulative cost up to each exit.
    """
    require_costs(costs, len(images))
    mean: Price = early_exit_cost([int(n) for n in images], costs)
    return mean


def implied_shares(published: int | Fraction, costs: Sequence[int]) -> list[tuple[Fraction, ...]]:
    """All exit shares whose mean cost is ``published``, as corner points: every mixture of them is a solution.

    One early exit gives one point, two give the ends of a line segment. At a corner at most two exits are used.

    Args:
        published: mean cost per image, exact (a printed figure as a Fraction).
        costs: cumulative cost up to each exit, rising.

    Raises:
        SpecError: no shares give that cost.
    """
    require_costs(costs, len(costs))
    if any(a == b for a, b in pairwise(costs)):
        raise SpecError(f"an exit that costs as much as the next saves nothing: {', '.join(map(str, costs))}")
    if not costs[0] <= published <= costs[-1]:
        raise SpecError(f"no exit shares give {float(published):g}: exits cost {costs[0]} to {costs[-1]}")
    corners = {
        _mixture(i, j, implied_exit_share(published, costs[i], costs[j]), len(costs))
        for i, j in combinations(range(len(costs)), 2)
        if costs[i] <= published <= costs[j]
    }
    return sorted(corners) if corners else [_mixture(0, 0, Fraction(1), len(costs))]


def _mixture(i: int, j: int, share: Fraction, exits: int) -> tuple[Fraction, ...]:
    """A share of the images at exit i, the rest at exit j."""
    shares = [Fraction(0)] * exits
    shares[j] = 1 - share
    shares[i] = share
    return tuple(shares)
