"""Sizes: Python ints (exact), NumPy arrays (a design space at once) or SymPy expressions (closed forms)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from effbench.errors import SpecError

Size: TypeAlias = Any
"""An int, an integer NumPy array, or a SymPy expression. Formulas are written once for all three."""


def is_symbolic(size: Size) -> bool:
    """True for a SymPy expression, False for integers and arrays."""
    return not isinstance(size, int | Fraction) and not hasattr(size, "dtype")


def exact_div(size: Size, divisor: int) -> Size:
    """``size / divisor`` without remainder, for any kind of size.

    Raises:
        SpecError: an integer, or an entry of an array, is not a multiple of ``divisor``.
    """
    if is_symbolic(size):
        return size / divisor
    remainder = size % divisor
    if remainder.any() if hasattr(remainder, "any") else remainder:
        raise SpecError(f"{size} is not a multiple of {divisor}")
    return size // divisor


def snap(size: Size, ratio: Fraction, multiple: int) -> Size:
    """``size * ratio`` rounded to the nearest multiple (halves up); a SymPy expression stays unrounded."""
    if is_symbolic(size):
        return size * ratio
    top, bottom = ratio.numerator, ratio.denominator * multiple
    return multiple * ((2 * size * top + bottom) // (2 * bottom))
