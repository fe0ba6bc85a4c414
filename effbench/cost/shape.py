"""Sizes: Python ints (exact), NumPy arrays (a design space at once) or SymPy expressions (closed forms)."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, TypeAlias, TypeGuard, overload

from effbench.errors import SpecError


class Expression(Protocol):
    """The arithmetic that formulas ask of SymPy expressions and of NumPy arrays of integers."""

    def __add__(self, other: Size | float, /) -> Expression: ...
    def __radd__(self, other: Size | float, /) -> Expression: ...
    def __sub__(self, other: Size | float, /) -> Expression: ...
    def __rsub__(self, other: Size | float, /) -> Expression: ...
    def __mul__(self, other: Size | float, /) -> Expression: ...
    def __rmul__(self, other: Size | float, /) -> Expression: ...
    def __truediv__(self, other: Size | float, /) -> Expression: ...
    def __rtruediv__(self, other: Size | float, /) -> Expression: ...
    def __floordiv__(self, other: Size | float, /) -> Expression: ...
    def __mod__(self, other: Size | float, /) -> Expression: ...
    def __pow__(self, other: int, /) -> Expression: ...
    def __lt__(self, other: object, /) -> bool: ...
    def __int__(self) -> int: ...


Size: TypeAlias = "int | Fraction | Expression"
"""An int, an integer NumPy array, or a SymPy expression. Formulas are written once for all three."""


def is_symbolic(size: Size) -> TypeGuard[Expression]:
    """True for a SymPy expression, False for integers and arrays."""
    return not isinstance(size, int | Fraction) and not hasattr(size, "dtype")


@overload
def exact_div(size: int, divisor: int) -> int: ...
@overload
def exact_div(size: Size, divisor: int) -> Size: ...
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
