"""The most accurate of timm's networks within budgets: published top-1 beside exact counts and predicted speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.cost.memory import BYTES
from effbench.errors import EffbenchError
from effbench.models.shipped import Network, shipped
from effbench.prediction.predicting import shipped_speed
from effbench.prediction.published import published
from effbench.prediction.setting import HERE, Setting, resolve
from effbench.selection.accuracy import Accuracy, accuracies
from effbench.selection.budget import Budget

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
    """

    rows: Sequence[Found]
    nearest: Sequence[Found]
    uncounted: Sequence[str]


def search(budget: Budget, machine: str | None = None, sort: str = "top1") -> Search:
    """The networks of timm's published accuracies that meet the budgets.

    Args:
        machine: name of a published setting; None where no time is asked for.
        sort: one of SORTS: the most accurate, cheapest, smallest or fastest first.

    Raises:
        EffbenchError: an unknown machine, none for a budget of time, or a latency of one that was timed in batches.
    """
    setting = _setting(budget, machine)
    if sort == "speed" and setting is None:
        raise EffbenchError("--sort speed needs --machine")
    found, uncounted = [], []
    for one in accuracies():
        network = shipped().find(one.model, one.size)
        if network is None:
            uncounted.append(one.model)
        elif budget.top1 is None or one.top1 >= budget.top1:
            found.append(_found(one, network, budget, setting))
    rows = [row for row in found if row.excess <= 1]
    near = sorted(found, key=lambda row: row.excess)[:NEAREST] if not rows else []
    return Search(rows=sorted(rows, key=lambda row: _rank(row, sort)), nearest=near, uncounted=uncounted)


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


def _found(one: Accuracy, network: Network, budget: Budget, setting: Setting | None) -> Found:
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
    excess = budget.excess(row)
    if setting is None or (excess > 1 and not budget.asks_for_time):
        return _with(row, excess=excess)
    speed = shipped_speed(network, setting, one.model)
    rates = [speed.images_per_s, *([speed.published] if speed.published else [])]
    return _with(
        row,
        machine=setting.name,
        batch=speed.batch,
        images_per_s=speed.images_per_s,
        low=speed.low,
        high=speed.high,
        measured=speed.published,
        excess=max(excess, budget.slowness(rates)),
    )


def _with(row: Found, **values: object) -> Found:
    from dataclasses import replace

    return replace(row, **values)  # type: ignore[arg-type]  # fields of the row


def _rank(row: Found, sort: str) -> tuple[float, float]:
    first = {"top1": -row.top1, "macs": row.macs, "params": row.params, "speed": -(row.images_per_s or 0)}[sort]
    return float(first), -row.top1
