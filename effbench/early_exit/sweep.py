"""Every threshold vector of a grid at once, from stored scores: O(images + grid), the network is not run again.

An image leaves exit k at the first threshold of that exit that lets it go: its *rank* there. With thresholds in order
from strict to loose, the images that leave exit 2 under thresholds (i, j) are those with rank₁ > i and rank₂ <= j: a
sum over a corner of the histogram of (rank₁, rank₂). Cumulative sums give it for all (i, j); likewise with more exits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pow, prod

import numpy as np

from effbench.counting.exits import Price, require_costs
from effbench.early_exit.predictions import Predictions
from effbench.errors import SpecError
from effbench.stats.calibration import BINS, bin_of
from effbench.stats.confidence import Booleans, Floats, Integers, Numbers
from effbench.stats.scores import Score

LARGEST = 4_000_000
"""Threshold vectors in one sweep: a few hundred MiB of counts."""

DEFAULT = 100_000
"""Threshold vectors where no number is asked for."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What every threshold vector of a grid does to the same images.

    Attributes:
        score: name of the score.
        thresholds: per early exit, from strict ("never") to loose ("always"); the grid is their product.
        left: per exit, how many images leave there; shapes that broadcast to the grid's.
        correct: grid of images whose prediction is right at the exit they leave at.
        given: the images. right: (n, exits) what counts as right.
        rank: per early exit, index of the first threshold that lets each image leave.
    """

    score: str
    thresholds: tuple[Floats, ...]
    left: tuple[Integers, ...]
    correct: Integers
    given: Predictions
    right: Booleans
    rank: tuple[Integers, ...]

    @property
    def images(self) -> int:
        """How many images."""
        return self.given.images

    @property
    def shape(self) -> tuple[int, ...]:
        """Thresholds per early exit."""
        return tuple(len(t) for t in self.thresholds)

    def accuracy(self) -> Floats:
        """Grid of shares of right predictions."""
        return np.asarray(self.correct / self.images)

    def total_cost(self, costs: Sequence[Price]) -> Numbers:
        """Grid of the cost of all images together: int64 where costs are whole numbers, and then exact.

        Raises:
            SpecError: costs do not fit the exits, or the total does not fit 64 bits.
        """
        require_costs(costs, len(self.left))
        whole = all(isinstance(c, int) for c in costs)
        if whole and self.images * int(costs[-1]) >= 2**63:
            raise SpecError(f"the cost of {self.images} images exceeds 64 bits; give costs in a larger unit")
        first, *others = (left * (int(c) if whole else float(c)) for left, c in zip(self.left, costs, strict=True))
        return sum(others, start=first)

    def calibration_error(self) -> Floats:
        """Grid of Σ over bins |Σ (right - confidence)| / n, each image in the bin of its confidence where it leaves."""
        confidence = self.given.confidence()  # (n, exits)
        bins, gap = bin_of(confidence), self.right - confidence
        error = np.zeros(self.shape)
        for b in range(BINS):
            leaving = (_leaving(self.rank, self.shape, k, bins[:, k] == b, gap[:, k]) for k in range(self.given.exits))
            error += np.abs(sum(leaving))
        return np.asarray(error / self.images)

    def vector(self, index: Sequence[int]) -> tuple[float, ...]:
        """The thresholds at one point of the grid."""
        return tuple(float(t[i]) for t, i in zip(self.thresholds, index, strict=True))

    def leaving(self, index: Sequence[int]) -> tuple[int, ...]:
        """How many images leave at each exit at one point of the grid."""
        point = tuple(index)
        return tuple(int(np.broadcast_to(left, self.shape)[point]) for left in self.left)


def levels(exits: int, vectors: int = DEFAULT) -> int:
    """Thresholds per early exit so that the grid has no more than ``vectors`` points (at least the two ends each).

    Raises:
        SpecError: fewer than two exits, or more vectors than one sweep may have.
    """
    if exits < 2:
        raise SpecError("a network with one exit has no thresholds to sweep")
    if not 2 ** (exits - 1) <= vectors <= LARGEST:
        raise SpecError(
            f"a sweep over {exits - 1} thresholds has {2 ** (exits - 1)} to {LARGEST} vectors, got {vectors}"
        )
    most = round(pow(vectors, 1 / (exits - 1)))
    return most if most ** (exits - 1) <= vectors else most - 1


def candidates(scores: Floats, rule: Score, most: int) -> Floats:
    """Thresholds of one exit from strict to loose: never, midway between neighbouring scores, always.

    Midway, so that a network whose scores differ in the last bits still decides alike. All of them where they are no
    more than ``most``, else evenly spaced among them.

    Args:
        scores: (n,) of the images at that exit.
    """
    values = np.unique(scores)
    middle = values[:-1] + (values[1:] - values[:-1]) / 2
    # two neighbouring floats have nothing between them: an uncertainty must be below the threshold, so take the upper
    middle = np.where(middle > values[:-1], middle, values[1:])
    if len(middle) > most - 2:
        middle = middle[np.unique(np.linspace(0, len(middle) - 1, most - 2).round().astype(np.int64))]
    return np.concatenate(([rule.never], middle if rule.leaves_below else middle[::-1], [rule.always]))


def ranks(scores: Floats, thresholds: Floats, rule: Score) -> Integers:
    """Index of the first threshold, from strict to loose, that lets each image leave; their number where none does."""
    if rule.leaves_below:  # leave where threshold > score
        return np.asarray(np.searchsorted(thresholds, scores, side="right"), dtype=np.int64)
    return np.asarray(np.searchsorted(-thresholds, -scores, side="left"), dtype=np.int64)  # leave where -t >= -score


def sweep(given: Predictions, rule: Score, *, vectors: int = DEFAULT, right: Booleans | None = None) -> Sweep:
    """Evaluate the product of the thresholds of all early exits, drawn from the scores.

    Args:
        given: predictions of n images at all exits.
        vectors: the most that may be evaluated.
        right: (n, exits) what counts as right; None: the most probable class is the true one.

    Raises:
        SpecError: one exit, or too few or too many vectors.
    """
    scores = given.scores(rule)[:, :-1]  # (n, early exits)
    most = levels(given.exits, vectors)
    axes = tuple(candidates(scores[:, k], rule, most) for k in range(given.exits - 1))
    rank = tuple(ranks(scores[:, k], axis, rule) for k, axis in enumerate(axes))
    shape = tuple(len(axis) for axis in axes)
    right = given.right if right is None else right
    everyone = np.ones(given.images, dtype=bool)
    return Sweep(
        score=rule.name,
        thresholds=axes,
        left=tuple(_count(rank, shape, k, everyone) for k in range(given.exits)),
        correct=np.asarray(sum(_count(rank, shape, k, right[:, k]) for k in range(given.exits))),
        given=given,
        right=right,
        rank=rank,
    )


def _count(rank: Sequence[Integers], shape: tuple[int, ...], exit: int, among: Booleans) -> Integers:
    return np.asarray(_leaving(rank, shape, exit, among), dtype=np.int64)


def _leaving(
    rank: Sequence[Integers], shape: tuple[int, ...], exit: int, among: Booleans, weight: Floats | None = None
) -> Numbers:
    """Images ``among`` all that leave at ``exit``, at every point of the grid; their number, or the sum of ``weight``.

    Returns:
        An array of as many axes as the grid; an axis of a later exit, which plays no part, has length 1.
    """
    used = shape[: exit + 1]
    cells = tuple(n + 1 for n in used)  # one more: images that no threshold lets go
    at = np.ravel_multi_index(tuple(r[among] for r in rank[: len(used)]), cells)
    values: Numbers = np.bincount(at, None if weight is None else weight[among], minlength=prod(cells)).reshape(cells)
    for axis in range(len(used)):
        values = _up_to(values, axis) if axis == exit else _beyond(values, axis)
    return values.reshape(values.shape + (1,) * (len(shape) - len(used)))


def _up_to(values: Numbers, axis: int) -> Numbers:
    """Sum over ranks <= i, for every threshold i: those whom it lets go."""
    return np.asarray(np.take(values.cumsum(axis=axis), range(values.shape[axis] - 1), axis=axis))


def _beyond(values: Numbers, axis: int) -> Numbers:
    """Sum over ranks > i, for every threshold i: those whom it keeps."""
    totals = np.flip(np.flip(values, axis).cumsum(axis=axis), axis)
    return np.asarray(np.take(totals, range(1, values.shape[axis]), axis=axis))
