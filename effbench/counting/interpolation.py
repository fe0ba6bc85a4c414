"""Exact polynomials through whole numbers that a function gives, on the finest lattice where they hold.

The work of a network is a polynomial of its sides as long as every division in it comes out even; elsewhere it jumps.
So a step is looked for, as small as possible, such that the function is a polynomial on its multiples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from random import Random

from effbench.counting.polynomial import Axis, Line, Polynomial, terms_through
from effbench.errors import EffbenchError

Function = Callable[[tuple[int, ...]], int]
"""Values of the free quantities -> a whole number; an EffbenchError where there is none."""

DEGREE = 4
"""The highest power of one quantity: attention on a square image has the fourth of its side."""

STEPS = (224, 288, 480, 512, 12)
"""Steps to begin with: with their divisors, those of patches, strides and windows."""

RANDOM = 6
"""Points between the ends at which a polynomial is checked."""


def interpolated(function: Function, names: Sequence[str], bases: Sequence[int], tops: Sequence[int]) -> Polynomial:
    """The polynomial that gives the function's values.

    Args:
        names: of the quantities. bases: values at which the function is known to exist. tops: where to stop looking.

    Raises:
        EffbenchError: there is none, with the reason.
    """
    known = cache(function)
    places = range(len(names))
    lines = [_along(_only(known, bases, place), names[place], bases[place]) for place in places]
    axes = tuple(
        _reach(_only(known, bases, place), line, names[place], bases[place], step, tops[place])
        for place, (line, step) in zip(places, lines, strict=True)
    )
    grid = [line.points for line, _ in lines]
    terms = terms_through({point: known(point) for point in product(*grid)}, grid)
    found = Polynomial(axes=axes, terms=terms, checked=0)
    axes = _together(found, known, bases)
    found = Polynomial(axes=axes, terms=terms, checked=0)
    points = _others(axes, set(product(*grid)))
    for point in points:
        _require_equal(found, known, point)
    return Polynomial(axes=axes, terms=terms, checked=len(points))


def _only(function: Function, bases: Sequence[int], place: int) -> Callable[[int], int]:
    """The function of one quantity."""
    return lambda value: function((*bases[:place], value, *bases[place + 1 :]))


def _along(function: Callable[[int], int], name: str, base: int) -> tuple[Line, int]:
    """A polynomial along one quantity, and the smallest step on which it gives the function's values."""
    why = f"its work is no polynomial of {name}"
    for step in STEPS:
        points = [base + step * t for t in range(DEGREE + 3)]
        try:
            values = [function(point) for point in points]
        except EffbenchError as error:
            why = f"it runs at {name} = {base}, but: {error}"
            continue
        degree = degree_of(values)
        if degree is not None:
            line = Line(tuple(points[: degree + 1]), tuple(values[: degree + 1]))
            return line, _finest(function, line, base, step)
    raise EffbenchError(f"no closed form in {name}: {why}")


def degree_of(values: Sequence[int]) -> int | None:
    """Of the polynomial through values at equal distances; None if there is none that two of them confirm."""
    differences = list(values)
    for degree in range(-1, DEGREE + 1):
        if not any(differences):
            return max(degree, 0)
        differences = [b - a for a, b in pairwise(differences)]
    return None


def _finest(function: Callable[[int], int], line: Line, base: int, step: int) -> int:
    """The smallest divisor of the step on whose multiples the polynomial still gives the function's values."""
    for prime in (7, 5, 3, 2):
        while step % prime == 0 and all(_equal(function, line, base + step // prime * t) for t in (1, 3, 5)):
            step //= prime
    return step


def _equal(function: Callable[[int], int], line: Line, value: int) -> bool:
    try:
        return line.at(value) == function(value)
    except EffbenchError:
        return False


def _reach(function: Callable[[int], int], line: Line, name: str, base: int, step: int, top: int) -> Axis:
    """How far the polynomial holds to both sides, by halving; it surely does where it was made."""
    lowest = base % step or step
    made = max(line.points)
    highest = base + max(top - base, made - base) // step * step
    return Axis(
        name=name,
        step=step,
        low=_end(function, line, base, lowest, step),
        high=_end(function, line, made, highest, step),
        degree=len(line.points) - 1,
    )


def _end(function: Callable[[int], int], line: Line, good: int, end: int, step: int) -> int:
    """The value nearest to ``end`` at which the polynomial holds, coming from one where it does."""
    if good == end or _equal(function, line, end):
        return end
    while abs(good - end) > step:
        middle = good + (end - good) // (2 * step) * step if end > good else good - (good - end) // (2 * step) * step
        if _equal(function, line, middle):
            good = middle
        else:
            end = middle
    return good


def _together(found: Polynomial, function: Function, bases: Sequence[int]) -> tuple[Axis, ...]:
    """The axes without small values that only exist while the other quantities are large, by halving."""

    def shortened(missing: int) -> tuple[Axis, ...]:
        """Without that many 64ths of the way from the lowest values to the bases."""
        return tuple(
            replace(axis, low=axis.low + (base - axis.low) // axis.step * missing // 64 * axis.step)
            for axis, base in zip(found.axes, bases, strict=True)
        )

    def holds(axes: tuple[Axis, ...]) -> bool:
        point = tuple(axis.low for axis in axes)
        try:
            return found.at(point) == function(point)
        except EffbenchError:
            return False

    bad, good = 0, 64
    if len(bases) == 1 or holds(found.axes):
        return found.axes
    while good - bad > 1:
        middle = (good + bad) // 2
        bad, good = (bad, middle) if holds(shortened(middle)) else (middle, good)
    return shortened(good)


def _others(axes: Sequence[Axis], made: set[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Points to check: all corners, and some between them, the same in every run; none it was made from."""
    draw = Random(0)
    corners = list(product(*((axis.low, axis.high) for axis in axes)))
    inside = [tuple(draw.randrange(axis.low, axis.high + 1, axis.step) for axis in axes) for _ in range(RANDOM)]
    return [point for point in dict.fromkeys((*corners, *inside)) if point not in made]


def _require_equal(found: Polynomial, function: Function, point: tuple[int, ...]) -> None:
    """Raise EffbenchError unless both give the same."""
    at = ", ".join(f"{axis.name} = {value}" for axis, value in zip(found.axes, point, strict=True))
    try:
        value = function(point)
    except EffbenchError as error:
        raise EffbenchError(f"no closed form: at {at}: {error}") from None
    if found.at(point) != value:
        other = f"{float(found.at(point)):,.0f}"
        raise EffbenchError(f"no closed form: the polynomial through other sizes gives {other} at {at}, not {value:,}")
