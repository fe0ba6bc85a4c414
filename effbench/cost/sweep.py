"""A formula over a whole design space: NumPy columns in, exact 64-bit integers out, piece by piece in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from effbench.errors import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 16_384
"""Rows per piece: 128 KiB a column, so that a few columns and their temporaries fit a core's second-level cache."""

INT64_MAX = 2**63 - 1


def evaluate(formula: Callable[..., Any], *columns: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """``formula(*columns)`` row by row.

    Args:
        formula: a polynomial with coefficients of 0 or more, such as those of ``formulas``, in as many arguments.
        columns: equally long integer columns of 0 or more.

    Returns:
        int64 costs, one per row: exactly what the formula gives on Python integers.

    Raises:
        SpecError: a column holds negative numbers or no integers, lengths differ, or a cost could exceed 64 bits.
    """
    import numpy as np

    wide = [_checked(np.asarray(column)) for column in columns]
    rows = len(wide[0])
    if any(len(column) != rows for column in wide):
        raise SpecError(f"columns must be equally long, got {[len(column) for column in wide]}")
    out = np.empty(rows, dtype=np.int64)
    if not rows:
        return out
    bound = int(formula(*(int(column.max()) for column in wide)))
    if bound > INT64_MAX:
        raise SpecError(f"costs up to {bound} do not fit in 64 bits; use Python integers for this design space")
    for start in range(0, rows, CHUNK):
        piece = slice(start, start + CHUNK)
        out[piece] = formula(*(column[piece] for column in wide))
    return out


def _checked(column: NDArray[Any]) -> NDArray[np.int64]:
    """The column as int64. Sums and products that wrap on the way are right again modulo 2^64, as the result fits."""
    import numpy as np

    if column.ndim != 1 or column.dtype.kind not in "iu":
        raise SpecError(f"a column must be one-dimensional and hold integers, got {column.dtype} {column.shape}")
    if len(column) and (int(column.min()) < 0 or int(column.max()) > INT64_MAX):
        raise SpecError("a column must hold numbers from 0 to 2^63 - 1")
    return column.astype(np.int64, copy=False)
