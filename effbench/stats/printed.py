"""Printed figures: what range of values their digits allow, and whether a value of ours gives those digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from effbench.errors import EffbenchError

SCALES = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24, "R": 27, "Q": 30}
_FIGURE = re.compile(
    r"(?P<digits>\d[\d_ ]*(\.\d+)?(?:[eE][+-]?\d{1,2})?)\s*(?P<scale>[kKMGBTPEZYRQ]?)\s*(?P<unit>MACs?|FLOPs?|FLOPS)?"
)


@dataclass(frozen=True)
class Printed:
    """A figure as printed.

    Attributes:
        text: as it stands, with its scale.
        value: its value in base units, exactly.
        step: what one more in the last printed digit would add.
    """

    text: str
    value: Fraction
    step: Fraction

    @property
    def low(self) -> Fraction:
        """Smallest value that prints as these digits, rounded or truncated."""
        return self.value - self.step / 2

    @property
    def high(self) -> Fraction:
        """Values below this may print as these digits when truncated."""
        return self.value + self.step


def printed(digits: str, scale: str = "") -> Printed:
    """``printed("14.492", "G")``."""
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise EffbenchError(f"{digits!r} is not a number") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise EffbenchError(f"{digits!r} is not a number")
    factor = Fraction(10) ** SCALES[scale]
    return Printed(f"{digits} {scale}".strip(), Fraction(number) * factor, Fraction(10) ** exponent * factor)


def parse_figure(text: str) -> Printed:
    """A figure typed by a user: ``14.492G``, ``83.16 MFLOPs``, ``23126802432``.

    Raises:
        EffbenchError: it is no positive number with an optional prefix of SCALES.
    """
    found = _FIGURE.fullmatch(text.strip())
    if not found:
        raise EffbenchError(
            f"value must be a number with an optional k, M, G, T, P, E, Z, Y, R or Q, e.g. 14.492G; got {text!r}"
        )
    digits = found["digits"].replace("_", "").replace(" ", "")
    figure = printed(digits, found["scale"])
    if figure.value <= 0:
        raise EffbenchError(f"value must be more than 0, got {text!r}")
    return figure


def rounds_to(ours: int | Fraction, figure: Printed) -> bool:
    """Whether ``ours``, rounded, prints as these digits."""
    return abs(ours - figure.value) <= figure.step / 2


def truncates_to(ours: int | Fraction, figure: Printed) -> bool:
    """Whether ``ours``, cut off, prints as these digits."""
    return 0 <= ours - figure.value < figure.step


def match(ours: int | Fraction, figure: Printed) -> str:
    """How the printed digits come out of ``ours``: ``exact``, ``rounded``, ``truncated`` or ``off``.

    ``exact`` is equality; where rounding and truncation both give the digits, it is ``rounded``.
    """
    if ours == figure.value:
        return "exact"
    if rounds_to(ours, figure):
        return "rounded"
    return "truncated" if truncates_to(ours, figure) else "off"
