"""Whether a classifier's confidence is its accuracy: expected calibration error, and the likelihood of true classes."""

from __future__ import annotations

import numpy as np

from effbench.errors import SpecError
from effbench.stats.confidence import Booleans, Floats, Integers, log_softmax

BINS = 15
"""Equally wide bins of confidence from 0 to 1, as in Guo et al. 2017."""


def bin_of(confidence: Floats) -> Integers:
    """Confidence in (0, 1] -> bin: bin m holds (m / BINS, (m + 1) / BINS]."""
    return np.asarray(np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1), dtype=np.int64)


def calibration_error(confidence: Floats, right: Booleans) -> float:
    """Expected calibration error: Σ over bins (images in it / n) · |accuracy - mean confidence|.

    Args:
        confidence: (n,) largest probability of each image, where it left.
        right: (n,) whether the prediction was right.

    Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.

    Raises:
        SpecError: no images, or arrays of different shapes.
    """
    if confidence.shape != right.shape or confidence.ndim != 1 or not len(confidence):
        raise SpecError(f"one confidence per prediction is needed, got {confidence.shape} and {right.shape}")
    gaps = np.bincount(bin_of(confidence), right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def negative_log_likelihood(logits: Floats, labels: Integers, temperature: float = 1.0) -> float:
    """Mean of -ln p(true class); logits are (n, classes)."""
    logs = log_softmax(logits / temperature)
    return float(-logs[np.arange(len(labels)), labels].mean())
