"""Throughput over batch sizes: the knee, and the best, which is measured again because it was picked for being high."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WITHIN = 0.05
"""The knee is the smallest batch whose throughput is at most this share below the best."""

MIN_BATCHES = 3
"""Fewer batch sizes are no sweep."""

SWEEP = {"cpu": (1, 2, 4, 8, 16, 32), "cuda": (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)}
"""Device -> batch sizes of ``--sweep``."""


class Point(NamedTuple):
    """Throughput at a batch size, images/s, with its interval."""

    batch: int
    value: float
    low: float
    high: float


class Knee(NamedTuple):
    """Where more images per step stop paying.

    Attributes:
        batch: the smallest whose throughput is within WITHIN of the best's. best: the batch size of the best.
        sure: whether every smaller batch is below that even by the ends of the intervals that favour it.
    """

    batch: int
    best: int
    sure: bool


def best(points: Sequence[Point]) -> Point:
    """The point of the largest throughput.

    Raises:
        ValueError: no points.
    """
    return max(points, key=lambda point: point.value)


def knee(points: Sequence[Point], top: Point) -> Knee:
    """The knee of a sweep.

    Args:
        points: of the sweep, the best among them. top: the best, measured again: the largest of several noisy values is
            too high, and a knee looked for below it would be too large.
    """
    enough = (1 - WITHIN) * top.value
    reached = next(p for p in sorted(points) if p.value >= enough or p.batch == top.batch)
    smaller = [p for p in points if p.batch < reached.batch]
    return Knee(reached.batch, top.batch, all(p.high < (1 - WITHIN) * top.low for p in smaller))
