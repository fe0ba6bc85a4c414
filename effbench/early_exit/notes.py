"""Sentences below the tables of early exits: what a cost is, how thresholds were chosen, what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effbench.cost.convention import convention
from effbench.render.numbers import scaled

if TYPE_CHECKING:
    from effbench.early_exit.evaluation import Evaluation
    from effbench.early_exit.prices import Prices
    from effbench.early_exit.promise import Guarantee
    from effbench.stats.scores import Score


def price_notes(prices: Prices) -> list[str]:
    """What the exits cost, and under which convention."""
    if prices.convention is None:
        return [
            f"Costs as given, cumulative up to each exit: {', '.join(f'{c:g} {prices.unit}' for c in prices.costs)}."
        ]
    found = convention(prices.convention)
    work = ", ".join(f"{n} {kind}" for kind, n in prices.score_work.items())
    worth = sum(found.price.get(kind, 0) * n for kind, n in prices.score_work.items())
    return [
        f"{found.name} [{found.unit}]: {found.doc}. Source: {found.source}.",
        f"Cost up to each exit, heads and resizing of all exits passed included: "
        f"{', '.join(f'{scaled(int(c))} {prices.unit}s' for c in prices.costs)}. "
        f"Scores of all early exits: {work}; worth {worth} under {found.name}.",
    ]


def rule_note(rule: Score) -> str:
    """On which side of the threshold images leave."""
    return f"Leave when {rule.name} is {'below' if rule.leaves_below else 'at or above'} the threshold."


def interval_note(bins: int) -> str:
    """How intervals were made, and in how many bins the calibration error."""
    return f"Intervals: Wilson for accuracy, bootstrap over images for cost. ECE: calibration error in {bins} bins."


def chosen_note(data: Evaluation) -> str:
    """Which images the thresholds were chosen on."""
    if data.apart:
        return f"Thresholds were chosen on {data.choosing.images} other images."
    return "Thresholds were chosen on the images shown, which flatters them: see --calibrate-on and --calibrate-share."


def promise_notes(found: Guarantee | None) -> list[str]:
    """What a guarantee promises; nothing without one."""
    if found is None:
        return []
    if not found.passed:
        return [
            f"Guarantee: no thresholds passed on {found.images} images, so images never leave early. More calibration "
            f"images, or a larger --max-loss, are needed."
        ]
    return [
        f"Guarantee: with confidence {1 - found.delta:g}, accuracy is at most {found.max_loss:g} below never exiting, "
        f"on images like those of the calibration. {found.images} of them tested the thresholds, {found.passed} of "
        f"{found.tested} passed ({found.method}, exact binomial tail); the chosen ones harmed {found.harmed} images."
    ]
