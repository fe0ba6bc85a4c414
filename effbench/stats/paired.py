"""Paired comparisons: one number per worker pair, and what many pairs say together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from effbench.stats.checked import finite, times
from effbench.stats.pooled import t_quantile


class Interval(NamedTuple):
    """A mean and the interval that should hold the true one."""

    mean: float
    low: float
    high: float


def log_ratio(rounds: Sequence[Mapping[str, Mapping[str, Sequence[int]]]], a: str, b: str, clock: str) -> float:
    """ln(time of b / time of a): the median over rounds, in each of which both took one turn.

    Args:
        rounds: seat -> clock -> nanoseconds of every step of its turn.
        a, b: seats. clock: e.g. ``"cpu"``.

    Raises:
        ValueError: no rounds. EffbenchError: a turn without time, or with one that cannot be.
    """
    for number, turns in enumerate(rounds, start=1):
        for seat in (a, b):
            _require_turn(turns[seat][clock], f"round {number} of {seat} by the {clock} clock")
    return median(math.log(sum(turns[b][clock]) / sum(turns[a][clock])) for turns in rounds)


def _require_turn(steps: Sequence[float], where: str) -> None:
    """Steps may be shorter than the clock sees, a turn may not."""
    times([step for step in steps if step != 0] or [0], where)


def interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Mean and two-sided Student t interval of independent values; infinitely wide for fewer than two.

    Raises:
        ValueError: no values. EffbenchError: one that is not finite.
    """
    finite(values, "an interval")
    count = len(values)
    if not count:
        raise ValueError("an interval of no values")
    mean = math.fsum(values) / count
    if count < 2:
        return Interval(mean, -math.inf, math.inf)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1) / count)
    reach = t_quantile(count - 1, level) * spread
    return Interval(mean, mean - reach, mean + reach)
