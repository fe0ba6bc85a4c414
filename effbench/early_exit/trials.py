"""Trials of controllers on one stream of easy and hard images, against fixed thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from effbench.early_exit.control import BatteryLevel, BatteryPlan, Controller, Dial, Fixed, LatencyTarget, dial
from effbench.early_exit.evaluation import Evaluation
from effbench.early_exit.pareto import front, point
from effbench.early_exit.stream import Stream, Trace, simulate, stream
from effbench.early_exit.sweep import sweep
from effbench.errors import SpecError

Kind = Literal["battery", "latency"]

LONGEST = 1_000_000
"""Images in a stream."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One controller on one stream.

    Attributes:
        name: of the controller.
        trace: what happened. incoming: the images. capacity: charge at the start, in units of cost.
        thresholds: of every served image, one per early exit.
    """

    name: str
    trace: Trace
    incoming: Stream
    capacity: float
    thresholds: list[tuple[float, ...]]


def trials(data: Evaluation, kind: Kind, *, images: int, capacity: float, target: float | None) -> list[Trial]:
    """Fixed thresholds and controllers on the same stream of test images; the dial comes from the images that choose.

    Args:
        images: length of the stream.
        capacity: of the battery, as a share of what never exiting would take for the stream; unused for a latency.
        target: mean cost per image to hold, in units of cost; unused for a battery.

    Raises:
        SpecError: no target for a latency, a capacity outside (0, 1], or a stream that is too long or too short.
    """
    if images > LONGEST:
        raise SpecError(f"a stream has at most {LONGEST} images, got {images}")
    turned = _dial(data)
    incoming = stream(data.test, data.rule, images, data.seed)
    full = float(data.prices.costs[-1])
    if kind == "battery":
        if not 0 < capacity <= 1:
            raise SpecError(f"a battery's capacity is above 0 and at most 1, got {capacity:g}")
        charge, controllers = capacity * full * images, _battery(turned, capacity * full, full)
    else:
        if target is None or not target > 0:
            raise SpecError("a latency needs a target above 0, in the unit of the costs: --target")
        charge, controllers = inf, _latency(turned, target)
    return [_trial(data, name, incoming, turned, controller, charge) for name, controller in controllers.items()]


def _dial(data: Evaluation) -> Dial:
    """Never exiting, then the Pareto front from accurate to cheap."""
    swept, costs = sweep(data.choosing, data.rule), data.prices.costs
    return (point(swept, costs, 0), *dial(front(swept, costs)))


def _battery(turned: Dial, affordable: float, worst: float) -> dict[str, Controller]:
    costs = tuple(float(p.cost) for p in turned)
    within = next((i for i, cost in enumerate(costs) if cost <= affordable), len(costs) - 1)
    return {
        "never exits": Fixed(at=0),
        "fixed thresholds": Fixed(at=within),
        "by battery level": BatteryLevel(positions=len(turned)),
        "by charge per image left": BatteryPlan(costs=costs, worst=worst),
    }


def _latency(turned: Dial, target: float) -> dict[str, Controller]:
    within = next((i for i, p in enumerate(turned) if p.cost <= target), len(turned) - 1)
    return {
        "never exits": Fixed(at=0),
        "fixed thresholds": Fixed(at=within),
        "by recent cost": LatencyTarget(positions=len(turned), target=target),
    }


def _trial(data: Evaluation, name: str, incoming: Stream, turned: Dial, controller: Controller, charge: float) -> Trial:
    trace = simulate(data.test, data.rule, incoming, data.prices.costs, turned, controller, charge)
    thresholds = [turned[at].thresholds for at in trace.position.tolist()]
    return Trial(name=name, trace=trace, incoming=incoming, capacity=charge, thresholds=thresholds)
