"""Early exits of one network on stored predictions: thresholds chosen, judged on other images, and priced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from effbench import __version__
from effbench.cost.convention import convention
from effbench.counting.exits import Price, exit_costs, exit_counts, require_costs
from effbench.early_exit import guarantee as promise
from effbench.early_exit import pareto, temperature
from effbench.early_exit.outcome import Outcome, outcome
from effbench.early_exit.policy import Policy, never, threshold
from effbench.early_exit.prediction_file import load
from effbench.early_exit.predictions import Predictions, require_apart, require_labels, split
from effbench.early_exit.sweep import sweep
from effbench.errors import EffbenchError, SpecError
from effbench.models.registry import resolve
from effbench.stats.confidence import Score, score
from effbench.stats.printed import parse_figure
from effbench.training.loop.folder import RESULT, predictions_of, stored_result


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What an image costs that leaves at each exit, cumulative, and how we know.

    Attributes:
        model: name of the network.
        costs: per exit. unit: ``"MAC"``, ``"FLOP"``, or of a measured cost, ``"s"`` or ``"J"``.
        source: ``analytic`` or ``measured``. by: what made them.
        classes: of the network; None for measured costs.
        convention: under which operations were priced; None for measured costs.
        score_work: kind -> operations of all scores of an image that passes every early exit; None if measured.
    """

    model: str
    costs: tuple[Price, ...]
    unit: str
    source: Literal["analytic", "measured"]
    by: str
    classes: int | None = None
    convention: str | None = None
    score_work: dict[str, int] | None = None


def counted_prices(name: str, size: int | None, convention_name: str, rule: Score) -> Prices:
    """Prices by formula: heads, resizing and scores of all exits passed, under the convention.

    Raises:
        EffbenchError: no such model or convention, or a model with one exit.
    """
    model, chosen = resolve(name).at_size(size), convention(convention_name)
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


@dataclass(frozen=True, kw_only=True)
class Study:
    """Images to judge on, and images to choose with.

    Attributes:
        test: images every figure is of.
        choosing: images that thresholds and temperatures are chosen on; the test images where there are no others.
        apart: whether those are other images.
        rule: the score. prices: of the exits. seed: of every draw.
    """

    test: Predictions
    choosing: Predictions
    apart: bool
    rule: Score
    prices: Prices
    seed: int

    def judged(self, policy: Policy) -> Outcome:
        """What the policy does to the test images."""
        return outcome(self.test, policy)


class Kept(NamedTuple):
    """What a training run keeps for this command; ``calibration`` is None where the recipe held no images out."""

    model: str
    size: int
    test: Path
    calibration: Path | None


def kept(folder: Path) -> Kept:
    """The model and the predictions of a finished run of ``effbench train``.

    Raises:
        EffbenchError: no such run, or one that failed or has no exits.
    """
    found = stored_result(folder)
    if found is None:
        raise EffbenchError(f"{folder} holds no finished run of effbench train: no {RESULT}")
    if not found.exits:
        raise EffbenchError(f"the run in {folder} has no exits: {found.reason or 'it is no classifier'}")
    calibration = predictions_of(folder, "calibration")
    return Kept(
        model=found.model,
        size=int(found.recipe["data"]["size"]),
        test=predictions_of(folder, "test"),
        calibration=calibration if calibration.is_file() else None,
    )


def study(
    path: Path,
    prices: Prices,
    policy: str,
    *,
    calibrate_on: Path | None = None,
    calibrate_share: float | None = None,
    seed: int = 0,
) -> Study:
    """Read predictions and keep those that choose thresholds apart from those that judge them.

    Raises:
        EffbenchError: unreadable files, images in both, or predictions that do not fit the network.
    """
    if seed < 0:
        raise SpecError(f"a seed is 0 or more, got {seed}")
    read = load(path)
    for what, here, there in (("exits", read.exits, len(prices.costs)), ("classes", read.classes, prices.classes)):
        if None not in (here, there) and here != there:
            raise SpecError(f"{path} has {here} {what}, {prices.model} has {there}")
    if calibrate_on is not None:
        choosing, test = load(calibrate_on), read
        require_apart(choosing, test)
    elif calibrate_share is not None:
        choosing, test = split(read, calibrate_share, seed)
        require_apart(choosing, test)
    else:
        choosing = test = read
    apart = choosing is not test
    return Study(test=test, choosing=choosing, apart=apart, rule=score(policy), prices=prices, seed=seed)


def given_policy(data: Study, words: Sequence[str]) -> Policy:
    """The thresholds a user typed, "never" and "always" among them."""
    thresholds = tuple(threshold(_number_or_word(word), data.rule.name) for word in words)
    policy = Policy(score=data.rule.name, thresholds=thresholds)
    policy.require_exits(data.test.exits)
    return policy


