"""Pareto fronts of cost and accuracy, and the probability that a point is on one, as accuracies are of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from effbench.stats.checked import finite

STEPS, REACH = 200, 6.0
"""Of the integral: intervals of Simpson's rule, and standard deviations on either side."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A network.

    Attributes:
        cost: in any unit. accuracy: share of right answers, 0 to 1.
        images: independent images the accuracy is of; None where that is not known.
        seed_deviation: standard deviation that other seeds add, of the mean over those that were trained.
    """

    cost: float
    accuracy: float
    images: int | None
    seed_deviation: float = 0.0

    def __post_init__(self) -> None:
        finite((self.cost, self.accuracy, self.seed_deviation), "a network of a front")


def front(points: Sequence[Point]) -> list[int]:
    """Places of the points that no other beats: none is cheaper and as accurate, or as cheap and more accurate."""
    found: list[int] = []
    for place in sorted(range(len(points)), key=lambda i: (points[i].cost, -points[i].accuracy)):
        if not found or points[place].accuracy > points[found[-1]].accuracy:
            found.append(place)
    return found


def deviation(point: Point) -> float:
    """Standard deviation of the accuracy: binomial, of ``images`` (required), with that of the seeds."""
    if point.images is None:
        raise ValueError("the accuracy's number of images is not known")
    p = min(max(point.accuracy, 0.5 / point.images), 1 - 0.5 / point.images)
    return math.hypot(math.sqrt(p * (1 - p) / point.images), point.seed_deviation)


def chance(place: int, points: Sequence[Point]) -> float | None:
    """Probability that a point is more accurate than every other that costs no more; None if images are not known.

    All accuracies are taken as independent and normal: the integral of the point's density times the distribution
    functions of the others, by Simpson's rule. Networks judged on the same images err together, so that real doubt is
    smaller.
    """
    point = points[place]
    rivals = [other for i, other in enumerate(points) if i != place and other.cost <= point.cost]
    if any(one.images is None for one in (point, *rivals)):
        return None
    own, spreads = deviation(point), [deviation(other) for other in rivals]
    total = 0.0
    for i in range(STEPS + 1):
        z = -REACH + 2 * REACH * i / STEPS
        at = point.accuracy + z * own
        value = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        for other, spread in zip(rivals, spreads, strict=True):
            value *= (1 + math.erf((at - other.accuracy) / spread / math.sqrt(2))) / 2
        total += value * (1 if i in (0, STEPS) else 4 if i % 2 else 2)
    return min(1.0, total * 2 * REACH / STEPS / 3)
