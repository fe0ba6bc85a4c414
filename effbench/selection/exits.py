"""Trained networks with early exits: expected cost and time at a promised loss of accuracy.

Every finished run of a folder is a candidate. Its thresholds are the cheapest whose loss is bounded, chosen on images
of its own (``early_exit.guarantee``); what they cost and how often they are right is judged on its test images. The
time up to an exit is that of the layout without the finer branches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.early_exit.evaluation import Run, finished_run
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.models.spec.ravit import RAViTSpec
from effbench.selection.budget import Budget
from effbench.selection.clockwork import Clockwork, clockwork
from effbench.selection.finalists import Here
from effbench.stats.scores import SCORES
from effbench.training.loop.folder import RESULT

if TYPE_CHECKING:
    from effbench.early_exit.evaluation import Evaluation

CONVENTION = "macs"
SHARE = 0.5
"""Of the test images that choose thresholds, where the run held none out."""


@dataclass(frozen=True, kw_only=True)
class Exiting:
    """A trained network under its thresholds.

    Attributes:
        run: its folder. size: image side, pixels. full: accuracy without early exits, top1: with them, on ``images``
            test images. max_loss, delta: promised. thresholds: of the entropy, in nats.
        exits: share of the images at each exit.
        macs: mean of an image, worst: of an image that leaves last. params; memory: bytes of them in fp32.
        machine, batch, seconds, seconds_worst: predicted, of the same two; None without a machine.
        excess: how far the worst of its costs is above the budget, as a ratio.
    """

    model: str
    run: str
    size: int
    full: float
    top1: float
    images: int
    max_loss: float
    delta: float
    thresholds: tuple[float, ...]
    exits: tuple[float, ...]
    macs: float
    worst: int
    params: int
    memory: int
    machine: str | None = None
    batch: int | None = None
    seconds: float | None = None
    seconds_worst: float | None = None
    excess: float = 0.0


def search_exits(
    folder: Path, budget: Budget, *, machine: str | None, promise: tuple[float, float], here: Here
) -> tuple[list[Exiting], list[Exiting]]:
    """Networks whose mean cost meets the budgets, the most accurate first; the others, the nearest first.

    Args:
        folder: its runs, at any depth. promise: accuracy that may be lost, a share of all images, and the share of
            calibrations in which it is.

    Raises:
        EffbenchError: no run with exits, an impossible promise, or what ``clockwork`` raises.
    """
    clock = clockwork(machine, budget, here)
    found = [_exiting(place, run, clock, promise) for place, run in _runs(folder)]
    if not found:
        raise EffbenchError(f"{folder} holds no finished run of effbench train whose network has two exits or more")
    rows = [replace(row, excess=_excess(row, budget)) for row in found]
    met = [row for row in rows if row.excess <= 1 and row.top1 >= (budget.top1 or 0.0)]
    others = [row for row in rows if row not in met]
    return sorted(met, key=lambda row: (-row.top1, row.macs)), sorted(others, key=lambda row: row.excess)


def _runs(folder: Path) -> Iterator[tuple[Path, Run]]:
    for file in sorted(folder.rglob(RESULT)):
        try:
            run = finished_run(file.parent)
            several = len(resolve(run.model, run.size).branches()) > 1
        except EffbenchError:
            continue  # a run that failed, or that has no exits
        if several:
            yield file.parent, run


def _exiting(folder: Path, run: Run, clock: Clockwork | None, promise: tuple[float, float]) -> Exiting:
    from effbench.cost.memory import BYTES
    from effbench.early_exit.choice import guaranteed_policy, never_exits
    from effbench.early_exit.evaluation import evaluation
    from effbench.early_exit.prices import counted_prices

    rule = SCORES["entropy"]
    prices = counted_prices(run.model, run.size, CONVENTION, rule)
    share = None if run.calibration else SHARE
    data = evaluation(run.test, prices, rule, calibrate_on=run.calibration, calibrate_share=share)
    policy, _ = guaranteed_policy(data, max_loss=promise[0], delta=promise[1], method="fixed-sequence", cooled=False)
    judged, params = data.judged(policy), int(resolve(run.model, run.size).cost().params)
    row = Exiting(
        model=prices.model,
        run=str(folder),
        size=run.size,
        full=data.judged(never_exits(data)).accuracy,
        top1=judged.accuracy,
        images=judged.images,
        max_loss=promise[0],
        delta=promise[1],
        thresholds=policy.thresholds,
        exits=judged.shares,
        macs=float(judged.cost(prices.costs)),
        worst=int(prices.costs[-1]),
        params=params,
        memory=params * BYTES["fp32"],
    )
    return row if clock is None else _timed(row, data, clock)


def _timed(row: Exiting, data: Evaluation, clock: Clockwork) -> Exiting:
    """The same with the predicted time: exits by the weights of the machine, all scaled to the whole's prediction."""
    whole = clock.predict(row.model)
    seconds = [clock.seconds(name) for name in prefixes(row.model)]
    scale = 1 / whole.images_per_s / seconds[-1]
    mean = sum(share * one for share, one in zip(row.exits, seconds, strict=True)) * scale
    return replace(row, machine=whole.machine, batch=whole.batch, seconds=mean, seconds_worst=seconds[-1] * scale)


def prefixes(model: str) -> Sequence[str]:
    """The layouts that end at each exit of a RAViT: without the branches after it.

    Raises:
        EffbenchError: it is no RAViT.
    """
    spec = resolve(model).spec
    if not isinstance(spec, RAViTSpec):
        raise EffbenchError(f"the time up to the exits of {model} cannot be predicted: leave out --machine")
    name, _, options = model.partition(":")
    others = [one for one in options.split(",") if "=" in one and not one.startswith("layers=")]
    cut = (
        spec.layers[:i] + (0,) * (len(spec.layers) - i) for i in range(1, len(spec.layers) + 1) if spec.layers[i - 1]
    )
    return [f"{name}:{','.join(['-'.join(map(str, layers)), *others])}" for layers in cut]


def _excess(row: Exiting, budget: Budget) -> float:
    """Of the mean costs."""
    rates = [] if row.seconds is None else [1 / row.seconds]
    return budget.excess(row, rates)
