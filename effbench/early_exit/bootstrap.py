"""How far a mean over these images may be from that over others like them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effbench.counting.exits import Price, require_costs
from effbench.errors import SpecError
from effbench.stats.binomial import require_level

RESAMPLES = 10_000


def cost_interval(
    images: Sequence[int],
    costs: Sequence[Price],
    *,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """Percentile bootstrap interval, over images, of the mean cost per image.

    Images that left at the same exit cost the same, so drawing n images with replacement is one multinomial draw of the
    counts per exit: exact, and independent of n in time.

    Args:
        images: how many images left at each exit.
        costs: cumulative cost up to each exit.

    Source: Efron 1979, doi:10.1214/aos/1176344552.
    """
    require_costs(costs, len(images))
    require_level("confidence", confidence)
    counts = np.asarray(images, dtype=np.int64)
    total = int(counts.sum())
    if total < 1 or counts.min() < 0:
        raise SpecError(f"images per exit must be 0 or more and not all 0, got {counts.tolist()}")
    drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=resamples)  # (resamples, exits)
    means = drawn @ np.asarray([float(c) for c in costs]) / total
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
