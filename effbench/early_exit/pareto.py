"""Threshold vectors that no other of the sweep beats, and the best for a wanted accuracy or a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effbench.counting.exits import Price, expected_cost
from effbench.early_exit.sweep import Sweep
from effbench.errors import SpecError
from effbench.stats import pareto
from effbench.stats.confidence import Booleans, Numbers


@dataclass(frozen=True, kw_only=True)
class Point:
    """One threshold vector of a sweep.

    Attributes:
        thresholds: one per early exit.
        left: images that leave at each exit.
        correct: right predictions.
        cost: mean per image; a Fraction where costs are whole numbers.
    """

    thresholds: tuple[float, ...]
    left: tuple[int, ...]
    correct: int
    cost: Price


def front(swept: Sweep, costs: Sequence[Price]) -> list[Point]:
    """The Pareto front, from cheap to accurate: each point is the cheapest of its accuracy or better.

    Of equal points the one with the strictest thresholds stands for all.
    """
    places = pareto.front(swept.total_cost(costs).ravel(), swept.correct.ravel())
    return [point(swept, costs, int(flat)) for flat in places]


def point(swept: Sweep, costs: Sequence[Price], flat: int) -> Point:
    """One point of the grid by its number in C order."""
    index = tuple(int(i) for i in np.unravel_index(flat, swept.shape))
    left = swept.leaving(index)
    return Point(
        thresholds=swept.vector(index),
        left=left,
        correct=int(swept.correct[index]),
        cost=expected_cost(left, costs),
    )


def cheapest(swept: Sweep, costs: Sequence[Price], accuracy: float) -> Point:
    """The cheapest thresholds that are right on a share ``accuracy`` of these images or more.

    Raises:
        SpecError: none are; the message names the best.
    """
    enough = swept.correct >= accuracy * swept.images
    if not enough.any():
        best = swept.correct.max() / swept.images
        raise SpecError(f"no thresholds reach an accuracy of {accuracy:g}; the best is {best:g}")
    return point(swept, costs, _best(enough, -swept.total_cost(costs), swept.correct))


def most_accurate(swept: Sweep, costs: Sequence[Price], budget: Price) -> Point:
    """The most accurate thresholds whose mean cost on these images is at most ``budget``; the cheapest of them.

    Raises:
        SpecError: none are that cheap; the message names the cheapest.
    """
    total = swept.total_cost(costs)
    within = total <= float(budget) * swept.images
    if not within.any():
        least = total.min() / swept.images
        raise SpecError(f"no thresholds cost {float(budget):g} or less; the cheapest cost {least:g}")
    return point(swept, costs, _best(within, swept.correct, -total))


def _best(allowed: Booleans, first: Numbers, second: Numbers) -> int:
    """Number of the allowed point where ``first`` is largest; of several, where ``second`` is; then the strictest."""
    among = np.flatnonzero(allowed)
    one, two = first.ravel()[among], second.ravel()[among]
    among, two = among[one == one.max()], two[one == one.max()]
    return int(among[two.argmax()])
