"""What is promised of thresholds that were tested (see ``guarantee``). No NumPy: commands offer METHODS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from effbench.stats.binomial import upper_bound

Method = Literal["fixed-sequence", "bonferroni"]
METHODS: tuple[Method, ...] = get_args(Method)
"""How the errors over all tested thresholds are kept below delta."""


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """Thresholds and what is promised of them.

    Attributes:
        thresholds: the cheapest that passed; all "never" where none did, which loses nothing.
        max_loss: the limit: accuracy may fall by that share of all images.
        delta: the promise is broken in no more than that share of calibrations.
        harmed: tested images that an early exit made wrong. images: tested.
        tested: vectors there were to test. passed: those that passed.
        method: how errors over them were kept below delta.
    """

    thresholds: tuple[float, ...]
    max_loss: float
    delta: float
    harmed: int
    images: int
    tested: int
    passed: int
    method: Method

    @property
    def bound(self) -> float:
        """Clopper-Pearson bound of the harm at these thresholds alone, at confidence 1 - delta."""
        return upper_bound(self.harmed, self.images, self.delta)

    def plain(self) -> Mapping[str, object]:
        """What stands in the row of the thresholds."""
        return {
            "max_loss": self.max_loss,
            "delta": self.delta,
            "calibration_images": self.images,
            "calibration_harmed": self.harmed,
            "loss_bound": self.bound,
            "method": self.method,
        }
