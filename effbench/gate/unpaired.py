"""Two sides measured at different times: nothing pairs their values, so the unit is the run and never a sample in it.

What varies between runs (drift of the machine, memory layout, neighbours) does not show in the spread within one,
however many samples it holds: a test on that spread flags most pairs of identical runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance

from effbench.errors import EffbenchError
from effbench.gate.outcome import FAIL, INCONCLUSIVE, PASS
from effbench.stats.checked import finite, times
from effbench.stats.paired import Interval

ALPHA = 0.01
"""Probability, over all rows, of failing a comparison in which nothing is slower than the margin."""


def difference(base: Sequence[float], head: Sequence[float], alpha: float, spread: float | None = None) -> Interval:
    """Mean of ``head`` minus mean of ``base``, and an interval each end of which is passed with probability ``alpha``.

    Args:
        base, head: one value per run.
        spread: standard deviation between runs, known from elsewhere; otherwise it is estimated from the values: by
            Welch where both sides have several, from the one that has where the other has one. Nothing can be
            estimated from one run a side: the interval is infinite.

    Raises:
        ValueError: a side without values. EffbenchError: a value or ``spread`` that cannot be.
    """
    from scipy.special import ndtri, stdtrit

    if not base or not head:
        raise ValueError("a difference of no values")
    finite(base, "base")
    finite(head, "head")
    times([] if spread is None else [spread], "the standard deviation between runs")
    effect = fmean(head) - fmean(base)
    if spread is not None:
        reach = float(ndtri(1 - alpha)) * spread * math.sqrt(1 / len(base) + 1 / len(head))
        return Interval(effect, effect - reach, effect + reach)
    if len(base) + len(head) < 3:
        return Interval(effect, -math.inf, math.inf)
    error, freedom = _welch(base, head) if min(len(base), len(head)) > 1 else _pooled(base, head)
    reach = float(stdtrit(freedom, 1 - alpha)) * error if error > 0 else 0.0
    return Interval(effect, effect - reach, effect + reach)


def verdict(log_ratio: Interval, margin: float) -> str:
    """FAIL if the whole interval of ln(head / base) is above the margin, PASS if it is below, else INCONCLUSIVE."""
    if not 0 <= margin < 1:  # against an infinite margin everything passes
        raise EffbenchError(f"the margin must be at least 0 and below 100 %, got {100 * margin:g} %")
    limit = math.log1p(margin)
    return FAIL if log_ratio.low > limit else PASS if log_ratio.high < limit else INCONCLUSIVE


def _welch(base: Sequence[float], head: Sequence[float]) -> tuple[float, float]:
    """Standard error and degrees of freedom (Welch-Satterthwaite) of sides with spreads of their own."""
    a, b = variance(base) / len(base), variance(head) / len(head)
    if a + b == 0:
        return 0.0, 1.0
    return math.sqrt(a + b), (a + b) ** 2 / (a**2 / (len(base) - 1) + b**2 / (len(head) - 1))


def _pooled(base: Sequence[float], head: Sequence[float]) -> tuple[float, float]:
    """The same where one side has a single value: it is taken to vary as the other does."""
    several = base if len(base) > 1 else head
    return math.sqrt(variance(several) * (1 / len(base) + 1 / len(head))), len(several) - 1
