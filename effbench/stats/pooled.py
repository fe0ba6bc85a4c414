"""Noise that groups share: its standard deviation, from all of them, and the difference of two means it explains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from effbench.stats.checked import finite


class Noise(NamedTuple):
    """Standard deviation of one value about its group's mean, and the degrees of freedom it was estimated from."""

    deviation: float
    freedom: int


def t_quantile(freedom: float, level: float) -> float:
    """The t within which ± a Student variable of ``freedom`` degrees stays with probability ``level``."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2))


def pooled(groups: Iterable[Sequence[float]]) -> Noise | None:
    """The standard deviation within groups, taken to be the same in all; None unless a group has two values.

    Raises:
        EffbenchError: a value that is not finite.
    """
    squares, freedom = 0.0, 0
    for values in groups:
        finite(values, "values of a group")
        if len(values) > 1:
            mean = math.fsum(values) / len(values)
            squares += math.fsum((value - mean) ** 2 for value in values)
            freedom += len(values) - 1
    return Noise(math.sqrt(squares / freedom), freedom) if freedom else None


def reach(noise: Noise, count: int, level: float = 0.95) -> float:
    """Half the interval that should hold the true mean of a group of ``count`` values: t · s / √n."""
    return t_quantile(noise.freedom, level) * noise.deviation / math.sqrt(count)


def least_difference(noise: Noise, first: int, second: int, level: float = 0.95) -> float:
    """Means of ``first`` and of ``second`` values that differ by less may be equal: t · s · √(1/n + 1/m).

    Fisher's least significant difference: valid for one pair chosen beforehand; it makes no allowance for many pairs.
    Source: R. A. Fisher, The Design of Experiments, 1935, section 24.
    """
    return math.hypot(reach(noise, first, level), reach(noise, second, level))
