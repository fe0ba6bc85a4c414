"""Scores: how sure an exit is of its prediction, from logits; each says on which side of a threshold images leave.

An uncertainty (entropy) lets an image leave when it is *below* the threshold, strictly, so that the threshold 0 means
no early exit, as in the RAViT paper (arXiv:2602.24159, Section V) and BranchyNet (arXiv:1709.01686). A certainty lets
it leave when it is *at or above* the threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from effbench.cost.counts import OpCounts, combine, op
from effbench.errors import SpecError, UnknownName

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[Any]
"""int64 or float64."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One way to measure how sure an exit is.

    Attributes:
        name: how it is called in a policy and on the command line.
        doc: what it is, in a sentence.
        leaves_below: True for an uncertainty (leave when score < threshold), False for a certainty (score >= it).
        of: logits (n, exits, classes) -> scores (n, exits), float64.
        counts: classes, whether this is the first exit -> operations for one image at one exit, comparison included.
    """

    name: str
    doc: str
    leaves_below: bool
    of: Callable[[Floats], Floats]
    counts: Callable[[int, bool], OpCounts]

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
        return np.asarray(scores < thresholds if self.leaves_below else scores >= thresholds)


def log_softmax(logits: Floats) -> Floats:
    """ln p over the last axis; the largest logit is taken off first, so that nothing overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def entropy(logits: Floats) -> Floats:
    """H = -Σ p ln p in nats, between 0 and ln(classes)."""
    logs = log_softmax(logits)
    return np.asarray(
        np.maximum(-(np.exp(logs) * logs).sum(axis=-1), 0.0)
    )  # rounding must not make a certainty negative


def normalised_entropy(logits: Floats) -> Floats:
    """H / ln(classes), between 0 and 1 whatever the data set."""
    return np.asarray(entropy(logits) / log(logits.shape[-1]))


def max_probability(logits: Floats) -> Floats:
    """The largest softmax probability, between 1 / classes and 1."""
    return np.asarray(np.exp(log_softmax(logits).max(axis=-1)))


def margin(logits: Floats) -> Floats:
    """The largest softmax probability minus the second largest, between 0 and 1."""
    best = np.partition(np.exp(log_softmax(logits)), -2, axis=-1)[..., -2:]
    return np.asarray(best[..., 1] - best[..., 0])


def patience(logits: Floats) -> Floats:
    """How many exits in a row, this one included, predict the same class: 1 at the first exit.

    PABEE (arXiv:2006.04152) counts the repetitions, which is one less.
    """
    predicted = logits.argmax(axis=-1)  # (n, exits)
    run = np.ones(predicted.shape)
    for k in range(1, predicted.shape[1]):
        run[:, k] = np.where(predicted[:, k] == predicted[:, k - 1], run[:, k - 1] + 1, 1)
    return run


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
        Score(
            name="entropy",
            doc="entropy of the softmax in nats; leave below the threshold (RAViT, BranchyNet)",
            leaves_below=True,
            of=entropy,
            counts=_entropy_counts,
        ),
        Score(
            name="normalised_entropy",
            doc="entropy divided by ln(classes), 0 to 1 on every data set; leave below the threshold",
            leaves_below=True,
            of=normalised_entropy,
            counts=_normalised_counts,
        ),
        Score(
            name="max_probability",
            doc="largest softmax probability; leave at or above the threshold",
            leaves_below=False,
            of=max_probability,
            counts=_maximum_counts,
        ),
        Score(
            name="margin",
            doc="largest minus second largest probability; leave at or above the threshold",
            leaves_below=False,
            of=margin,
            counts=_margin_counts,
        ),
        Score(
            name="patience",
            doc="exits in a row that predict the same class; leave at or above the threshold",
            leaves_below=False,
            of=patience,
            counts=_patience_counts,
        ),
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


def require_logits(logits: object) -> Floats:
    """Logits of all exits as float64.

    Args:
        logits: (n, exits, classes), n >= 1, exits >= 1, classes >= 2, finite.

    Raises:
        SpecError: another shape or type, no images, or a value that is not a finite number, with its place.
    """
    try:
        array = np.asarray(logits)
    except ValueError:
        raise SpecError(
            "logits must be one array of numbers (images, exits, classes), got lists of unequal length"
        ) from None
    if array.dtype.kind not in "fiu":
        raise SpecError(f"logits must be numbers, got {array.dtype}")
    if array.ndim != 3:
        raise SpecError(f"logits must have three axes (images, exits, classes), got shape {array.shape}")
    images, exits, classes = array.shape
    if images < 1 or exits < 1 or classes < 2:
        raise SpecError(f"logits need 1 image, 1 exit and 2 classes at least, got {images}, {exits} and {classes}")
    if not np.isfinite(array).all():
        image, at, class_ = np.argwhere(~np.isfinite(array))[0]
        raise SpecError(
            f"logits must be finite: image {image}, exit {at + 1}, class {class_} is {array[image, at, class_]}"
        )
    return array.astype(np.float64)
