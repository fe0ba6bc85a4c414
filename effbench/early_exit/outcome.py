"""What one policy does to a set of images, in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effbench.counting.exits import Price, expected_cost, require_costs
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions
from effbench.errors import SpecError
from effbench.stats.binomial import wilson
from effbench.stats.bootstrap import mean_interval
from effbench.stats.calibration import calibration_error
from effbench.stats.confidence import Booleans, Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Where every image left, and whether it was right there.

    Attributes:
        exits: (n,) index of the exit of each image.
        right: (n,) whether its prediction there is right.
        confidence: (n,) largest probability there.
        labels: (n,) true classes; None where they are not known.
        number: of exits, the last included.
    """

    exits: Integers
    right: Booleans
    confidence: Floats
    labels: Integers | None
    number: int

    @property
    def images(self) -> int:
        """How many images."""
        return len(self.exits)

    @property
    def left(self) -> tuple[int, ...]:
        """How many images left at each exit."""
        return tuple(int(n) for n in np.bincount(self.exits, minlength=self.number))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the images that left at each exit."""
        return tuple(n / self.images for n in self.left)

    @property
    def correct(self) -> int:
        """How many predictions are right."""
        return int(self.right.sum())

    @property
    def accuracy(self) -> float:
        """Share of right predictions."""
        return self.correct / self.images

    def accuracy_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Wilson interval of the accuracy."""
        return wilson(self.correct, self.images, confidence)

    def calibration_error(self) -> float:
        """Expected calibration error at the exits taken."""
        return calibration_error(self.confidence, self.right)

    def cost(self, costs: Sequence[Price]) -> Price:
        """Mean cost per image; a Fraction where costs are whole numbers."""
        return expected_cost(self.left, costs)

    def cost_interval(self, costs: Sequence[Price], confidence: float = 0.95, seed: int = 0) -> tuple[float, float]:
        """Bootstrap interval of the mean cost, over images."""
        require_costs(costs, self.number)
        return mean_interval(self.left, [float(c) for c in costs], confidence=confidence, seed=seed)

    def total_cost(self, costs: Sequence[Price]) -> Price:
        """Cost of all images together, exact where costs are whole numbers."""
        return sum(n * c for n, c in zip(self.left, costs, strict=True))

    def worst_case(self, costs: Sequence[Price]) -> Price:
        """The cost of the most expensive of these images."""
        require_costs(costs, self.number)
        return costs[int(self.exits.max())]

    def classes(self) -> list[int]:
        """True classes that occur among these images, in order; raises as ``of_class``."""
        return sorted(set(self._labels().tolist()))

    def of_class(self, label: int) -> Outcome:
        """The images of one class.

        Raises:
            SpecError: the classes of the images are not known.
        """
        rows = self._labels() == label
        return Outcome(
            exits=self.exits[rows],
            right=self.right[rows],
            confidence=self.confidence[rows],
            labels=self._labels()[rows],
            number=self.number,
        )

    def _labels(self) -> Integers:
        if self.labels is None:
            raise SpecError("figures by class need labels, and these predictions hold scores alone")
        return self.labels


def outcome(given: Predictions, policy: Policy) -> Outcome:
    """Let every image leave where the policy says.

    Raises:
        SpecError: a policy for another number of exits.
    """
    policy.require_exits(given.exits)
    cooled = given.cooled(policy.temperatures)
    exits = policy.decide(cooled.scores(policy.rule))
    rows = np.arange(given.images)
    return Outcome(
        exits=exits,
        right=given.right[rows, exits],
        confidence=cooled.confidence()[rows, exits],
        labels=given.labels,
        number=given.exits,
    )
