"""The Pareto front: of costs and gains, the points that no other beats.

The one rule of the package; ``pareto.js`` has it again for the page, where a reader chooses the prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = Sequence[float] | NDArray[np.int64] | NDArray[np.float64]


def front(costs: Numbers, gains: Numbers) -> NDArray[np.int64]:
    """Places of the points that no other beats, from cheap to expensive.

    A point is beaten by one that costs less and gains as much, or costs as much and gains more. Of equal points the
    first stands for all.

    Args:
        costs, gains: (n,) numbers in any unit.
    """
    cost, gain = np.asarray(costs), np.asarray(gains)
    order = np.lexsort((-gain, cost))  # stable
    best = np.maximum.accumulate(gain[order])
    rises = np.concatenate(([True], best[1:] > best[:-1]))[: len(order)]
    return np.asarray(order[rises])
