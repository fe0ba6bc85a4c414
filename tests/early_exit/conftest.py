"""Predictions at random, as arrays, as files, and as an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from effbench.early_exit.evaluation import Evaluation, evaluation
from effbench.early_exit.predictions import Predictions, predictions
from effbench.early_exit.prices import Prices, counted_prices
from effbench.stats.scores import score


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


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``stored(images=400, exits=2, classes=10, seed=0)``: a file of predictions, right more often at later exits."""
    folder = tmp_path_factory.mktemp("predictions")

    def store(images: int = 400, exits: int = 2, classes: int = 10, seed: int = 0) -> Path:
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, classes, images)
        logits = rng.normal(size=(images, exits, classes))
        for k in range(exits):
            logits[np.arange(images), k, labels] += 3 * rng.exponential(1 + k, images)
        path = folder / f"{images}-{exits}-{classes}-{seed}.npz"
        np.savez(path, logits=logits, labels=labels)
        return path

    return store


@pytest.fixture(scope="session")
def prices() -> Prices:
    """Those of a RAViT with two exits, under the convention of its paper."""
    return counted_prices("ravit_cifar10:1-3", None, "ravit", score("entropy"))


@pytest.fixture(scope="session")
def data(stored: Callable[..., Path], prices: Prices) -> Evaluation:
    """400 images to judge, 400 others to choose with."""
    return evaluation(stored(), prices, score("entropy"), calibrate_on=stored(seed=1))
