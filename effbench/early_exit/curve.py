"""One threshold for all early exits, as in the threshold figures of the RAViT paper: every vector (t, t, …)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effbench.counting.exits import Price, require_costs
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions
from effbench.early_exit.sweep import candidates
from effbench.errors import SpecError
from effbench.stats.confidence import Floats, Integers
from effbench.stats.scores import Score

STEPS = 200
"""Thresholds on a curve: more than a figure can show."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What m common thresholds do to the same images.

    Attributes:
        thresholds: (m,) from strict to loose, the infinite ends left out.
        left: (m, exits) images that leave at each exit.
        correct: (m,) right predictions.
        images: how many.
    """

    thresholds: Floats
    left: Integers
    correct: Integers
    images: int

    def accuracy(self) -> Floats:
        """(m,) shares of right predictions."""
        return np.asarray(self.correct / self.images)

    def mean_cost(self, costs: Sequence[Price]) -> Floats:
        """(m,) mean cost per image."""
        require_costs(costs, self.left.shape[1])
        return np.asarray(self.left @ np.asarray([float(c) for c in costs]) / self.images)

    def shares(self) -> Floats:
        """(m, exits) shares of images that leave at each exit."""
        return np.asarray(self.left / self.images)


def curve(given: Predictions, rule: Score, steps: int = STEPS) -> Curve:
    """Common thresholds over their whole range, spread as evenly as the scores of all early exits are.

    Raises:
        SpecError: one exit, which has no threshold.
    """
    if given.exits < 2:
        raise SpecError("a network with one exit has no threshold")
    scores, right = given.scores(rule), given.right
    rows = np.arange(given.images)
    thresholds = candidates(scores[:, :-1].ravel(), rule, steps + 2)[1:-1]
    left, correct = [], []
    for t in thresholds.tolist():
        exits = Policy(score=rule.name, thresholds=(t,) * (given.exits - 1)).decide(scores)
        left.append(np.bincount(exits, minlength=given.exits))
        correct.append(int(right[rows, exits].sum()))
    return Curve(
        thresholds=thresholds,
        left=np.asarray(left, dtype=np.int64).reshape(-1, given.exits),
        correct=np.asarray(correct, dtype=np.int64),
        images=given.images,
    )
