"""Temperature scaling of every exit: one number that makes its confidence honest and changes no prediction.

Source: Guo et al. 2017, arXiv:1706.04599, Section 4.2.
"""

from __future__ import annotations

from math import exp, log

from effbench.early_exit.predictions import Predictions
from effbench.stats.calibration import negative_log_likelihood
from effbench.stats.confidence import Floats, Integers

COLDEST, HOTTEST = 0.01, 100.0
"""Bounds of the search. An exit that is always right on the images it is fitted on ends near the lower one."""


def fit(given: Predictions) -> tuple[float, ...]:
    """The temperature of each exit, the last included, with the least mean negative log-likelihood on these images.

    Raises:
        SpecError: the predictions hold scores alone.
    """
    logits, labels = given.known("a temperature")
    return tuple(_fit_one(logits[:, k], labels) for k in range(given.exits))


def _fit_one(logits: Floats, labels: Integers) -> float:
    """The loss is convex in 1 / T, so it has one minimum in ln T as well."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda t: negative_log_likelihood(logits, labels, exp(t)),
        bounds=(log(COLDEST), log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return exp(float(found.x))
