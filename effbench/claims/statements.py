"""Statements without a figure, beside the counts of ours that bear on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import pairwise

from effbench.claims.paper import Statement
from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.counting.operations import operations
from effbench.render.numbers import fixed

Values = dict[str, dict[str, Fraction]]
"""Model -> what -> percent."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What our counts say. Attributes: text: the values; holds: None where the statement names no limit."""

    text: str
    holds: bool | None


def counted(statement: Statement) -> Counted:
    """Counts of ours, in percent of each model.

    Raises:
        MissingExtra: a model has no formula, and torch is not installed.
    """
    values = _reductions(statement) if statement.against else _shares(statement)
    listed = "; ".join(f"{model}: {_listed(of_model)}" for model, of_model in values.items())
    size = f", {statement.size}²" if statement.size else ""
    return Counted(text=f"{listed} ({statement.convention}{size})", holds=_holds(statement, values))


def _shares(statement: Statement) -> Values:
    """Each part's share of the cost of each model."""
    found: Values = {}
    for model in statement.models:
        counts = operations(model, statement.size).counts
        whole = _total(statement, counts)
        parts = {name: _total(statement, _within(counts, at)) for name, at in statement.parts.items()}
        found[model] = {name: 100 * part / whole for name, part in parts.items()}
    return found


def _reductions(statement: Statement) -> Values:
    """How much less each model costs than its counterpart."""

    def cost(model: str) -> Fraction:
        return _total(statement, operations(model, statement.size).counts)

    pairs = zip(statement.models, statement.against, strict=True)
    return {model: {"reduction": 100 * (1 - cost(model) / cost(other))} for model, other in pairs}


def _holds(statement: Statement, values: Values) -> bool | None:
    firsts = [next(iter(parts.values())) for parts in values.values()]
    if statement.judged == "first":
        return all(first == max(parts.values()) for first, parts in zip(firsts, values.values(), strict=True))
    if statement.judged == "rising":
        return all(one < two for one, two in pairwise(firsts))
    return None


def _within(counts: OpCounts, patterns: tuple[str, ...]) -> OpCounts:
    """The operations of modules whose paths match."""
    return OpCounts({key: n for key, n in counts.items.items() if any(fnmatchcase(key[0], p) for p in patterns)})


def _total(statement: Statement, counts: OpCounts) -> Fraction:
    return Fraction(int(convention(statement.convention).total(counts)))


def _listed(parts: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} {fixed(float(percent), 3 if percent < 1 else 1)} %" for name, percent in parts.items())
