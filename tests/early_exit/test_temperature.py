from math import log

import numpy as np
import pytest

pytest.importorskip("scipy")

from effbench.early_exit.predictions import predictions
from effbench.early_exit.temperature import COLDEST, fit
from effbench.stats.calibration import negative_log_likelihood


def test_the_confidence_becomes_the_accuracy():
    # right on 3 of 4 images, all with the same logits (z, 0): the best p is 3/4, so z / T = ln 3
    logits = np.array([[[6.0, 0.0], [0.5, 0.0]]] * 4)
    labels = np.array([0, 0, 0, 1])
    assert fit(predictions(logits, labels)) == pytest.approx((6 / log(3), 0.5 / log(3)), rel=1e-4)


def test_calibrated_predictions_stay_as_they_are():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(40_000, 1, 3)) * 2
    p = np.exp(logits[:, 0]) / np.exp(logits[:, 0]).sum(axis=1, keepdims=True)
    labels = (rng.random(len(p))[:, None] > p.cumsum(axis=1)[:, :2]).sum(axis=1)  # drawn from p itself
    assert fit(predictions(logits, labels))[0] == pytest.approx(1, abs=0.03)


def test_an_exit_that_is_always_right_is_cooled_until_its_loss_is_nothing():
    given = predictions(np.array([[[1.0, 0.0]]] * 3), np.zeros(3, dtype=int))
    (found,) = fit(given)
    assert COLDEST <= found < 0.05
    assert negative_log_likelihood(given.logits[:, 0], given.labels, found) == pytest.approx(0, abs=1e-12)
