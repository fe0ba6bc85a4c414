"""The front of a design space: layouts that meet the budgets and that no faster one matches, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from effbench.cost.memory import BYTES
from effbench.selection.budget import Budget
from effbench.selection.clockwork import Clockwork, time_prices
from effbench.selection.map_accuracy import AccuracyMap
from effbench.selection.space import (
    Layers,
    Limit,
    Prices,
    Space,
    coarse,
    every,
    layouts,
    macs_of,
    own,
    params_of,
    prices,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Places = NDArray[np.intp]

PIECE = 262_144
"""Layouts that are looked at together."""


@dataclass(frozen=True)
class Priced:
    """One number of branches and one width. Attributes: macs, params, seconds: prices; time is MACs without a clock."""

    branches: int
    width: int
    macs: Prices
    params: Prices
    seconds: Prices


def priced(within: Space, clock: Clockwork | None) -> Iterator[Priced]:
    """The prices of every grid of layouts."""
    timed = None if clock is None else time_prices(within, clock)
    for branches, width in every(within):
        macs, params = (prices(within, width, cost) for cost in (macs_of, params_of))
        yield Priced(branches, width, macs, params, macs if timed is None else timed[width])


def limits(budget: Budget, of: Priced, least_macs: float = 1.0) -> list[Limit]:
    """The budgets as ranges of costs; a network has at least one multiply-accumulate."""
    found = [Limit(of.macs, least_macs, inf if budget.macs is None else budget.macs)]
    params = [budget.params, None if budget.memory is None else budget.memory / BYTES["fp32"]]
    found += [Limit(of.params, most=most) for most in params if most is not None]
    return [*found, *([Limit(of.seconds, most=budget.seconds)] if budget.asks_for_time else [])]


def counts(within: Space) -> int:
    """How many layer counts a branch can have."""
    return within.layers[1] - within.layers[0] + 1


def least_macs(known: AccuracyMap, width: int, least: float) -> float:
    """Below so many multiply-accumulates no layout is extrapolated to that accuracy; at the map's width any may be."""
    return 1.0 if width == known.width or known.slope <= 0 else max(1.0, known.macs_for(least))


Point = tuple[float, float, tuple[Layers, int]]
"""(seconds, accuracy, (layers, width))."""


def met_in(
    within: Space, known: AccuracyMap, one: Priced, first: Places, last: Places, least: float, most: float = inf
) -> Iterator[tuple[int, list[Point]]]:
    """(How many layouts have the accuracy and at most so many seconds, the front whatever its time), piece by piece."""
    import numpy as np

    numbers = last - first
    ends = np.searchsorted(np.cumsum(numbers), np.arange(PIECE, int(numbers.sum()) + PIECE, PIECE)) + 1
    macs, seconds = ((coarse(within, one.branches, of), own(within, of)) for of in (one.macs, one.seconds))
    begin = 0
    for end in np.minimum(ends, len(numbers)):
        of = np.repeat(np.arange(begin, end), numbers[begin:end])
        fine = np.arange(len(of)) - np.repeat(np.cumsum(numbers[begin:end]) - numbers[begin:end], numbers[begin:end])
        fine += first[of]
        begin = int(end)
        top1 = known.extrapolated(macs[0][of] + macs[1][fine])
        places = of * counts(within) + fine
        _put_trained(within, known, one, places, top1)
        good = np.flatnonzero(top1 >= least)
        times = (seconds[0][of] + seconds[1][fine])[good]
        yield int(np.count_nonzero(times <= most)), _front(within, one, places[good], times, top1[good])


def _put_trained(within: Space, known: AccuracyMap, one: Priced, places: Places, top1: Array) -> None:
    """Accuracies as trained in place of extrapolated ones."""
    import numpy as np

    if one.width != known.width:
        return
    for layers, trained in known.trained.items():
        padded = (0,) * (one.branches - len(layers)) + layers
        inside = all(within.layers[0] <= n <= within.layers[1] for n in padded)
        if len(padded) == one.branches and inside:
            place = np.ravel_multi_index([n - within.layers[0] for n in padded], (counts(within),) * one.branches)
            top1[places == place] = trained.accuracy


def _front(within: Space, one: Priced, places: Places, seconds: Array, top1: Array) -> list[Point]:
    """The layouts at these places that no faster one matches."""
    import numpy as np

    if not len(places):
        return []
    order = np.lexsort((-top1, seconds))
    best = np.maximum.accumulate(top1[order])
    on = order[np.concatenate([[True], best[1:] > best[:-1]])]
    named = layouts(within, one.branches, places[on])
    return [(float(seconds[i]), float(top1[i]), (name, one.width)) for i, name in zip(on, named, strict=True)]


def joined(points: Sequence[Point]) -> list[Point]:
    """Of several fronts, the most accurate first."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda one: (one[0], -one[1])):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept[::-1]
