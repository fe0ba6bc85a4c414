"""Our values for the row of a table: costs and parameters at the image sizes that may be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from effbench.claims.readings import PARAMETER_SCOPES, counts, params
from effbench.cost.convention import conventions
from effbench.errors import EffbenchError
from effbench.models.families.timm_zoo import SYSTEMS, unused_parameters
from effbench.models.registry import entries, resolve
from effbench.models.shipped import USUAL, Network, shipped


@dataclass(frozen=True)
class Values:
    """One network at one image side. Attributes: costs: convention -> cost; params: scope -> parameters."""

    side: int
    costs: Mapping[str, int]
    params: Mapping[str, int]
    uncounted: str = ""


@cache
def values(model: str, side: int | None, others: tuple[int, ...] = ()) -> tuple[Values, ...]:
    """Our values for a network.

    Args:
        side: as stated; None for the network's own, 224, and ``others`` where they cost no counting.

    Returns:
        A value a side, the own one first; nothing where the network cannot be counted here.
    """
    if rows := _shipped(model, side, others):
        return tuple(_of_shipped(row) for row in rows)
    name = model if model.partition(":")[0] in entries() else f"timm/{model}"
    wanted = [side] if side is not None else [own_side(name), USUAL, *(others if _has_formula(name) else ())]
    found = (_counted(name, one) for one in dict.fromkeys(wanted) if one is not None)
    return tuple(one for one in found if one is not None)


def _has_formula(name: str) -> bool:
    try:
        return resolve(name).has_formula
    except EffbenchError:
        return False


def own_side(name: str) -> int | None:
    """The image side of a registered network; None if there is no such network here."""
    try:
        return resolve(name).spec.image_size
    except EffbenchError:
        return None


def _shipped(model: str, side: int | None, others: tuple[int, ...]) -> list[Network]:
    """The lines of the file at the sides that are meant."""
    own = shipped().find(model)
    if own is None:
        return []
    wanted = (own.size, USUAL, *others) if side is None else (side,)
    found = (own if one == own.size else shipped().find(model, one) for one in dict.fromkeys(wanted))
    return [one for one in found if one is not None]


def _of_shipped(row: Network) -> Values:
    return Values(row.size, row.costs, _with_unused(row.architecture, row.scopes), ";".join(row.uncounted))


def _with_unused(model: str, scopes: Mapping[str, int]) -> Mapping[str, int]:
    """The scopes, and one more for a system whose authors' code holds parameters that it never uses."""
    system = next((name for name, one in SYSTEMS.items() if model in (name, one.timm_name)), "")
    unused = unused_parameters(system)
    return {**scopes, "with unused": scopes["all parameters"] + unused} if unused else scopes


def _counted(name: str, side: int) -> Values | None:
    """By formula, or counted where PyTorch is installed."""
    try:
        found = counts(name, side)
        costs = {key: int(one.total(found)) for key, one in conventions().items()}
        scopes = {scope: params(name, side, key) for scope, key in PARAMETER_SCOPES.items()}
        return Values(side, costs, _with_unused(name.removeprefix("timm/"), scopes))
    except EffbenchError:
        return None
