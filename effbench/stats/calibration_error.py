"""Expected calibration error: how far the stated confidence is from the accuracy, in equally wide bins.

Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
"""

from __future__ import annotations

import numpy as np

from effbench.errors import SpecError
from effbench.stats.confidence import Booleans, Floats, Integers

BINS = 15
"""Equally wide bins of confidence from 0 to 1, as in the source."""


def bin_of(confidence: Floats) -> Integers:
    """Confidence in (0, 1] -> bin: bin m holds (m / BINS, (m + 1) / BINS]."""
    return np.asarray(np.clip(np.ceil(confidence * BINS) - 1, 0, BINS - 1), dtype=np.int64)


def calibration_error(confidence: Floats, right: Booleans) -> float:
    """Σ over bins (images in it / n) · |accuracy - mean confidence|.

    Args:
        confidence: (n,) largest probability of each image, where it left.
        right: (n,) whether the prediction was right.

    Raises:
        SpecError: no images, or arrays of different shapes.
    """
    if confidence.shape != right.shape or confidence.ndim != 1 or not len(confidence):
        raise SpecError(f"one confidence per prediction is needed, got {confidence.shape} and {right.shape}")
    gaps = np.bincount(bin_of(confidence), right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))
