"""A formula over a whole design space: NumPy columns in, exact 64-bit integers out, piece by piece in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from effbench.cost.shape import Expression, Size
from effbench.errors import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

CHUNK = 65_536
"""Rows per piece: 512 KiB a column, so that a few columns and their temporaries fit a core's second-level cache."""

INT64_MAX = 2**63 - 1


class Formula(Protocol):
    """A cost in as many sizes as there are columns."""

    def __call__(self, *sizes: Size) -> Size: ...


def evaluate(formula: Formula, *columns: ArrayLike) -> NDArray[np.int64]:
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

    if not columns:
        raise SpecError("a design space needs at least one column")
    given = [_checked(np.asarray(column)) for column in columns]
    rows = len(given[0])
    if any(len(column) != rows for column in given):
        raise SpecError(f"columns must be equally long, got {[len(column) for column in given]}")
    out, largest = np.empty(rows, dtype=np.int64), [0] * len(given)
    for start in range(0, rows, CHUNK):
        piece = slice(start, start + CHUNK)
        wide = [column[piece].astype(np.int64, copy=False) for column in given]
        # read as unsigned, a negative number is above INT64_MAX: one pass, in the cache, finds both
        largest = [max(top, int(part.view(np.uint64).max())) for top, part in zip(largest, wide, strict=True)]
        out[piece] = formula(*cast("list[Expression]", wide))  # a sum that wraps is found below, and not returned
    if max(largest) > INT64_MAX:
        raise SpecError("a column must hold numbers from 0 to 2^63 - 1")
    bound = int(formula(*largest))
    if bound > INT64_MAX:
        raise SpecError(f"costs up to {bound} do not fit in 64 bits; use Python integers for this design space")
    return out


def _checked(column: NDArray[np.generic]) -> NDArray[np.generic]:
    """The column, if it is one. Sums and products that wrap on the way are right again modulo 2^64."""
    if column.ndim != 1 or column.dtype.kind not in "iu":
        raise SpecError(f"a column must be one-dimensional and hold integers, got {column.dtype} {column.shape}")
    return column
