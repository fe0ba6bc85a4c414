"""Shapes that a paper prints, against the formula and the factors it states for them."""

from __future__ import annotations

import re
from fractions import Fraction

from effbench.claims.paper import Shape

_FORMULA = re.compile(r"(\w+)([*/]\w+)*")


def problem(shape: Shape) -> str:
    """What cannot be about a shape; empty where nothing is wrong."""
    if not shape.printed or len(shape.formula) != len(shape.printed):
        return f"has {len(shape.formula)} formulas for {len(shape.printed)} printed sides"
    for side in shape.formula:
        if not _FORMULA.fullmatch(side):
            return f"formula {side!r} must be a product or quotient of factors, e.g. c*d*d/s"
        for name in re.split(r"[*/]", side):
            if not name.isdigit() and name not in shape.factors:
                return f"formula {side!r} has no factor {name!r}"
    if min(shape.factors.values(), default=1) < 1:
        return "factors must be 1 or more"
    return ""


def sides(shape: Shape) -> tuple[Fraction, ...]:
    """What the stated factors give."""
    return tuple(_value(side, shape) for side in shape.formula)


def differs(shape: Shape) -> str:
    """The contradiction in a sentence; empty where the printed shape follows."""
    found = sides(shape)
    if found == shape.printed:
        return ""
    factors = ", ".join(f"{name} = {value}" for name, value in shape.factors.items())
    formula = " x ".join(shape.formula)
    return (
        f"{shape.said}: printed {' x '.join(map(str, shape.printed))}, but {formula} with {factors} gives "
        f"{' x '.join(map(str, found))}"
    )


def _value(formula: str, shape: Shape) -> Fraction:
    """Left to right, as products and quotients are read."""
    value = Fraction(1)
    for operator, name in re.findall(r"(^|[*/])(\w+)", formula):
        factor = int(name) if name.isdigit() else shape.factors[name]
        value = value / factor if operator == "/" else value * factor
    return value
