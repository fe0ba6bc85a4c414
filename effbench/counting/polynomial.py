"""Exact polynomials of several quantities: what they give, where they hold, and the one through given values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from effbench.errors import EffbenchError


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Where a free quantity may lie: ``low``, ``low + step``, … ``high``. Attributes: degree: its highest power."""

    name: str
    step: int
    low: int
    high: int
    degree: int

    def holds(self, value: int) -> bool:
        """Whether the polynomial was found for that value."""
        return self.low <= value <= self.high and (value - self.low) % self.step == 0

    def __str__(self) -> str:
        rest = self.low % self.step
        multiple = f"a multiple of {self.step}" if not rest else f"{rest} more than a multiple of {self.step}"
        return f"{self.name} is {f'{multiple}, ' if self.step > 1 else ''}from {self.low} to {self.high}"


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """A polynomial with exact coefficients.

    Attributes:
        axes: its quantities and where it holds. terms: powers of the quantities -> coefficient. checked: at how many
            points it was compared with the function besides those it was made from.
    """

    axes: tuple[Axis, ...]
    terms: Mapping[tuple[int, ...], Fraction]
    checked: int

    def __call__(self, values: Sequence[int]) -> int:
        """The value, a whole number where the polynomial holds.

        Raises:
            EffbenchError: it does not hold there.
        """
        for axis, value in zip(self.axes, values, strict=True):
            if not axis.holds(value):
                raise EffbenchError(f"{axis.name} = {value} is outside of the formula, which holds where {axis}")
        return int(self.at(values))

    def at(self, values: Sequence[int]) -> Fraction:
        """The value anywhere."""
        powers = (
            coefficient * prod(value**power for value, power in zip(values, term, strict=True))
            for term, coefficient in self.terms.items()
        )
        return sum(powers, Fraction(0))


@dataclass(frozen=True)
class Line:
    """A polynomial of one quantity, all others at their bases, by its values at ``degree + 1`` points."""

    points: tuple[int, ...]
    values: tuple[int, ...]

    def at(self, x: int) -> Fraction:
        """The value anywhere."""
        return sum(
            (
                value * prod((Fraction(x - q, p - q) for q in self.points if q != p), start=Fraction(1))
                for p, value in zip(self.points, self.values, strict=True)
            ),
            Fraction(0),
        )


def terms_through(
    values: Mapping[tuple[int, ...], int], grid: Sequence[Sequence[int]]
) -> dict[tuple[int, ...], Fraction]:
    """Powers of the quantities -> coefficient, of the polynomial with those values at the points of the grid."""
    bases = [{point: _basis(point, points) for point in points} for points in grid]
    terms: dict[tuple[int, ...], Fraction] = {}
    for point, value in values.items():
        factors = [base[one] for base, one in zip(bases, point, strict=True)]
        for powers in product(*(range(len(factor)) for factor in factors)):
            share = prod((factor[power] for factor, power in zip(factors, powers, strict=True)), start=Fraction(value))
            terms[powers] = terms.get(powers, Fraction(0)) + share
    return {powers: coefficient for powers, coefficient in terms.items() if coefficient}


def _basis(point: int, points: Sequence[int]) -> list[Fraction]:
    """Coefficients, from the constant up, of the polynomial that is 1 at one point and 0 at the others."""
    found = [Fraction(1)]
    for other in points:
        if other != point:
            lower = [-other * c for c in found] + [Fraction(0)]
            raised = [Fraction(0), *found]
            found = [(a + b) / (point - other) for a, b in zip(lower, raised, strict=True)]
    return found
