"""Statements without a figure, beside counts of ours that bear on them; ``words.toml`` says which."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.counting.operations import operations
from effbench.render.numbers import fixed


@dataclass(frozen=True, kw_only=True)
class Words:
    """A statement and what to count for it; fields as in ``words.toml``."""

    paper: str
    claim: str
    models: tuple[str, ...]
    convention: str
    against: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judged: str = ""
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What our counts say. Attributes: text: the values; holds: None where the statement names no limit."""

    text: str
    holds: bool | None


@cache
def statements() -> tuple[Words, ...]:
    """Every statement that our counts bear on."""
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return tuple(_words(entry) for entry in tomllib.loads(text)["words"])


def told(words: Words) -> Told:
    """Counts of ours, in percent of each model.

    Raises:
        MissingExtra: a model has no formula, and torch is not installed.
    """
    values = _reductions(words) if words.against else _shares(words)
    said = "; ".join(f"{model}: {_listed(of_model)}" for model, of_model in values.items())
    return Told(
        text=f"{said} ({words.convention}{f', {words.size}²' if words.size else ''})", holds=_holds(words, values)
    )


Values = dict[str, dict[str, Fraction]]
"""Model -> what -> percent."""


def _shares(words: Words) -> Values:
    """Of each part in the cost of each model."""
    found: Values = {}
    for model in words.models:
        counts = operations(model, words.size).counts
        whole = _total(words, counts)
        found[model] = {name: 100 * _total(words, _within(counts, at)) / whole for name, at in words.parts.items()}
    return found


def _reductions(words: Words) -> Values:
    """Of each model against its counterpart."""
    totals = [
        (
            model,
            _total(words, operations(model, words.size).counts),
            _total(words, operations(other, words.size).counts),
        )
        for model, other in zip(words.models, words.against, strict=True)
    ]
    return {model: {"reduction": 100 * (1 - one / other)} for model, one, other in totals}


def _holds(words: Words, values: Values) -> bool | None:
    if words.judged == "first":
        return all(next(iter(parts.values())) == max(parts.values()) for parts in values.values())
    if words.judged == "rising":
        rising = [next(iter(parts.values())) for parts in values.values()]
        return all(one < two for one, two in pairwise(rising))
    return None


def _within(counts: OpCounts, patterns: tuple[str, ...]) -> OpCounts:
    """The operations of modules whose paths match."""
    return OpCounts({key: n for key, n in counts.items.items() if any(fnmatchcase(key[0], p) for p in patterns)})


def _total(words: Words, counts: OpCounts) -> Fraction:
    return Fraction(int(convention(words.convention).total(counts)))


def _listed(parts: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} {fixed(float(percent), 3 if percent < 1 else 1)} %" for name, percent in parts.items())


def _words(entry: Mapping[str, Any]) -> Words:
    data = dict(entry)
    for name in ("models", "against"):
        data[name] = tuple(data.get(name, ()))
    parts: Mapping[str, list[str]] = data.get("parts", {})
    data["parts"] = {name: tuple(patterns) for name, patterns in parts.items()}
    return Words(**data)
