"""Rows, columns and notes of the tables of early exits. No NumPy: commands import this before they know what runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isinf
from typing import TYPE_CHECKING

from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, of

if TYPE_CHECKING:
    from effbench.counting.exits import Price
    from effbench.early_exit.evaluation import Evaluation
    from effbench.early_exit.outcome import Outcome
    from effbench.early_exit.policy import Policy
    from effbench.early_exit.promise import Guarantee
    from effbench.early_exit.trials import Trial
    from effbench.stats.confidence import Floats


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """What a policy does to the test images, or to those of one class.

    Attributes:
        data: the evaluation. name: how the thresholds were chosen.
        judged: what became of the images.
        promise: the guarantee under which the thresholds were chosen, if any.
        label: the class; None for all images.
    """

    data: Evaluation
    name: str
    policy: Policy
    judged: Outcome
    promise: Guarantee | None = None
    label: int | None = None

    @property
    def cost(self) -> Price:
        """Mean cost per image."""
        return self.judged.cost(self.data.prices.costs)

    @property
    def cost_interval(self) -> tuple[float, float]:
        """Bootstrap interval of the mean cost, over images."""
        return self.judged.cost_interval(self.data.prices.costs, seed=self.data.seed)

    @property
    def worst_case(self) -> Price:
        """Cost of the most expensive image."""
        return self.judged.worst_case(self.data.prices.costs)

    def shown(self, cost: Price) -> str:
        """A cost in the unit of the prices."""
        return shown_cost(cost, self.data.prices.unit, self.data.prices.convention)

    def plain(self) -> Mapping[str, object]:
        """Exact values; ``cost_total`` is that of all images. A class comes first, a guarantee last."""
        judged, prices = self.judged, self.data.prices
        accuracy_low, accuracy_high = judged.accuracy_interval()
        cost_low, cost_high = self.cost_interval
        promise = self.promise
        return {
            **({} if self.label is None else {"class": self.label}),
            "model": prices.model,
            "policy": self.name,
            "score": self.policy.score,
            "thresholds": self.policy.written,
            "temperatures": self.policy.temperatures,
            "images": judged.images,
            "left": judged.left,
            "correct": judged.correct,
            "accuracy": judged.accuracy,
            "accuracy_low": accuracy_low,
            "accuracy_high": accuracy_high,
            "cost": float(self.cost),
            "cost_low": cost_low,
            "cost_high": cost_high,
            "cost_total": judged.total_cost(prices.costs),
            "worst_case": self.worst_case,
            "calibration_error": judged.calibration_error(),
            "unit": prices.unit,
            "convention": prices.convention,
            "source": prices.source,
            "by": prices.by,
            **({} if promise is None else promise.plain()),
        }


def policy_row(data: Evaluation, name: str, policy: Policy, promise: Guarantee | None = None) -> PolicyRow:
    """What a policy does to the test images."""
    return PolicyRow(data=data, name=name, policy=policy, judged=data.judged(policy), promise=promise)


def class_rows(row: PolicyRow) -> list[PolicyRow]:
    """The same for the images of each class that occurs.

    Raises:
        SpecError: the classes of the images are not known.
    """
    return [replace(row, judged=row.judged.of_class(c), label=c) for c in row.judged.classes()]


def policy_columns(by_class: bool) -> list[Column[PolicyRow]]:
    """One policy, or one class, per row."""
    first: list[Column[PolicyRow]] = (
        [of("class", lambda row: row.label, right=True), of("images", lambda row: row.judged.images, right=True)]
        if by_class
        else [of("policy", lambda row: row.name)]
    )
    return [
        *first,
        of("thresholds", lambda row: " ".join(map(_threshold, row.policy.written))),
        of("accuracy", lambda row: row.judged.accuracy, percent, right=True),
        of("95 %", lambda row: " to ".join(map(percent, row.judged.accuracy_interval())), right=True),
        of("mean cost", lambda row: row.shown(row.cost), right=True),
        of("95 %", lambda row: " to ".join(map(row.shown, row.cost_interval)), right=True),
        of("worst", lambda row: row.shown(row.worst_case), right=True),
        of("left at each exit", lambda row: " ".join(map(percent, row.judged.shares)), right=True),
        of("ECE", lambda row: row.judged.calibration_error(), lambda value: fixed(value, 4), right=True),
    ]


@dataclass(frozen=True, kw_only=True)
class TrialRow:
    """What a controller made of a stream of images.

    Attributes:
        images: of the stream. served: those that got a prediction before the battery was empty.
        accuracy: right predictions as a share of all images; accuracy_served: of those served, None if none was.
        cost, cost_easy, cost_hard: mean per image served in ``unit``; None over no images.
        charge_left: of the battery in the end, in ``unit``; None on the mains or where no image was served.
        convention: None where costs were measured.
    """

    model: str
    controller: str
    images: int
    served: int
    accuracy: float
    accuracy_served: float | None
    cost: float | None
    cost_easy: float | None
    cost_hard: float | None
    charge_left: float | None
    unit: str
    convention: str | None


def trial_row(data: Evaluation, trial: Trial) -> TrialRow:
    """The trial as a row."""
    trace, hard = trial.trace, trial.incoming.hard[: trial.trace.served]
    return TrialRow(
        model=data.prices.model,
        controller=trial.name,
        images=trace.images,
        served=trace.served,
        accuracy=trace.accuracy,
        accuracy_served=_mean(trace.right.astype(float)),
        cost=_mean(trace.cost),
        cost_easy=_mean(trace.cost[~hard]),
        cost_hard=_mean(trace.cost[hard]),
        charge_left=None if not trace.served or isinf(trace.charge[-1]) else float(trace.charge[-1]),
        unit=data.prices.unit,
        convention=data.prices.convention,
    )


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def trial_columns() -> list[Column[TrialRow]]:
    """One controller per row."""
    return [
        of("controller", lambda row: row.controller),
        of("served", lambda row: f"{row.served} of {row.images}", right=True),
        of("right, of all", lambda row: row.accuracy, percent, right=True),
        of("right, of served", lambda row: row.accuracy_served, percent, right=True),
        of("mean cost", lambda row: _cost(row, row.cost), right=True),
        of("of easy", lambda row: _cost(row, row.cost_easy), right=True),
        of("of hard", lambda row: _cost(row, row.cost_hard), right=True),
        of("charge left", lambda row: _cost(row, row.charge_left), right=True),
    ]


def percent(share: float) -> str:
    """``0.8125`` -> ``'81.3 %'``."""
    return f"{fixed(100 * share, 1)} %"


def _cost(row: TrialRow, value: Price | None) -> str | None:
    return None if value is None else shown_cost(value, row.unit, row.convention)


def shown_cost(value: Price, unit: str, convention: str | None) -> str:
    """Scaled where operations are counted, under a convention; four digits of what was measured."""
    return f"{float(value):.4g} {unit}" if convention is None else f"{scaled(float(value), 2)} {unit}s"


def _threshold(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
