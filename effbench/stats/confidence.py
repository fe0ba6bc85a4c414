"""How sure an exit is of its prediction, computed from logits: the functions behind ``stats.scores``."""

from __future__ import annotations

from math import log
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from effbench.errors import SpecError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Booleans: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.int64] | NDArray[np.float64]


def log_softmax(logits: Floats) -> Floats:
    """ln p over the last axis; the largest logit is taken off first, so that nothing overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def entropy(logits: Floats) -> Floats:
    """H = -Σ p ln p in nats, between 0 and ln(classes)."""
    logs = log_softmax(logits)
    rounded = -(np.exp(logs) * logs).sum(axis=-1)  # rounding must not make a certainty negative
    return np.asarray(np.maximum(rounded, 0.0))


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
