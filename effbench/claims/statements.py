"""Statements without a figure, beside the counts of ours that bear on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from effbench.claims.paper import Statement
from effbench.claims.readings import ALL, within
from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.cost.memory import parameter_bytes, peak_activation_bytes
from effbench.counting.operations import operations
from effbench.render.numbers import fixed

Values = dict[str, dict[str, Fraction]]
"""Model, or model against its counterpart -> what -> percent, or a value in M."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What our counts say. Attributes: text: the values; holds: None where the statement names no limit."""

    text: str
    holds: bool | None


def counted(statement: Statement) -> Counted:
    """Counts of ours: shares or reductions in percent, or values.

    Raises:
        MissingExtra: a model has no formula, and torch is not installed.
    """
    values = _reductions(statement) if statement.against else _shares(statement)
    unit = _unit(statement)
    listed = "; ".join(f"{model}: {_listed(of_model, unit)}" for model, of_model in values.items())
    size = f", {statement.size}²" if statement.size else ""
    return Counted(text=f"{listed} ({_under(statement)}{size})", holds=_holds(statement, values))


def _shares(statement: Statement) -> Values:
    """Each part's share of the cost of each model; of another quantity, each model's value in M."""
    found: Values = {}
    for model in statement.models:
        if statement.quantity != "flops":
            found[model] = {statement.quantity: _whole(statement, model) / 10**6}
            continue
        counts = operations(model, statement.size).counts
        parts = {name: _total(statement, within(counts, at)) for name, at in statement.parts.items()}
        found[model] = {name: 100 * part / _total(statement, counts) for name, part in parts.items()}
        for of, at in statement.whole.items():
            whole = _total(statement, within(counts, at))
            found[model] |= {f"{name} against {of}": 100 * part / whole for name, part in parts.items()}
    return found


def _reductions(statement: Statement) -> Values:
    """How much less each model, or each part of it, costs than its counterpart."""
    found: Values = {}
    for model, other in zip(statement.models, statement.against, strict=True):
        one, two = _costs(statement, model), _costs(statement, other)
        found[f"{model} against {other}"] = {name: 100 * (1 - cost / two[name]) for name, cost in one.items()}
    return found


def _costs(statement: Statement, model: str) -> dict[str, Fraction]:
    if not statement.parts:
        return {"reduction": _whole(statement, model)}
    counts = operations(model, statement.size).counts
    return {f"reduction of {name}": _total(statement, within(counts, at)) for name, at in statement.parts.items()}


def _whole(statement: Statement, model: str) -> Fraction:
    counts = operations(model, statement.size).counts
    if statement.quantity == "params":
        return Fraction(int(counts.params))
    if statement.quantity == "memory":
        return Fraction(parameter_bytes(counts) + peak_activation_bytes(counts))
    return _total(statement, counts)


def _holds(statement: Statement, values: Values) -> bool | None:
    if statement.judged == "first":
        return all(_first(parts) == max(parts.values()) for parts in values.values())
    if statement.judged == "rising":
        return all(one < two for one, two in pairwise(map(_first, values.values())))
    if statement.judged == "reduced":
        return all(value > 0 for parts in values.values() for value in parts.values())
    return None


def _first(parts: Mapping[str, Fraction]) -> Fraction:
    return next(iter(parts.values()))


def _total(statement: Statement, counts: OpCounts) -> Fraction:
    return Fraction(int(convention(statement.convention).total(counts)))


def _under(statement: Statement) -> str:
    """How the values were counted."""
    shares = statement.quantity == "flops" and not statement.against
    how = {"params": ALL, "memory": "fp32 weights and largest activations, one image"}
    under = how.get(statement.quantity, statement.convention)
    return (
        f"shares of the whole model{' where nothing else is said' if statement.whole else ''}, {under}"
        if shares
        else under
    )


def _unit(statement: Statement) -> str:
    return "%" if statement.against or statement.quantity == "flops" else "M"


def _listed(parts: Mapping[str, Fraction], unit: str) -> str:
    return ", ".join(
        f"{name} {fixed(float(value), 3 if abs(value) < 1 else 1)} {unit}" for name, value in parts.items()
    )
