"""The best layouts of a RAViT family: the whole design space priced, the front by predicted time, finalists timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

from effbench.cost.memory import BYTES
from effbench.models.registry import resolve
from effbench.selection.budget import Budget
from effbench.selection.clockwork import Clockwork, clockwork
from effbench.selection.finalists import LOOSE, Here, chosen, pace, spread, times
from effbench.selection.front import Point, counts, joined, least_macs, limits, met_in, priced
from effbench.selection.map_accuracy import AccuracyMap
from effbench.selection.space import (
    Layers,
    Space,
    grid,
    layouts,
    macs_of,
    params_of,
    spans,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Places = NDArray[np.intp]

SHORT = 24
"""Layouts of the front at most."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A layout on the front, or the nearest to it.

    Attributes:
        size: image side, pixels. top1: accuracy, a share, with ``top1_low`` and ``top1_high``: as it was trained, or
            ``extrapolated``. macs: multiply-accumulates of one image, params: parameters, by formula. memory: bytes of
            them in fp32.
        machine, batch, images_per_s, low, high, measured, excess: as those of ``zoo.Found``.
    """

    model: str
    size: int
    top1: float
    top1_low: float
    top1_high: float
    extrapolated: bool
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
class LayoutSearch:
    """What came of a search.

    Attributes:
        rows: the front, the most accurate first. nearest: where there is none, or what the clock refused.
        layouts: how many were priced. met: how many meet the budgets. busy, pace: as those of ``zoo.Search``.
    """

    rows: Sequence[Layout]
    nearest: Sequence[Layout]
    layouts: int
    met: int
    busy: float | None = None
    pace: float | None = None


def search_family(
    within: Space, budget: Budget, known: AccuracyMap, *, machine: str | None, max_loss: float, here: Here
) -> LayoutSearch:
    """The front of accuracy over predicted time (MACs without a machine) of the layouts that meet the budgets.

    Args:
        max_loss: accuracy below that of the best trained network, at most.

    Raises:
        EffbenchError: as ``zoo.search``.
    """
    clock, least = clockwork(machine, budget, here), max(known.best - max_loss, budget.top1 or 0.0)
    found = _searched(within, budget, budget, known, clock, least)
    if found.pace:
        again = _searched(within, budget, budget.looser(found.pace), known, clock, least)
        found = replace(again, pace=found.pace)
    return found


def _searched(
    within: Space, budget: Budget, asked: Budget, known: AccuracyMap, clock: Clockwork | None, least: float
) -> LayoutSearch:
    """The front of the layouts that are predicted to meet the budgets ``asked``, its finalists judged by ``budget``."""
    looked_at = asked.looser(LOOSE) if _is_timed(clock) else asked
    front: list[Point] = []
    count = met = 0
    for one in priced(within, clock):
        first, last = spans(within, one.branches, limits(looked_at, one, least_macs(known, one.width, least)))
        found = list(met_in(within, known, one, first, last, least, asked.seconds if clock else inf))
        count += len(first) * counts(within)
        met += sum(number for number, _ in found)
        front = joined([*front, *(point for _, points in found for point in points)])
    late = sum(clock is not None and seconds > asked.seconds for seconds, _, _ in front)  # they are the first
    names = [name for _, _, name in [*spread(front[:late], SHORT), *front[late:][:SHORT]]]
    names = names or _nearest(within, asked, known, clock, least)
    rows = [_layout(within, known, name, asked, clock) for name in names]
    return _judged(rows, LayoutSearch(rows=rows, nearest=[], layouts=count, met=met), budget, clock, bool(front))


def _is_timed(clock: Clockwork | None) -> bool:
    """Whether finalists are timed on this machine."""
    return clock is not None and clock.setting is None and clock.here.count > 0


def _nearest(
    within: Space, budget: Budget, known: AccuracyMap, clock: Clockwork | None, least: float
) -> list[tuple[Layers, int]]:
    """The layouts that miss the budgets least, accuracy among them; one of each grid is a candidate."""
    import numpy as np

    found = []
    for one in priced(within, clock):
        macs = grid(within, one.branches, one.macs)
        missed = np.where(macs > 0, least / np.maximum(known.extrapolated(macs), 1e-9), np.inf)
        for limit in limits(budget, one):
            if isfinite(limit.most):
                missed = np.maximum(missed, grid(within, one.branches, limit.of) / limit.most)
        place = np.argmin(missed)
        found.append((float(missed[place]), (layouts(within, one.branches, np.array([place]))[0], one.width)))
    return [name for _, name in sorted(found)[:3]]


def _layout(
    within: Space, known: AccuracyMap, name: tuple[Layers, int], budget: Budget, clock: Clockwork | None
) -> Layout:
    import numpy as np

    layers, width = name
    model, trained = within.name(layers, width), known.known(layers, width)
    macs, params = macs_of(model), params_of(model)
    top1 = float(known.extrapolated(np.array([float(macs)]))[0]) if trained is None else trained.accuracy
    low, high = known.interval(top1) if trained is None else (trained.low, trained.high)
    row = Layout(
        model=model,
        size=resolve(model).spec.image_size,
        top1=top1,
        top1_low=low,
        top1_high=high,
        extrapolated=trained is None,
        macs=macs,
        params=params,
        memory=params * BYTES["fp32"],
    )
    if clock is None:
        return replace(row, excess=budget.excess(row))
    speed = clock.predict(model)
    return replace(
        row,
        machine=speed.machine,
        batch=speed.batch,
        images_per_s=speed.images_per_s,
        low=speed.low,
        high=speed.high,
        excess=budget.excess(row, [speed.images_per_s]),
    )


def _judged(
    rows: Sequence[Layout], found: LayoutSearch, budget: Budget, clock: Clockwork | None, any_met: bool
) -> LayoutSearch:
    """The finalists timed on this machine, and those that miss the budget apart."""
    busy = drift = None
    if clock is not None and _is_timed(clock):
        first = chosen(rows, budget, clock.here.count) or rows[: clock.here.count]
        said = times([clock.here.job(row.model, None) for row in first], clock.here)
        busy, timed = said.busy, list(zip(first, said.rates, strict=True))
        drift = pace((row.images_per_s, rate) for row, rate in timed)
        judged = [replace(row, measured=r, excess=budget.excess(row, [r])) for row, r in timed]
        rows = [*judged, *(row for row in rows if row.excess <= 1 and row not in first)]
    kept = [row for row in rows if row.excess <= 1 and any_met]
    return replace(found, rows=kept, nearest=[row for row in rows if row not in kept], busy=busy, pace=drift)
