"""Closed forms: the cost functions run on SymPy symbols, printed as text, LaTeX or Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effbench.cost.counts import OpCounts
from effbench.cost.shape import Expression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from effbench.cost.convention import Convention

STYLES = ("plain", "latex", "python")


def symbols(names: Iterable[str]) -> list[Expression]:
    """SymPy symbols for positive integers."""
    import sympy

    return [sympy.Symbol(name, positive=True, integer=True) for name in names]


def closed_form(counts: OpCounts, convention: Convention) -> Expression:
    """The total under ``convention`` as an expanded polynomial."""
    import sympy

    expanded: Expression = sympy.expand(convention.total(counts))
    return expanded


def rendered(expression: Expression, style: str, name: str, arguments: Iterable[str]) -> str:
    """The expression as ``plain`` text, ``latex``, or a ``python`` function of exact integers.

    Args:
        expression: what ``closed_form`` returned.
        style: one of ``STYLES``.
        name, arguments: of the Python function.
    """
    import sympy

    if style == "latex":
        return str(sympy.latex(expression))
    if style == "plain":
        return str(expression).replace("**", "^")
    top, bottom = sympy.fraction(sympy.together(expression))
    body = f"({sympy.expand(top)}) // {bottom}" if bottom != 1 else f"{top}"
    return f"def {name}({', '.join(arguments)}):\n    return {body}"
