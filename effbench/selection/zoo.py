"""The most accurate of timm's networks within budgets: published top-1 beside exact counts and predicted speed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from effbench.cost.memory import BYTES
from effbench.errors import EffbenchError
from effbench.models.shipped import Network, Timeable, shipped
from effbench.prediction.published import published
from effbench.prediction.setting import HERE, Setting, resolve
from effbench.selection.accuracy import Accuracy, accuracies
from effbench.selection.budget import Budget
from effbench.selection.finalists import Here, chosen, pace, times

if TYPE_CHECKING:
    from effbench.prediction.predicting import Prediction

SORTS = ("top1", "macs", "params", "speed")
NEAREST = 3
"""Networks that are named where none meets the budgets."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A network of timm.

    Attributes:
        size: image side, pixels, of its top-1. top1, top5: published shares, 0 to 1.
        macs: multiply-accumulates of one image, counted. params: parameters, counted. memory: bytes of them in fp32.
        machine, batch: what the speed is of. images_per_s: predicted, with its 90 % interval.
        measured: images per second as timm published them, or as measured on this machine.
        excess: how far it is above the budget that it misses most, as a ratio; at most 1 if it meets all.
    """

    model: str
    size: int
    top1: float
    top5: float
    macs: int
    params: int
    memory: int
    machine: str | None = None
    batch: int | None = None
    images_per_s: float | None = None
    low: float | None = None
    high: float | None = None
    measured: float | None = None
    excess: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Search:
    """What came of a search.

    Attributes:
        rows: networks that meet the budgets, sorted; all of them. nearest: where there are none, what comes nearest.
        uncounted: published models that the shipped list of counts lacks.
        busy: wall over processor time while finalists were timed; None if none was. pace: as that of ``finalists``.
    """

    rows: Sequence[Found]
    nearest: Sequence[Found]
    uncounted: Sequence[str]
    busy: float | None = None
    pace: float | None = None


def search(budget: Budget, machine: str | None = None, sort: str = "top1", here: Here | None = None) -> Search:
    """The networks of timm's published accuracies that meet the budgets.

    Args:
        machine: name of a published setting, or ``here``; None where no time is asked for.
        sort: one of SORTS: the most accurate, cheapest, smallest or fastest first. here: how this machine is asked.

    Raises:
        EffbenchError: an unknown machine, none for a budget of time, a latency of one that was timed in batches, or
            this machine without a calibration.
    """
    if sort == "speed" and machine is None:
        raise EffbenchError("--sort speed needs --machine")
    asked = here or Here()
    speed_of = _here(budget, asked) if machine == HERE else _published(_setting(budget, machine))
    found: list[tuple[Found, Accuracy, Network]] = []
    uncounted = []
    for one in accuracies():
        network = shipped().find(one.model, one.size)
        if network is None:
            uncounted.append(one.model)
        elif budget.top1 is None or one.top1 >= budget.top1:
            found.append((_found(one, network, budget), one, network))
    # a prediction takes far longer than the other budgets: it is made where it can matter
    priced = [_with_speed(*one, budget, speed_of) for one in found if one[0].excess <= 1]
    in_order = sorted(priced, key=lambda row: _rank(row, sort))
    rows = [row for row in in_order if row.excess <= 1]
    every = [] if rows else [_with_speed(*one, budget, speed_of) for one in found]
    near = sorted(every, key=lambda row: row.excess)[:NEAREST]
    if machine != HERE or not asked.count:
        return Search(rows=rows, nearest=near, uncounted=uncounted)
    first, busy = _timed(chosen(in_order, budget, asked.count) or near, budget, asked)
    drift = pace((row.images_per_s, row.measured or 0.0) for row in first)
    if drift:
        in_order = [_at_pace(row, budget, drift) for row in in_order]
        rows = [row for row in in_order if row.excess <= 1]
        again, more = _timed(chosen(in_order, budget, asked.count), budget, asked)
        busy = max(busy, more)
        timed = {row.model for row in again}
        first = [*again, *(row for row in first if row.model not in timed)]
    kept = sorted((row for row in first if row.excess <= 1), key=lambda row: _rank(row, sort))
    late = [row for row in first if row.excess > 1]
    timed = {row.model for row in first}
    rest = [row for row in rows if row.model not in timed]
    return Search(rows=[*kept, *rest], nearest=late, uncounted=uncounted, busy=busy, pace=drift)


def _at_pace(row: Found, budget: Budget, drift: float) -> Found:
    """Judged by its predicted speed on a machine that is so many times as fast."""
    return replace(row, excess=budget.excess(row, [drift * (row.images_per_s or 0.0)]))


def _timed(rows: Sequence[Found], budget: Budget, here: Here) -> tuple[list[Found], float]:
    """The same rows with what the clock said, and its judgement."""
    clock = times([here.job(f"timm/{row.model}", row.size) for row in rows], here)
    judged = [
        replace(row, measured=rate, excess=budget.excess(row, [rate]))
        for row, rate in zip(rows, clock.rates, strict=True)
    ]
    return judged, clock.busy


def _setting(budget: Budget, machine: str | None) -> Setting | None:
    if machine is None:
        if budget.asks_for_time:
            raise EffbenchError("a budget of time needs --machine: a published setting, e.g. rtx3090, or here")
        return None
    setting = resolve(machine, published().settings)
    batch = published().usual_batch(setting)
    if budget.latency is not None and batch != 1:
        raise EffbenchError(
            f"{setting.name} was timed in batches of {batch}, which says nothing of the latency of one image: "
            f"use --min-throughput, a CPU's setting, or --machine {HERE}"
        )
    return setting


SpeedOf = Callable[[Accuracy, Network], "Prediction | None"]
"""A line of accuracies and its network -> its speed; None where no machine is asked for."""


def _published(setting: Setting | None) -> SpeedOf:
    if setting is None:
        return lambda one, network: None
    from effbench.prediction.predicting import shipped_speed

    return lambda one, network: shipped_speed(network, setting, one.model)


def _here(budget: Budget, here: Here) -> SpeedOf:
    """This machine, as it was calibrated."""
    from effbench.prediction.here import machine

    here.require()
    if budget.latency is not None and here.batch != 1:
        raise EffbenchError("--max-latency is that of one image: leave --batch out, or use --min-throughput")
    known = machine(here.threads, here.clock)
    return lambda one, network: known.predict(Timeable(one.model, one.size, network.terms, network), here.batch)


def _found(one: Accuracy, network: Network, budget: Budget) -> Found:
    """The network without its speed."""
    macs, params = network.macs, network.params
    row = Found(
        model=one.model,
        size=one.size,
        top1=one.top1,
        top5=one.top5,
        macs=macs,
        params=params,
        memory=params * BYTES["fp32"],
    )
    return replace(row, excess=budget.excess(row))


def _with_speed(row: Found, one: Accuracy, network: Network, budget: Budget, speed_of: SpeedOf) -> Found:
    speed = speed_of(one, network)
    if speed is None:
        return row
    rates = [speed.images_per_s, *([speed.published] if speed.published else [])]
    return replace(
        row,
        machine=speed.machine,
        batch=speed.batch,
        images_per_s=speed.images_per_s,
        low=speed.low,
        high=speed.high,
        measured=speed.published,
        excess=budget.excess(row, rates),
    )


def _rank(row: Found, sort: str) -> tuple[float, float]:
    first = {"top1": -row.top1, "macs": row.macs, "params": row.params, "speed": -(row.images_per_s or 0)}[sort]
    return float(first), -row.top1
