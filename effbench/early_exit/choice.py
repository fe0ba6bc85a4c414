"""Policies: as a user typed them, or chosen on images of their own by accuracy, budget, guarantee or front."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from effbench.counting.exits import Price
from effbench.early_exit import guarantee, pareto, temperature
from effbench.early_exit.evaluation import Evaluation
from effbench.early_exit.policy import Policy, never, threshold
from effbench.early_exit.predictions import Predictions, split
from effbench.early_exit.promise import METHODS, Guarantee, Method
from effbench.early_exit.sweep import Sweep, sweep
from effbench.errors import SpecError
from effbench.stats.printed import parse_figure


def given_policy(data: Evaluation, words: Sequence[str]) -> Policy:
    """The thresholds a user typed, "never" and "always" among them."""
    policy = Policy(
        score=data.rule.name, thresholds=tuple(threshold(_number_or_word(word), data.rule.name) for word in words)
    )
    policy.require_exits(data.test.exits)
    return policy


def _number_or_word(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def never_exits(data: Evaluation) -> Policy:
    """The policy under which every image goes to the last exit."""
    return never(data.rule.name, data.test.exits)


def cheapest_policy(data: Evaluation, accuracy: float, cooled: bool) -> Policy:
    """The cheapest thresholds that reach the accuracy, 0 to 1, on the images that choose."""
    return _chosen(data, cooled, lambda swept, costs: [pareto.cheapest(swept, costs, accuracy)])[0]


def most_accurate_policy(data: Evaluation, budget: str, cooled: bool) -> Policy:
    """The most accurate thresholds whose mean cost on the images that choose is within ``budget``, e.g. ``"1.2M"``."""
    limit = parse_figure(budget).value
    return _chosen(data, cooled, lambda swept, costs: [pareto.most_accurate(swept, costs, limit)])[0]


def front_policies(data: Evaluation, cooled: bool) -> list[Policy]:
    """The Pareto front on the images that choose, cheap to accurate."""
    return _chosen(data, cooled, pareto.front)


def _chosen(
    data: Evaluation, cooled: bool, pick: Callable[[Sweep, Sequence[Price]], Sequence[pareto.Point]]
) -> list[Policy]:
    """Policies of the points picked from a sweep over the images that choose."""
    given, temperatures = _cooled(data.choosing, data.choosing, cooled)
    points = pick(sweep(given, data.rule), data.prices.costs)
    return [Policy(score=data.rule.name, thresholds=p.thresholds, temperatures=temperatures) for p in points]


def _cooled(fitted_on: Predictions, given: Predictions, wanted: bool) -> tuple[Predictions, tuple[float, ...]]:
    """``given`` with temperatures fitted on other (or the same) images, where they are wanted."""
    temperatures = temperature.fit(fitted_on) if wanted else ()
    return given.cooled(temperatures), temperatures


def guaranteed_policy(
    data: Evaluation, *, max_loss: float, delta: float, method: Method, cooled: bool
) -> tuple[Policy, Guarantee]:
    """The cheapest thresholds whose loss of accuracy is bounded; see ``early_exit.guarantee``.

    With several early exits, or temperatures, a random half of the images that choose settles these and the order of
    the tests; the other half tests. With one early exit and no temperature all of them test.

    Raises:
        SpecError: no images apart from the test images to choose with, or a method without effect.
    """
    if not data.apart:
        raise SpecError("a guarantee needs images of its own: give --calibrate-on FILE or --calibrate-share F")
    one_exit = data.test.exits == 2
    if one_exit and method != METHODS[0]:
        raise SpecError(f"--method {method} has no effect with one early exit, whose thresholds have an order")
    design = testing = data.choosing
    if not one_exit or cooled:
        design, testing = split(data.choosing, 0.5, data.seed)
    testing, temperatures = _cooled(design, testing, cooled)
    if one_exit:
        found = guarantee.one_exit(testing, data.rule, max_loss=max_loss, delta=delta)
    else:
        costs = data.prices.costs
        vectors = guarantee.path(design.cooled(temperatures), data.rule, costs)
        found = guarantee.certify(testing, data.rule, vectors, costs, max_loss=max_loss, delta=delta, method=method)
    return Policy(score=data.rule.name, thresholds=found.thresholds, temperatures=temperatures), found
