"""Thresholds that follow the device at run time: a battery level, a plan for the charge left, or a latency target.

Source of the idea: RAViT (arXiv:2602.24159), Section VI: the threshold may grow as the battery empties. A *dial* is a
row of operating points from accurate to cheap (the Pareto front of a sweep); a controller turns it before every image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from effbench.early_exit.pareto import Point
from effbench.errors import SpecError

POSITIONS = 50
"""Points on a dial."""

Dial = tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a controller knows before an image.

    Attributes:
        charge: left in the battery, in units of cost. full: when the stream began.
        images_left: of the stream, this one included.
        last_cost: of the image before; None before the first.
    """

    charge: float
    full: float
    images_left: int
    last_cost: float | None


class Controller(Protocol):
    """Turns the dial."""

    def position(self, now: Moment) -> int:
        """Index of the operating point for the next image."""


def dial(front: Sequence[Point], positions: int = POSITIONS) -> Dial:
    """Points of a Pareto front (cheap to accurate, as ``pareto.front`` gives it), evenly by cost, accurate to cheap."""
    if not front:
        raise SpecError("a dial needs one operating point at least")
    costs = np.asarray([float(p.cost) for p in front])
    wanted = np.linspace(costs[-1], costs[0], positions)
    nearest = np.abs(costs[:, None] - wanted).argmin(axis=0)
    return tuple(front[int(i)] for i in dict.fromkeys(nearest.tolist()))


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """The same thresholds for every image."""

    at: int

    def position(self, now: Moment) -> int:
        """Always the same."""
        return self.at


@dataclass(frozen=True, kw_only=True)
class BatteryLevel:
    """Thresholds loosen in step with the charge that is gone, as the paper proposes.

    Attributes:
        positions: of the dial.
        accurate_above: share of charge above which the first position holds.
        cheap_below: share of charge below which the last one holds.
    """

    positions: int
    accurate_above: float = 1.0
    cheap_below: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.cheap_below < self.accurate_above <= 1:
            raise SpecError(
                f"battery levels must be 0 <= cheap_below < accurate_above <= 1, "
                f"got {self.cheap_below:g} and {self.accurate_above:g}"
            )

    def position(self, now: Moment) -> int:
        """Linear in the level between the two bounds."""
        gone = (self.accurate_above - now.charge / now.full) / (self.accurate_above - self.cheap_below)
        return round(min(max(gone, 0.0), 1.0) * (self.positions - 1))


@dataclass(frozen=True, kw_only=True)
class BatteryPlan:
    """The most accurate point whose expected cost the charge left can pay for every image left.

    Where one image at full cost could leave too little for the others at the cheapest point, that point is taken: if it
    lets every image leave at the first exit, its cost is certain and no image is left without a prediction.

    Attributes:
        costs: expected, per position of the dial, falling.
        worst: of one image, that of the last exit.
    """

    costs: tuple[float, ...]
    worst: float

    def position(self, now: Moment) -> int:
        """The first that fits; the cheapest where none does, or where the charge is too low to risk another."""
        cheapest = len(self.costs) - 1
        if now.charge - self.worst < (now.images_left - 1) * self.costs[cheapest]:
            return cheapest
        affordable = now.charge / now.images_left
        return next((i for i, cost in enumerate(self.costs) if cost <= affordable), cheapest)


class LatencyTarget:
    """Integral control: the dial moves by how far the recent mean cost is from the target.

    Args:
        positions: of the dial.
        target: wanted mean cost per image, in the unit of the costs (seconds, say).
        gain: positions per image at a mean cost of twice the target.
        memory: images over which the mean is taken, exponentially weighted.
    """

    def __init__(self, *, positions: int, target: float, gain: float = 0.5, memory: int = 20) -> None:
        if target <= 0 or gain <= 0 or memory < 1:
            raise SpecError(f"target and gain must be above 0, memory 1 or more, got {target:g}, {gain:g}, {memory}")
        self._last, self._target, self._gain, self._memory = positions - 1, target, gain, memory
        self._mean: float | None = None
        self._at = 0.0

    def position(self, now: Moment) -> int:
        """Towards cheap while the recent mean is above the target, towards accurate while it is below."""
        if now.last_cost is not None:
            before = now.last_cost if self._mean is None else self._mean
            self._mean = before + (now.last_cost - before) / self._memory
            moved = self._at + self._gain * (self._mean - self._target) / self._target
            self._at = min(max(moved, 0.0), float(self._last))  # held at the ends: no wind-up
        return round(self._at)
