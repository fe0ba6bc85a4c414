"""The probability that a point is on the Pareto front of cost and accuracy, as accuracies are of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from effbench.stats.checked import finite

STEPS, REACH = 200, 6.0
"""Intervals of the integral, and standard deviations on either side."""


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


def deviation(point: Point) -> float:
    """Standard deviation of the accuracy: binomial, of ``images`` (required), with that of the seeds."""
    if point.images is None:
        raise ValueError("the accuracy's number of images is not known")
    p = min(max(point.accuracy, 0.5 / point.images), 1 - 0.5 / point.images)
    return math.hypot(math.sqrt(p * (1 - p) / point.images), point.seed_deviation)


def chance(place: int, points: Sequence[Point]) -> float | None:
    """Probability that a point is more accurate than every other that costs no more; None if images are not known.

    All accuracies are taken as independent and normal: the integral of the point's density times the distribution
    functions of the others, by the trapezoidal rule, which converges fast as the density vanishes at both ends.
    Networks judged on the same images err together, so that the real doubt is smaller.
    """
    import numpy as np
    from scipy.special import ndtr

    point = points[place]
    rivals = [other for i, other in enumerate(points) if i != place and other.cost <= point.cost]
    if any(one.images is None for one in (point, *rivals)):
        return None
    z, step = np.linspace(-REACH, REACH, STEPS + 1, retstep=True)
    value = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    for other in rivals:
        value *= ndtr((point.accuracy + z * deviation(point) - other.accuracy) / deviation(other))
    return min(1.0, float(value.sum() * step))
