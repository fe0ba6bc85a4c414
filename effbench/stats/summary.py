"""Summaries of samples: median, percentiles where there are enough, and an interval over processes.

The process is the unit: samples of one process share its memory layout and its moment, and an interval from them alone
is several times too narrow (on a busy machine medians of processes differ by tens of percent while samples within one
agree). ``spread`` therefore resamples processes first and samples within them after.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from effbench.stats.pooled import t_quantile

if TYPE_CHECKING:
    import numpy as np

    from effbench.stats.confidence import Floats

from effbench.stats.checked import finite, times

LEVEL = 0.95
RESAMPLES = 1000
MAX_CELLS = 4_000_000  # numbers drawn at once, so that memory stays below 100 MB


class Centre(NamedTuple):
    """A median and the interval that should hold the true one; infinitely wide where nothing can be said."""

    value: float
    low: float
    high: float


def needed(percent: float, level: float = LEVEL) -> int:
    """Samples from which a percentile can be estimated: its tail must have been seen with probability ``level``.

    Of n independent samples none lies above the p-quantile with probability p^n, so n ≥ ln(1 - level) / ln p; for a low
    percentile the other tail. p90 takes 29, p95 59, p99 299. Source: S. S. Wilks, Determination of sample sizes for
    setting tolerance limits, Annals of Mathematical Statistics 12, 1941, doi:10.1214/aoms/1177731788.

    Raises:
        ValueError: no percentile strictly between 0 and 100.
    """
    if not 0 < percent < 100:
        raise ValueError(f"a percentile lies between 0 and 100, got {percent}")
    return math.ceil(math.log(1 - level) / math.log(max(percent, 100 - percent) / 100))


def percentile(samples: Sequence[float], percent: float, level: float = LEVEL) -> float | None:
    """The smallest sample that ``percent`` of all samples do not exceed; None if there are fewer than ``needed``.

    Raises:
        EffbenchError: a sample that is not finite.
    """
    finite(samples, "samples")
    if len(samples) < needed(percent, level):
        return None
    return sorted(samples)[math.ceil(percent / 100 * len(samples)) - 1]


def centre(processes: Sequence[Sequence[float]], level: float = LEVEL, seed: int = 0) -> Centre:
    """Median over processes of each one's median, with a bootstrap interval.

    Two or more processes: on logarithms, value ± t(k - 1) · s · √(k / (k - 1)), where s is the bootstrap standard error
    (processes drawn again, samples within them again, RESAMPLES times). Student's t and the root make up for few
    processes, with which percentiles of the bootstrap are too narrow. Noise within processes is in the differences
    between them already and is drawn again, so intervals are too wide rather than too narrow. Source:
    T. C. Hesterberg, What Teachers Should Know About the Bootstrap, American Statistician 69, 2015,
    doi:10.1080/00031305.2015.1089789, sections 3.2 and 4.

    One process: its variation from process to process is unknown, so the interval is infinite.

    Args:
        processes: positive samples of each. seed: of the resampling, so that one file gives one table.

    Raises:
        ValueError: no processes, or one without samples. EffbenchError: a sample that is not finite and positive.
    """
    if not processes or not all(processes):
        raise ValueError("samples of at least one process are needed")
    for number, samples in enumerate(processes, start=1):
        times(samples, f"samples of process {number}")
    value, count = median(map(median, processes)), len(processes)
    if count < 2:
        return Centre(value, 0.0, math.inf)
    reach = t_quantile(count - 1, level) * math.sqrt(count / (count - 1)) * _error(processes, seed)
    return Centre(value, value * math.exp(-reach), value * math.exp(reach))


def _error(processes: Sequence[Sequence[float]], seed: int) -> float:
    """Standard deviation of the log of the value over resamples of processes and of samples within."""
    import numpy as np

    draw = np.random.default_rng(seed)
    inner = np.stack([_medians(draw, samples) for samples in processes])  # (k, RESAMPLES)
    count = len(processes)
    chosen = draw.integers(count, size=(count, RESAMPLES))
    column = np.broadcast_to(draw.permuted(np.tile(np.arange(RESAMPLES), (count, 1)), axis=1), (count, RESAMPLES))
    drawn = inner[chosen, column]  # a process drawn twice brings two resamples of its own
    return float(np.std(np.log(np.median(drawn, axis=0)), ddof=1))


def _medians(draw: np.random.Generator, samples: Sequence[float]) -> Floats:
    """Medians of RESAMPLES resamples, (RESAMPLES,)."""
    import numpy as np

    values = np.asarray(samples, dtype=float)
    rows = max(1, min(RESAMPLES, MAX_CELLS // len(values)))
    parts = [
        np.median(values[draw.integers(len(values), size=(min(rows, RESAMPLES - start), len(values)))], axis=1)
        for start in range(0, RESAMPLES, rows)
    ]
    return np.concatenate(parts)
