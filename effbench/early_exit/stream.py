"""A stream of easy and hard images, and what a controller makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effbench.counting.exits import Price, require_costs
from effbench.early_exit.control import Controller, Dial, Moment
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions
from effbench.errors import SpecError
from effbench.stats.confidence import Booleans, Floats, Integers
from effbench.stats.scores import Score

PHASES = 4
"""Easy and hard images alternate: easy, hard, easy, hard."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Images one after the other.

    Attributes:
        rows: (m,) row of each image in the predictions.
        hard: (m,) whether it was drawn from the half of the images of which the first exit is least sure.
    """

    rows: Integers
    hard: Booleans


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What happened to the images that were served; the stream ends early where the charge does.

    Attributes:
        exits, right, cost: (served,) where each left, whether its prediction was right, what it cost.
        charge: (served,) left after it.
        position: (served,) of the dial.
        images: of the whole stream.
    """

    exits: Integers
    right: Booleans
    cost: Floats
    charge: Floats
    position: Integers
    images: int

    @property
    def served(self) -> int:
        """Images that got a prediction."""
        return len(self.exits)

    @property
    def accuracy(self) -> float:
        """Right predictions among all images of the stream; an image that was not served is not right."""
        return int(self.right.sum()) / self.images


def stream(given: Predictions, rule: Score, images: int, seed: int, phases: int = PHASES) -> Stream:
    """Images drawn with replacement: ``phases`` equal parts, easy and hard alternating.

    Raises:
        SpecError: fewer images than phases, or fewer than two to draw from.
    """
    if images < phases or given.images < 2:
        raise SpecError(f"a stream needs {phases} images and 2 to draw from, got {images} and {given.images}")
    first = given.scores(rule)[:, 0]
    order = np.argsort(first if rule.leaves_below else -first, kind="stable")  # sure to unsure
    halves = np.array_split(order, 2)
    hard = (np.arange(images) * phases // images) % 2 == 1
    rng = np.random.default_rng(seed)
    easy_rows, hard_rows = (rng.choice(half, size=images) for half in halves)
    return Stream(rows=np.where(hard, hard_rows, easy_rows).astype(np.int64), hard=hard)


def simulate(
    given: Predictions,
    rule: Score,
    incoming: Stream,
    costs: Sequence[Price],
    turned: Dial,
    controller: Controller,
    capacity: float,
) -> Trace:
    """Serve images in order until the stream or the charge ends.

    Args:
        costs: cumulative cost up to each exit.
        turned: the operating points.
        capacity: charge at the start, in units of cost; ``inf`` for a device on the mains.

    Raises:
        SpecError: a capacity that is not above 0.
    """
    require_costs(costs, given.exits)
    if not capacity > 0:
        raise SpecError(f"a battery must hold more than 0, got {capacity:g}")
    leaves = _exits_by_position(given, rule, turned)
    prices, right = [float(c) for c in costs], given.right
    charge, last = float(capacity), None
    log: list[tuple[int, bool, float, float, int]] = []
    for i, row in enumerate(incoming.rows.tolist()):
        now = Moment(charge=charge, full=capacity, images_left=len(incoming.rows) - i, last_cost=last)
        at = controller.position(now)
        exit = int(leaves[at, row])
        last = prices[exit]
        if last > charge:
            break
        charge -= last
        log.append((exit, bool(right[row, exit]), last, charge, at))
    exits, rights, spent, charges, positions = zip(*log, strict=True) if log else ((),) * 5
    return Trace(
        exits=np.asarray(exits, dtype=np.int64),
        right=np.asarray(rights, dtype=np.bool_),
        cost=np.asarray(spent, dtype=np.float64),
        charge=np.asarray(charges, dtype=np.float64),
        position=np.asarray(positions, dtype=np.int64),
        images=len(incoming.rows),
    )


def _exits_by_position(given: Predictions, rule: Score, turned: Dial) -> Integers:
    """(positions, n): where each image would leave at each operating point."""
    scores = given.scores(rule)
    return np.stack([Policy(score=rule.name, thresholds=p.thresholds).decide(scores) for p in turned])
