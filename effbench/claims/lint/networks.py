"""Our values for the row of a table: costs and parameters at the image sizes that may be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from effbench.claims.readings import PARAMETER_SCOPES, counts, params
from effbench.cost.convention import conventions
from effbench.counting.atlas.shipped import Shipped, shipped
from effbench.errors import EffbenchError
from effbench.models.registry import entries, resolve

USUAL = 224
"""Image side that a table means where it states none and the network is not made for another."""


@dataclass(frozen=True)
class Values:
    """One network at one image side. Attributes: costs: convention -> cost; params: scope -> parameters."""

    side: int
    costs: Mapping[str, int]
    params: Mapping[str, int]
    uncounted: str = ""


@cache
def values(model: str, side: int | None) -> tuple[Values, ...]:
    """At the stated side; without one, at the network's own and at 224. Empty where it cannot be counted here."""
    if model in shipped():
        rows = [row for row in shipped()[model] if side is None or row.height == side]
        if rows:
            return tuple(_of_shipped(row) for row in rows)
    name = model if model.partition(":")[0] in entries() else f"timm/{model}"
    wanted = [side] if side is not None else dict.fromkeys((resolve_side(name), USUAL))
    return tuple(found for one in wanted if one is not None and (found := _counted(name, one)) is not None)


def resolve_side(name: str) -> int | None:
    """The image side of a registered network; None if there is no such network here."""
    try:
        return resolve(name).spec.image_size
    except EffbenchError:
        return None


def _of_shipped(row: Shipped) -> Values:
    return Values(row.height, row.costs(), row.params(), row.uncounted)


def _counted(name: str, side: int) -> Values | None:
    """By formula, or counted where PyTorch is installed."""
    try:
        found = counts(name, side)
        costs = {key: int(one.total(found)) for key, one in conventions().items()}
        return Values(side, costs, {scope: params(name, side, key) for scope, key in PARAMETER_SCOPES.items()})
    except EffbenchError:
        return None
