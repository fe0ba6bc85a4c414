"""A smooth function of a few coordinates from some of its values: Gaussian process regression with an additive mean.

The function is a sum of a constant, a function of each coordinate alone, and a smaller one of all of them together,
each with a squared exponential covariance. Its four numbers are those that are most probable, under priors
written below. Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, Sections 2.2, 2.7, 5.4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from effbench.errors import SpecError

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

PRIORS = {"alone": (0.0, 1.0), "together": (-1.0, 1.0), "length": (0.5, 0.5), "noise": (-2.0, 1.0)}
"""Mean and deviation of the logarithm of each number: deviations of the two parts, length of the covariance in the unit
of the coordinates, deviation of one value about the function; the values are scaled to a deviation of 1."""

FAR = 4.0
"""Deviations of its prior within which a number is looked for."""

CONSTANT = 100.0
"""Variance of the constant: nothing is known of it."""

FEWEST = 4
"""Values that are needed."""


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """At some places. Attributes: mean; function: deviation of the function; value: of one value about ``mean``."""

    mean: Floats
    function: Floats
    value: Floats


@dataclass(frozen=True, kw_only=True)
class Process:
    """What is known of the function.

    Attributes:
        places: (n, d). values: (n,). shift, scale: of the values. numbers: logarithms, in the order of PRIORS.
    """

    places: Floats
    values: Floats
    shift: float
    scale: float
    numbers: tuple[float, ...]

    def predict(self, places: Floats) -> Predictions:
        """The function and one value at each of (m, d) places."""
        inverse = np.linalg.inv(_covariance(self.numbers, self.places, self.places, noise=True))
        across = _covariance(self.numbers, places, self.places)
        mean = across @ (inverse @ ((self.values - self.shift) / self.scale))
        own = np.diag(_covariance(self.numbers, places, places))
        variance = np.maximum(own - ((across @ inverse) * across).sum(axis=1), 1e-12)
        noise = np.exp(2 * self.numbers[3])
        return Predictions(
            mean=self.shift + self.scale * mean,
            function=self.scale * np.sqrt(variance),
            value=self.scale * np.sqrt(variance + noise),
        )

    def knowing(self, place: Sequence[float], value: float) -> Process:
        """The same with one more value, the numbers as they are."""
        return replace(self, places=np.vstack([self.places, place]), values=np.append(self.values, value))


def fitted(places: Floats, values: Floats) -> Process:
    """The most probable process for (n,) values at (n, d) places; a place may stand there several times.

    Raises:
        SpecError: fewer than FEWEST values.
    """
    from scipy.optimize import minimize

    if len(values) < FEWEST:
        raise SpecError(f"a process needs {FEWEST} values or more, got {len(values)}")
    shift, scale = float(np.mean(values)), float(np.std(values)) or 1.0
    scaled = (values - shift) / scale
    start = np.array([mean for mean, _ in PRIORS.values()])
    bounds = [(mean - FAR * deviation, mean + FAR * deviation) for mean, deviation in PRIORS.values()]
    found = minimize(_improbability, start, args=(places, scaled), method="L-BFGS-B", bounds=bounds)
    return Process(places=places, values=values, shift=shift, scale=scale, numbers=tuple(map(float, found.x)))


def _improbability(numbers: Floats, places: Floats, values: Floats) -> float:
    """Minus the logarithm of the posterior density, but for a constant."""
    covariance = _covariance(tuple(numbers), places, places, noise=True)
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return 1e12
    white = np.linalg.solve(root, values)
    means, deviations = np.array(list(PRIORS.values())).T
    prior = 0.5 * (((numbers - means) / deviations) ** 2).sum()
    return float(0.5 * white @ white + np.log(np.diag(root)).sum() + prior)


def _covariance(numbers: tuple[float, ...], first: Floats, second: Floats, noise: bool = False) -> Floats:
    """(n, m), of values at (n, d) and (m, d) places; with noise on the diagonal."""
    alone, together, length, deviation = np.exp(np.asarray(numbers))
    squares = ((first[:, None, :] - second[None, :, :]) / length) ** 2
    parts = alone**2 * np.exp(-0.5 * squares).mean(axis=2) + together**2 * np.exp(-0.5 * squares.sum(axis=2))
    found: Floats = CONSTANT + parts
    return found + (deviation**2 + 1e-9) * np.eye(len(first)) if noise else found
