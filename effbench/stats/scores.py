"""Scores of an exit, by name: which side of a threshold leaves, and what a score costs. No NumPy until one is computed.

An uncertainty (entropy) lets an image leave when it is *below* the threshold, strictly, so that the threshold 0 means
no early exit, as in the RAViT paper (arXiv:2602.24159, Section V) and BranchyNet (arXiv:1709.01686). A certainty lets
it leave when it is *at or above* the threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from effbench.cost.counts import OpCounts, combine, op
from effbench.errors import UnknownName

if TYPE_CHECKING:
    from effbench.stats.confidence import Booleans, Floats


@dataclass(frozen=True, kw_only=True)
class Score:
    """One way to measure how sure an exit is.

    Attributes:
        name: how it is called in a policy and on the command line; the function of that name in ``stats.confidence``
            says what it is and computes it.
        leaves_below: True for an uncertainty (leave when score < threshold), False for a certainty (score >= it).
        counts: classes, whether this is the first exit -> operations for one image at one exit, comparison included.
    """

    name: str
    leaves_below: bool
    counts: Callable[[int, bool], OpCounts]

    def of(self, logits: Floats) -> Floats:
        """Logits (n, exits, classes) -> scores (n, exits), float64."""
        from effbench.stats import confidence

        scores: Floats = getattr(confidence, self.name)(logits)
        return scores

    @property
    def never(self) -> float:
        """The threshold at which no image leaves."""
        return -inf if self.leaves_below else inf

    @property
    def always(self) -> float:
        """The threshold at which every image leaves."""
        return -self.never

    def leaves(self, scores: Floats, thresholds: Floats | float) -> Booleans:
        """Which of the scores are sure enough; shapes broadcast."""
        return scores < thresholds if self.leaves_below else scores >= thresholds


def _entropy_counts(classes: int, first: bool) -> OpCounts:
    """Log-softmax, exp, product, sum; negation and comparison."""
    return op(softmax_elem=classes, act_elem=classes, mul_elem=classes, reduce_elem=classes, other_elem=2)


def _normalised_counts(classes: int, first: bool) -> OpCounts:
    """The entropy, divided once."""
    return combine((_entropy_counts(classes, first), op(mul_elem=1)))


def _maximum_counts(classes: int, first: bool) -> OpCounts:
    """Softmax, maximum, comparison."""
    return op(softmax_elem=classes, reduce_elem=classes, other_elem=1)


def _margin_counts(classes: int, first: bool) -> OpCounts:
    """Softmax, the two largest, their difference, comparison."""
    return op(softmax_elem=classes, reduce_elem=classes, residual_add=1, other_elem=1)


def _patience_counts(classes: int, first: bool) -> OpCounts:
    """Argmax and comparison; after the first exit also equality with the class before, and the sum of the run."""
    return op(reduce_elem=classes, other_elem=1 if first else 3)


SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score(name="entropy", leaves_below=True, counts=_entropy_counts),
        Score(name="normalised_entropy", leaves_below=True, counts=_normalised_counts),
        Score(name="max_probability", leaves_below=False, counts=_maximum_counts),
        Score(name="margin", leaves_below=False, counts=_margin_counts),
        Score(name="patience", leaves_below=False, counts=_patience_counts),
    )
}
"""Every score by name."""


def score(name: str) -> Score:
    """The score of that name.

    Raises:
        UnknownName: there is none; the message names the nearest ones.
    """
    if name not in SCORES:
        raise UnknownName("score", name, SCORES)
    return SCORES[name]
