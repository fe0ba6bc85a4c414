"""Predictions at random."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from effbench.early_exit.predictions import Predictions, predictions


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Predictions]:
    """``drawn(images, exits=3, classes=4, seed=0)``: right more often than not; logits are rounded, to tie."""

    def draw(images: int, exits: int = 3, classes: int = 4, seed: int = 0) -> Predictions:
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, classes, images)
        logits = rng.normal(size=(images, exits, classes)).round(1)
        for k in range(exits):
            logits[np.arange(images), k, labels] += rng.exponential(1 + k, images).round(1)
        return predictions(logits, labels)

    return draw
