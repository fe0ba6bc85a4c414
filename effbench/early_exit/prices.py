"""What an image costs that leaves at each exit: counted by formula, or as a user measured it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from effbench import __version__
from effbench.cost.convention import convention
from effbench.counting.exits import Price, exit_costs, exit_counts, require_costs
from effbench.errors import SpecError
from effbench.models.registry import resolve
from effbench.stats.scores import Score


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The cumulative cost up to each exit, and where it comes from.

    Attributes:
        model: name of the network.
        costs: per exit. unit: ``"MAC"``, ``"FLOP"``, or of a measured cost e.g. ``"s"`` or ``"J"``.
        source: ``analytic`` or ``measured``. by: what made them.
        classes: of the network; None for measured costs.
        convention: under which operations were priced; None for measured costs.
        score_work: kind -> operations of all scores of an image that passes every early exit; empty if measured.
    """

    model: str
    costs: tuple[Price, ...]
    unit: str
    source: Literal["analytic", "measured"]
    by: str
    classes: int | None = None
    convention: str | None = None
    score_work: Mapping[str, int] = field(default_factory=dict)


def counted_prices(name: str, size: int | None, convention_name: str, rule: Score) -> Prices:
    """Prices by formula: heads, resizing and scores of all exits passed, under the convention.

    Raises:
        EffbenchError: no such model or convention, or a model with one exit.
    """
    model, chosen = resolve(name, size), convention(convention_name)
    branches, classes = model.branches(), model.spec.num_classes
    if len(branches) < 2:
        raise SpecError(f"{model.name} has one exit, at its end: there is nothing to choose")
    with_scores, without = (exit_counts(branches, classes, s)[-1].by_kind() for s in (rule.name, None))
    work = {kind: int(n - without.get(kind, 0)) for kind, n in with_scores.items() if n != without.get(kind, 0)}
    return Prices(
        model=model.name,
        costs=tuple(exit_costs(branches, chosen, classes, rule.name)),
        unit=chosen.unit,
        source="analytic",
        by=f"effbench {__version__}",
        classes=classes,
        convention=chosen.name,
        score_work=work,
    )


def given_prices(name: str, costs: Sequence[float], unit: str) -> Prices:
    """Prices a user measured, cumulative up to each exit."""
    require_costs(costs, len(costs))
    return Prices(model=name, costs=tuple(costs), unit=unit, source="measured", by="--cost-per-exit")
