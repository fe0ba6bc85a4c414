"""Cross-validation with whole families held out, and intervals that hold for families nobody has seen.

Conformal prediction (Vovk et al. 2005; Lei et al. 2018, doi:10.1080/01621459.2017.1307116): the errors made on families
that were held out say how far off a prediction may be; how unlike a network is to all that are known widens it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from effbench.prediction.fit import places, smoothed, weights
from effbench.prediction.fitted import Width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FOLDS = 10
LEVEL = 0.9
"""Of the intervals."""
WIDENINGS = tuple(i / 20 for i in range(21))
"""Growths of an interval per unit of distance that are tried."""
UNLIKE = 0.99
"""A network farther from all known ones than this share of held-out ones is called unlike."""


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What was predicted of networks whose families were held out.

    Attributes:
        left: logarithm of predicted over measured time. distances: from the nearest network that was known.
        macs_left: the same by multiply-accumulates alone. folds: number of the fold that held it out.
    """

    left: Array
    distances: Array
    macs_left: Array
    folds: NDArray[np.int64]


def fold_of(families: Sequence[str], folds: int = FOLDS) -> list[int]:
    """A fold for every network: that of its family, the largest families first, into the emptiest fold."""
    sizes = [0] * folds
    place: dict[str, int] = {}
    for family, members in sorted(Counter(families).items(), key=lambda item: (-item[1], item[0])):
        place[family] = sizes.index(min(sizes))
        sizes[place[family]] += members
    return [place[family] for family in families]


def crowds(families: Sequence[str]) -> Array:
    """How many networks the family of each has."""
    import numpy as np

    members = Counter(families)
    return np.array([members[family] for family in families], dtype=float)


def cross_validate(columns: Array, log_seconds: Array, families: Sequence[str], macs: Array) -> Errors:
    """Predict every network from those of other folds alone.

    Args:
        columns: (networks, columns). log_seconds, macs: (networks,).
    """
    import numpy as np

    fold, crowd = np.array(fold_of(families)), crowds(families)
    left, distances, alone = (np.zeros(len(fold)) for _ in range(3))
    for number in range(FOLDS):
        out = fold == number
        known = ~out
        found = weights(columns[known], log_seconds[known])
        rest = np.log(columns @ found) - log_seconds
        at = places(columns, found)
        correction, distances[out] = smoothed(at[out], at[known], rest[known], crowd[known])
        left[out] = rest[out] - correction
        per_mac = np.median(log_seconds[known] - np.log(macs[known]))
        alone[out] = np.log(macs[out]) + per_mac - log_seconds[out]
    return Errors(left=left, distances=distances, macs_left=alone, folds=fold)


def width(left: Array, distances: Array) -> Width:
    """The width at which LEVEL of the errors lie within; of all growths the one with the narrowest typical interval."""
    import numpy as np

    tried = [(_base(left, distances, growth), growth) for growth in WIDENINGS]
    typical = [base * (1 + growth * float(np.median(distances))) for base, growth in tried]
    base, growth = tried[int(np.argmin(typical))]
    return Width(base, growth, float(np.quantile(distances, UNLIKE)))


def _base(left: Array, distances: Array, growth: float) -> float:
    import numpy as np

    scores = np.sort(np.abs(left) / (1 + growth * distances))
    return float(scores[min(len(scores) - 1, ceil(LEVEL * (len(scores) + 1)) - 1)])


def covered(errors: Errors) -> float:
    """Share of the networks within an interval whose width the other folds' errors gave."""
    import numpy as np

    inside = np.zeros(len(errors.left), dtype=bool)
    for number in range(FOLDS):
        out = errors.folds == number
        one = width(errors.left[~out], errors.distances[~out])
        inside[out] = np.abs(errors.left[out]) <= one.base * (1 + one.growth * errors.distances[out])
    return float(inside.mean())


def percentiles(left: Array) -> tuple[float, float]:
    """Median and 90th percentile of the relative error of the predicted time, as shares."""
    import numpy as np

    errors = np.abs(np.expm1(left))
    return float(np.median(errors)), float(np.quantile(errors, 0.9))
