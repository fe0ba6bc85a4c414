"""Numbers of clocks and files, checked before anything is concluded from them: a bad one is named with its place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import TypeGuard

from effbench.errors import EffbenchError


def finite(values: Iterable[object], where: str) -> None:
    """Raise EffbenchError, naming the first value that is not a finite number."""
    for value in values:
        if not _is_finite(value):
            raise EffbenchError(f"{where}: {shown(value)} is not a finite number")


def times(values: Iterable[object], where: str) -> None:
    """Raise EffbenchError, naming the first value that is not finite and above 0."""
    for value in values:
        if not _is_finite(value) or value <= 0:
            raise EffbenchError(f"{where}: {shown(value)} is not a time, which is finite and above 0")


def shown(value: object) -> str:
    """The value as Python writes it, cut to what a line can hold."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _is_finite(value: object) -> TypeGuard[float]:
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False
