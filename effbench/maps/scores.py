"""Accuracies of trained networks: intervals, and the frontier that no cheaper network matches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from effbench.maps.grid import Cell
from effbench.maps.networks import Exit
from effbench.maps.statements import LEVEL
from effbench.stats.binomial import wilson
from effbench.stats.paired import interval
from effbench.stats.pareto import front
from effbench.stats.pooled import Noise, least_difference, pooled, reach

Ends = tuple[float | None, float | None]


class Frontier(NamedTuple):
    """The efficient networks of a map, by their mean accuracies.

    Attributes:
        on: names of cells that no other matches for the same cost or less, from cheap to expensive.
        near: names of cells that one on it beats by less than seeds alone explain: they may belong to it.
        noise: of one training to the next with another seed, accuracy; None where no cell has two seeds.
    """

    on: Sequence[str]
    near: Sequence[str]
    noise: Noise | None


def frontier(cells: Sequence[Cell]) -> Frontier:
    """The frontier of the cells that have an accuracy."""
    trained = [cell for cell in cells if cell.status == "trained"]
    noise = pooled(list(cell.accuracies.values()) for cell in trained)
    on = [trained[place] for place in front([cell.cost for cell in trained], [cell.mean for cell in trained])]
    near = [cell.name for cell in trained if noise and cell not in on and _is_near(cell, on, noise)]
    return Frontier([cell.name for cell in on], near, noise)


def _is_near(cell: Cell, on: Sequence[Cell], noise: Noise) -> bool:
    """Whether seeds alone explain that the best cell of the frontier for this cell's cost is better."""
    best = max((other for other in on if other.cost <= cell.cost), key=lambda other: other.mean)
    return best.mean - cell.mean < least_difference(noise, len(best.right), len(cell.right))


@dataclass(frozen=True, kw_only=True)
class Score:
    """The accuracy of one network. Accuracies are shares from 0 to 1; None where there is nothing.

    Attributes:
        exit: number of the branch whose exit is judged, or ``last``. accuracy: mean over seeds.
        half_width, low, high: interval by the deviation between seeds that all networks share.
        own_low, own_high: interval by this network's seeds alone.
        images_low, images_high: what the choice of test images leaves open (Wilson).
        seeds: those that finished. right: test images that each got right. images: how many were judged.
        failed_seeds: those that did not finish.
        frontier: no cheaper network is as accurate. within_noise_of_frontier: one is, by no more than seeds explain.
        published_percent: the paper's accuracy as printed.
    """

    exit: Exit
    accuracy: float | None
    half_width: float | None
    low: float | None
    high: float | None
    own_low: float | None
    own_high: float | None
    images_low: float | None
    images_high: float | None
    seeds: tuple[int, ...]
    right: tuple[int, ...]
    images: int | None
    failed_seeds: tuple[int, ...]
    frontier: bool
    within_noise_of_frontier: bool
    published_percent: str | None


def score(cell: Cell, exit: Exit, beside: Frontier, published: Mapping[str, str]) -> Score:
    """The score of a cell, trained or not.

    Args:
        published: name of a cell -> accuracy in %, as printed.
    """
    mean, *own = interval(list(cell.accuracies.values()), LEVEL) if cell.right else (None, -math.inf, math.inf)
    half = None if mean is None or beside.noise is None else reach(beside.noise, len(cell.right), LEVEL)
    low, high = (None, None) if mean is None or half is None else _shares(mean - half, mean + half)
    own_low, own_high = _shares(*own)
    images_low, images_high = (None, None) if mean is None else wilson(round(mean * cell.images), cell.images, LEVEL)
    return Score(
        exit=exit,
        accuracy=mean,
        half_width=half,
        low=low,
        high=high,
        own_low=own_low,
        own_high=own_high,
        images_low=images_low,
        images_high=images_high,
        seeds=tuple(cell.right),
        right=tuple(cell.right.values()),
        images=cell.images or None,
        failed_seeds=tuple(cell.failed),
        frontier=cell.name in beside.on,
        within_noise_of_frontier=cell.name in beside.near,
        published_percent=published.get(cell.name),
    )


def _shares(low: float, high: float) -> Ends:
    """The ends of an interval of shares; None for an infinite one."""
    return (max(0.0, low), min(1.0, high)) if math.isfinite(high) else (None, None)
