"""How far two measurements of the same things put them in one order: Kendall's tau with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from effbench.errors import SpecError

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

RESAMPLES = 10_000


class Agreement(NamedTuple):
    """Attributes: tau: Kendall's tau-b, -1 to 1; low, high: its interval; things: how many."""

    tau: float
    low: float
    high: float
    things: int


def agreement(first: Sequence[float], second: Sequence[float], level: float = 0.95, seed: int = 0) -> Agreement | None:
    """Kendall's tau-b, and its percentile bootstrap interval over the things; None where either puts them in no order.

    In a resample a thing that was drawn several times is no pair with itself.

    Args:
        first, second: a value per thing, in the same order.

    Source: Kendall 1945, doi:10.1093/biomet/33.3.239; Efron 1979, doi:10.1214/aos/1176344552.
    """
    if len(first) != len(second):
        raise SpecError(f"two orders of the same things, got {len(first)} and {len(second)} values")
    count = len(first)
    a, b = (np.sign(np.subtract.outer(values, values)) for values in (np.asarray(first), np.asarray(second)))
    tau = float(_taus(np.ones((1, count)), a, b)[0]) if count else float("nan")
    if not np.isfinite(tau):
        return None
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES).astype(float)
    taus = _taus(drawn, a, b)
    low, high = np.quantile(taus[np.isfinite(taus)], [(1 - level) / 2, (1 + level) / 2])
    return Agreement(tau, float(low), float(high), count)


def _taus(weights: Floats, a: Floats, b: Floats) -> Floats:
    """Tau-b of every row of weights (n, things), which says how often each thing was drawn."""
    same, untied_a, untied_b = (((weights @ signs) * weights).sum(axis=1) for signs in (a * b, a * a, b * b))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(same / np.sqrt(untied_a * untied_b))
