"""How far a mean over these images may be from the mean over others like them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effbench.errors import SpecError
from effbench.stats.binomial import require_level

RESAMPLES = 10_000


def mean_interval(
    counts: Sequence[int], values: Sequence[float], *, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean over images of which many share one value.

    Drawing n images with replacement is one multinomial draw of the counts: exact, and independent of n in time.

    Args:
        counts: how many images have each value.
        values: in any unit, e.g. the cumulative cost up to each exit.

    Source: Efron 1979, doi:10.1214/aos/1176344552.
    """
    require_level("confidence", confidence)
    images = np.asarray(counts, dtype=np.int64)
    total = int(images.sum())
    if total < 1 or images.min() < 0 or len(images) != len(values):
        raise SpecError(f"counts must be 0 or more, not all 0, one per value, got {images.tolist()}")
    drawn = np.random.default_rng(seed).multinomial(total, images / total, size=RESAMPLES)  # (RESAMPLES, values)
    means = drawn @ np.asarray([float(value) for value in values]) / total
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
