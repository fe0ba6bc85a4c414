"""Every way our counts can be read against one printed figure: each convention, each image size that may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import partial
from math import inf

from effbench.claims.paper import Claim, Paper
from effbench.cost.convention import convention, conventions, conventions_of
from effbench.cost.counts import OpCounts
from effbench.cost.kinds import PARAM
from effbench.counting.operations import count_of, operations
from effbench.errors import MissingExtra, SpecError
from effbench.models.families.timm_zoo import unused_parameters
from effbench.models.inputs import Input, Side
from effbench.models.registry import resolve
from effbench.stats.printed import SCALES, Printed, match, parse_figure, printed

ALL, WITH_UNUSED = "all parameters", "with unused"

PARAMETER_SCOPES = {ALL: "macs", "without head": "ci2p"}
"""How parameters are totalled -> the convention whose scope that is."""

COUNTED_AS = {**PARAMETER_SCOPES, WITH_UNUSED: "macs"}
"""The same with the scope that only some systems have: what our counter sees of it is all parameters."""

DOCS = {
    ALL: "trained or frozen, the classification head among them",
    "without head": "parameters but for those of the classification head",
    WITH_UNUSED: "all parameters, and those that the authors' released code holds and never uses",
    "tokens": "tokens that enter the last norm of the network",
}
"""What is counted, where no convention says it."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Our value of a quantity under one way of counting, and whether it prints as the figure.

    Attributes:
        under: the convention; for parameters, the scope.
        size: image side in pixels.
        value: ours, exact.
        match: ``exact``, ``rounded``, ``truncated`` or ``off``.
    """

    under: str
    size: int
    value: int
    match: str

    @property
    def holds(self) -> bool:
        """Whether the printed digits come out."""
        return self.match != "off"

    def ratio(self, figure: Printed) -> float | None:
        """Ours over the printed figure; None where a float cannot hold it."""
        return _ratio(self.value, figure)


def _ratio(value: int, figure: Printed) -> float | None:
    try:
        return float(Fraction(value) / figure.value)
    except OverflowError:
        return None


def figure_of(claim: Claim) -> Printed:
    """The claim's digits and scale; percentages, factors and points as plain numbers."""
    return printed(claim.digits, claim.unit if claim.unit in SCALES else "")


def counts(model: str, size: int | None = None) -> OpCounts:
    """Operation counts of a registered model, by formula or counted from its network."""
    return operations(model, size).counts


def cost_readings(model: str, figure: Printed, sizes: Iterable[int]) -> list[Reading]:
    """The model's cost under every convention, against the figure."""
    return _readings(figure, sizes, {name: partial(total, model, name=name) for name in conventions()})


def params_readings(model: str, figure: Printed, sizes: Iterable[int]) -> list[Reading]:
    """The model's parameters, with and without the head, against the figure."""
    values: dict[str, Callable[[int], int]] = {
        scope: partial(params, model, name=name) for scope, name in PARAMETER_SCOPES.items()
    }
    if unused := unused_parameters(model):
        values[WITH_UNUSED] = lambda size: params(model, size, "macs") + unused
    return _readings(figure, sizes, values)


def token_readings(model: str, figure: Printed, sizes: Iterable[int]) -> list[Reading]:
    """Tokens that the last norm of the network sees, against the figure."""
    return _readings(figure, sizes, {"tokens": partial(tokens, model)})


READINGS: dict[str, Callable[[str, Printed, Iterable[int]], list[Reading]]] = {
    "flops": cost_readings,
    "params": params_readings,
    "tokens": token_readings,
}
"""Metric -> what reads it; a metric that is absent needs training or a clock."""


def total(model: str, size: int | None, name: str) -> int:
    """Cost of one image under the named convention."""
    return int(convention(name).total(counts(model, size)))


def total_of_part(model: str, size: int | None, name: str, part: tuple[str, ...]) -> int:
    """Cost of one image in the modules whose paths match a pattern; without patterns, of all."""
    found = counts(model, size)
    return int(convention(name).total(within(found, part) if part else found))


def within(found: OpCounts, patterns: tuple[str, ...]) -> OpCounts:
    """The operations of modules whose paths match a pattern."""
    return OpCounts({key: n for key, n in found.items.items() if any(fnmatchcase(key[0], p) for p in patterns)})


def params(model: str, size: int | None, name: str) -> int:
    """Parameters in the scope of the named convention."""
    return int(convention(name).in_scope(counts(model, size)).params)


def tokens(model: str, size: int | None) -> int:
    """Tokens that enter the final norm: its elements over its width (scale and shift hold two parameters a channel)."""
    items = counts(model, size).items
    if ("norm", "layer_norm_elem") not in items:
        raise SpecError(f"{model} has no norm that all tokens enter")
    return int(items["norm", "layer_norm_elem"]) // (int(items["norm", PARAM]) // 2)


def candidate_sizes(claim: Claim, paper: Paper) -> list[int]:
    """The stated size; where none is stated, every size the paper names and the model's usual one."""
    if claim.size is not None or claim.model is None:
        return [] if claim.size is None else [claim.size]
    return other_sizes(claim, paper)


def other_sizes(claim: Claim, paper: Paper) -> list[int]:
    """Every size the paper names, and the usual size of the claim's model."""
    named = {other.size for other in paper.claims if other.size is not None}
    return sorted(named | {resolve(claim.counted_model).spec.image_size})


def _readings(figure: Printed, sizes: Iterable[int], values: Mapping[str, Callable[[int], int]]) -> list[Reading]:
    found = []
    for size in sizes:
        for under, value_at in values.items():
            try:
                value = value_at(size)
            except (SpecError, MissingExtra):
                continue  # a size the model cannot have, or a network that cannot be counted here, is no reading
            found.append(Reading(under=under, size=size, value=value, match=match(value, figure)))
    return found


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One convention against a published figure.

    Attributes:
        value: ours, in ``unit``. match: ``exact``, ``rounded``, ``truncated`` or ``off``.
        ratio: ours over the figure; None where a float cannot hold it.
        size: image size, or the shapes of other inputs. published: the figure as given. doc: what the convention
            counts. uncounted: operators that have no price, and are in no value.
    """

    convention: str
    value: int
    match: str
    ratio: float | None
    unit: str
    model: str
    size: Side
    published: str
    doc: str
    uncounted: int


def explain(name: str, size: Side | None, value: str, inputs: Sequence[Input] = ()) -> list[Explanation]:
    """A published figure under every convention, those that give its digits first, then by distance.

    Args:
        name: registry name. size: image size, None for the model's own.
        value: the figure as printed, e.g. ``"14.492G"``.
        inputs: what the network is called with, in the place of one image.
    """
    parse_figure(value)  # before anything is counted
    found = count_of(resolve(name, size, inputs))
    return explain_counts(found.counts, name, found.size, value, len(found.uncounted))


def explain_counts(counted: OpCounts, name: str, size: Side, value: str, uncounted: int = 0) -> list[Explanation]:
    """A published figure against operations that were counted; ``uncounted``: operators that have no price."""
    figure = parse_figure(value)
    rows = [
        Explanation(
            convention=prices.name,
            value=(ours := int(prices.total(counted))),
            match=match(ours, figure),
            ratio=_ratio(ours, figure),
            unit=prices.unit,
            model=name,
            size=size,
            published=value,
            doc=prices.doc,
            uncounted=uncounted,
        )
        for prices in conventions_of(counted).values()
    ]
    order = ("exact", "rounded", "truncated", "off")
    return sorted(rows, key=lambda row: (order.index(row.match), abs((row.ratio or inf) - 1)))