def _number_or_word(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def cheapest_policy(data: Study, accuracy: float, cooled: bool) -> Policy:
    """The cheapest thresholds that reach the accuracy on the images that choose."""
    given, temperatures = _cooled(data.choosing, data.choosing, cooled)
    found = pareto.cheapest(sweep(given, data.rule), data.prices.costs, accuracy)
    return Policy(score=data.rule.name, thresholds=found.thresholds, temperatures=temperatures)


def most_accurate_policy(data: Study, budget: str, cooled: bool) -> Policy:
    """The most accurate thresholds whose mean cost on the images that choose is within ``budget``, e.g. ``"1.2M"``."""
    given, temperatures = _cooled(data.choosing, data.choosing, cooled)
    limit = parse_figure(budget).value
    found = pareto.most_accurate(sweep(given, data.rule), data.prices.costs, limit)
    return Policy(score=data.rule.name, thresholds=found.thresholds, temperatures=temperatures)


def _cooled(fitted_on: Predictions, given: Predictions, wanted: bool) -> tuple[Predictions, tuple[float, ...]]:
    """``given`` with temperatures fitted on other (or the same) images, where they are wanted."""
    temperatures = temperature.fit(fitted_on) if wanted else ()
    return given.cooled(temperatures), temperatures


def guaranteed_policy(
    data: Study, *, max_loss: float, delta: float, method: promise.Method, cooled: bool
) -> tuple[Policy, promise.Guarantee]:
    """The cheapest thresholds of which the loss of accuracy is bounded; see ``early_exit.guarantee``.

    With several early exits, or temperatures, a random half of the images that choose settles these and the order of
    the tests; the other half tests. With one early exit and no temperature all of them test.

    Raises:
        SpecError: no images apart from the test images to choose with.
    """
    if not data.apart:
        raise SpecError("a guarantee needs images of its own: give --calibrate-on FILE or --calibrate-share F")
    if data.test.exits == 2 and not cooled:
        found = promise.one_exit(data.choosing, data.rule, max_loss=max_loss, delta=delta)
        return Policy(score=data.rule.name, thresholds=found.thresholds), found
    design, testing = split(data.choosing, 0.5, data.seed)
    testing, temperatures = _cooled(design, testing, cooled)
    design = design.cooled(temperatures)
    if data.test.exits == 2:
        found = promise.one_exit(testing, data.rule, max_loss=max_loss, delta=delta)
    else:
        vectors = promise.path(design, data.rule, data.prices.costs)
        found = promise.certify(
            testing, data.rule, vectors, data.prices.costs, max_loss=max_loss, delta=delta, method=method
        )
    return Policy(score=data.rule.name, thresholds=found.thresholds, temperatures=temperatures), found


def front_policies(data: Study, cooled: bool) -> list[Policy]:
    """The Pareto front on the images that choose, cheap to accurate."""
    given, temperatures = _cooled(data.choosing, data.choosing, cooled)
    points = pareto.front(sweep(given, data.rule), data.prices.costs)
    return [Policy(score=data.rule.name, thresholds=p.thresholds, temperatures=temperatures) for p in points]


def never_exits(data: Study) -> Policy:
    """Every image goes to the last exit."""
    return never(data.rule.name, data.test.exits)


def policy_row(data: Study, name: str, policy: Policy) -> dict[str, Any]:
    """What a policy does to the test images, as a row."""
    return outcome_row(data, name, policy, data.judged(policy))


def class_rows(data: Study, name: str, policy: Policy) -> list[dict[str, Any]]:
    """The same for the images of each class that is there."""
    judged = data.judged(policy)
    labels = require_labels(data.test, "a table by class").labels
    present = sorted(set(labels.tolist()))
    return [{"class": c, **outcome_row(data, name, policy, judged.of_class(c))} for c in present]


def outcome_row(data: Study, name: str, policy: Policy, judged: Outcome) -> dict[str, Any]:
    """A row of raw values; ``cost_total`` over all images is exact where costs are whole numbers."""
    costs = data.prices.costs
    low, high = judged.accuracy_interval()
    cost_low, cost_high = judged.cost_interval(costs, seed=data.seed)
    return {
        "model": data.prices.model,
        "policy": name,
        "score": policy.score,
        "thresholds": policy.as_document()["thresholds"],
        "temperatures": list(policy.temperatures),
        "images": judged.images,
        "left": list(judged.left),
        "correct": judged.correct,
        "accuracy": judged.accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
        "cost": float(judged.cost(costs)),
        "cost_low": cost_low,
        "cost_high": cost_high,
        "cost_total": sum(n * c for n, c in zip(judged.left, costs, strict=True)),
        "worst_case": judged.worst_case(costs),
        "calibration_error": judged.calibration_error(),
        "unit": data.prices.unit,
        "convention": data.prices.convention,
        "source": data.prices.source,
        "by": data.prices.by,
    }
