"""Figures that follow from other figures: does the arithmetic of the paper's own digits allow what it prints?"""

from __future__ import annotations

from fractions import Fraction

from effbench.stats.printed import Printed

Interval = tuple[Fraction, Fraction]

APPROXIMATE = Fraction(1, 8)
"""How far a figure that is called 'about', 'around' or '-fold' may lie from the computed one."""


def interval(figure: Printed) -> Interval:
    """Values that print as these digits, whether rounded or truncated."""
    return figure.low, figure.high


def disagree(one: Printed, two: Printed) -> bool:
    """Whether no one value prints as both, neither if both are rounded nor if both are truncated."""
    rounded = abs(one.value - two.value) >= (one.step + two.step) / 2
    truncated = one.value + one.step <= two.value or two.value + two.step <= one.value
    return rounded and truncated


def related(relation: str, of: Interval, against: Interval) -> Interval:
    """Range of the related figure: ``percent``, ``reduction`` (both in %), ``difference`` or ``ratio``."""
    if relation == "difference":
        return of[0] - against[1], of[1] - against[0]
    low, high = of[0] / against[1], of[1] / against[0]
    if relation == "ratio":
        return low, high
    if relation == "percent":
        return 100 * low, 100 * high
    return 100 * (1 - high), 100 * (1 - low)


def value_of(relation: str, of: Fraction, against: Fraction) -> Fraction:
    """The related figure of two exact values."""
    return related(relation, (of, of), (against, against))[0]


def agrees(figure: Printed, allowed: Interval, *, approximate: bool = False, relation: str = "") -> bool:
    """Whether the printed figure, or of an approximate one anything near it, can be one of the allowed values."""
    low, high = interval(figure)
    if approximate:
        bottom, top = near(figure.value, saving=relation == "percent")
        low, high = min(low, bottom), max(high, top)
    return low <= allowed[1] and allowed[0] < high


def near(value: Fraction, *, saving: bool) -> Interval:
    """What counts as about a value: APPROXIMATE of it, or, of a remaining percentage, of what it saves.

    About 89 % of a cost is a saving of about 11 points: it does not hold at 100 %.
    """
    margin = APPROXIMATE * (abs(100 - value) if saving else value)
    return value - margin, value + margin
