"""A machine's weights from timed networks: non-negative, by the relative error, robust to networks that are unlike.

Time per image is a weighted sum of columns. The weights minimise Huber's loss of the logarithm of predicted over
measured time (Huber 1964, doi:10.1214/aoms/1177703732), by non-negative least squares on its linearisation. What is
left over is smoothed: a network is corrected by what was left over of networks that spend their time alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

STEPS, CAUTIOUS_STEPS = 12, 4
"""Linearisations, and how many of the first go half the way."""
HUBER = 0.12
"""Relative error from which on an error counts linearly."""
LEAST = 1e-3
"""A prediction below this share of the measured time counts as that share."""
SHARE_WIDTH, TIME_WIDTH = 0.15, 1.0
"""Widths of the neighbourhood: in square roots of shares of time, and in the logarithm of time."""
CAUTION = 0.3
"""Weight of a correction of nothing, in neighbours."""


def weights(columns: Array, log_seconds: Array) -> Array:
    """One weight a column, 0 or more: seconds per unit of it.

    Args:
        columns: (networks, columns), 0 or more. log_seconds: (networks,).
    """
    import numpy as np

    relative = columns * np.exp(-log_seconds)[:, None]
    found = _least_squares(relative, np.ones(len(log_seconds)))
    for step in range(STEPS):
        guess = np.maximum(columns @ found, LEAST * np.exp(log_seconds))
        left = log_seconds - np.log(guess)
        trust = np.sqrt(np.minimum(1.0, HUBER / np.maximum(np.abs(left), 1e-9)))
        next_ = _least_squares(columns / guess[:, None] * trust[:, None], (left + columns @ found / guess) * trust)
        found = (found + next_) / 2 if step < CAUTIOUS_STEPS else next_
    return found


def _least_squares(columns: Array, target: Array) -> Array:
    """Non-negative, on columns of equal length."""
    import numpy as np
    from scipy.optimize import nnls

    length = np.sqrt((columns**2).mean(axis=0))
    length[length == 0] = 1.0
    found: Array = nnls(columns / length, target, maxiter=4000)[0] / length
    return found


def places(columns: Array, found: Array) -> Array:
    """Where networks stand among one another: roots of shares of predicted time, and its logarithm; scaled by widths.

    Returns:
        (networks, columns + 1); the distance of two rows is how unlike two networks are.
    """
    import numpy as np

    seconds = columns @ found
    roots = np.sqrt(columns * found / seconds[:, None])
    return np.hstack([roots / SHARE_WIDTH, np.log(seconds)[:, None] / TIME_WIDTH])


def smoothed(at: Array, known: Array, left: Array, crowd: Array, own: Array | None = None) -> tuple[Array, Array]:
    """Corrections of networks, and how far each is from the nearest that is known.

    Args:
        at: places of the networks. known: places of those with a known rest ``left`` (logarithm of predicted over
            measured time). crowd: how many networks the family of each known one has; they share its weight.
        own: of each network the number of the known one that it is, which does not count; -1 if it is none.

    Returns:
        (corrections to subtract from the logarithm of time, distances).
    """
    import numpy as np

    squares = (at**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * at @ known.T
    if own is not None:
        themselves = own >= 0
        squares[np.flatnonzero(themselves), own[themselves]] = np.inf
    squares = np.maximum(squares, 0.0)
    near = np.exp(-squares / 2) / np.sqrt(crowd)[None]
    return near @ left / (near.sum(1) + CAUTION), np.sqrt(squares.min(1))
