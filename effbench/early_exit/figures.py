"""Figures of early exits, from a study or from trials of run-time control."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.early_exit.curve import curve
from effbench.early_exit.curves import Labels, Line, front_curve, share_curve, stream_figure, threshold_curve
from effbench.early_exit.policy import Policy
from effbench.early_exit.stream_study import Kind, Trial
from effbench.early_exit.study import Study, front_policies, never_exits

Figures = dict[str, dict[str, bytes]]
"""File name without suffix -> suffix -> content."""

MEMORY = 50
"""Images in the running mean of a stream's cost."""


def study_figures(data: Study, chosen: Policy | None) -> Figures:
    """The threshold figure, the exit shares, and the front, all of the test images."""
    costs = data.prices.costs
    unit = data.prices.unit if data.prices.convention is None else f"{data.prices.unit}s ({data.prices.convention})"
    labels = Labels(title=f"{data.prices.model}, {data.test.images} images", score=data.rule.name, unit=unit)
    common = curve(data.test, data.rule)
    thresholds = common.thresholds.tolist()
    points = [data.judged(policy) for policy in front_policies(data, bool(chosen and chosen.temperatures))]
    never, judged = data.judged(never_exits(data)), None if chosen is None else data.judged(chosen)
    return {
        f"exits_{data.rule.name}_threshold": threshold_curve(
            thresholds, common.accuracy().tolist(), common.mean_cost(costs).tolist(), labels
        ),
        f"exits_{data.rule.name}_shares": share_curve(thresholds, common.shares().T.tolist(), labels),
        f"exits_{data.rule.name}_front": front_curve(
            [float(p.cost(costs)) for p in points],
            [p.accuracy for p in points],
            (float(never.cost(costs)), never.accuracy),
            None if judged is None else (float(judged.cost(costs)), judged.accuracy),
            labels,
        ),
    }


def stream_figures(data: Study, kind: Kind, found: Sequence[Trial], target: float | None) -> Figures:
    """What every controller did, image by image."""
    lines = [Line(name=t.name, upper=_upper(kind, t), threshold=[v[0] for v in t.thresholds]) for t in found]
    unit = data.prices.unit
    upper = "charge left, %" if kind == "battery" else f"cost, mean of {MEMORY} images, {unit}"
    labels = Labels(title=f"{data.prices.model}: {kind}", score=data.rule.name, unit=unit)
    hard = found[0].incoming.hard.tolist()
    return {f"exits_{data.rule.name}_{kind}": stream_figure(lines, hard, upper, target, labels)}


def _upper(kind: Kind, trial: Trial) -> list[float]:
    if kind == "battery":
        return [100 * charge / trial.capacity for charge in trial.trace.charge.tolist()]
    costs = trial.trace.cost.tolist()
    windows = (costs[max(i + 1 - MEMORY, 0) : i + 1] for i in range(len(costs)))
    return [sum(window) / len(window) for window in windows]
