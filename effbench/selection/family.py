"""The best layouts of a RAViT family: the whole design space priced, the front by predicted time, finalists timed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

from effbench.cost.memory import BYTES
from effbench.counting.time_terms import timeable
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.prediction.columns import values
from effbench.prediction.fitted import Fitted, fitted
from effbench.prediction.predicting import Prediction, of_network
from effbench.prediction.published import published
from effbench.prediction.setting import HERE, Setting
from effbench.prediction.setting import resolve as setting_of
from effbench.selection.budget import Budget
from effbench.selection.finalists import Here, times
from effbench.selection.map_accuracy import AccuracyMap
from effbench.selection.space import (
    Layers,
    Limit,
    Prices,
    Space,
    coarse,
    every,
    grid,
    layouts,
    macs_of,
    own,
    params_of,
    prices,
    spans,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Places = NDArray[np.intp]

PROBES = 3
"""Widths whose networks are watched: every price is a polynomial of second degree in the width."""
PIECE = 262_144
"""Layouts that are looked at together."""
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
        layouts: how many were priced. met: how many meet the budgets. busy: as that of ``zoo.Search``.
    """

    rows: Sequence[Layout]
    nearest: Sequence[Layout]
    layouts: int
    met: int
    busy: float | None = None


@dataclass(frozen=True)
class Clockwork:
    """A machine that predicts. Attributes: fitted: its weights. batch: images per step. setting: None for this one."""

    fitted: Fitted
    batch: int
    setting: Setting | None
    here: Here

    def seconds(self, name: str) -> float:
        """Of one image, uncorrected."""
        return self.fitted.seconds(values(timeable(resolve(name)).terms, self.batch))

    def predict(self, name: str) -> Prediction:
        """With its correction and interval."""
        found = timeable(resolve(name))
        if self.setting is not None:
            return next(of_network(found, [self.setting]))
        from effbench.prediction.here import machine

        return machine(self.here.threads, self.here.clock).predict(found, self.batch)

    @property
    def once(self) -> float:
        """Seconds per image of the column that every network has once."""
        return self.fitted.weights.get("one run", 0.0) / self.batch


def clockwork(machine: str | None, budget: Budget, here: Here) -> Clockwork | None:
    """The machine of a name; errors as those of ``zoo.search``."""
    if machine is None:
        if budget.asks_for_time:
            raise EffbenchError("a budget of time needs --machine: a published setting, e.g. rtx3090, or here")
        return None
    if machine == HERE:
        from effbench.prediction.here import machine as calibrated

        here.require()
        return Clockwork(calibrated(here.threads, here.clock).fitted, here.batch, None, here)
    setting = setting_of(machine, published().settings)
    batch = published().usual_batch(setting)
    if budget.latency is not None and batch != 1:
        raise EffbenchError(f"{setting.name} was timed in batches of {batch}: use --min-throughput or --machine {HERE}")
    return Clockwork(fitted()[setting.name], batch, setting, here)


@dataclass(frozen=True)
class Priced:
    """One number of branches and one width. Attributes: macs, params, seconds: prices; time is MACs without a clock."""

    branches: int
    width: int
    macs: Prices
    params: Prices
    seconds: Prices


def priced(within: Space, clock: Clockwork | None) -> Iterator[Priced]:
    """The prices of every grid of layouts."""
    timed = None if clock is None else _time_prices(within, clock)
    for branches, width in every(within):
        macs, params = (prices(within, width, cost) for cost in (macs_of, params_of))
        yield Priced(branches, width, macs, params, macs if timed is None else timed[width])


def limits(budget: Budget, of: Priced, least_macs: float = 1.0) -> list[Limit]:
    """The budgets as ranges of costs; a network has at least one multiply-accumulate."""
    found = [Limit(of.macs, least_macs, inf if budget.macs is None else budget.macs)]
    params = [budget.params, None if budget.memory is None else budget.memory / BYTES["fp32"]]
    found += [Limit(of.params, most=most) for most in params if most is not None]
    seconds = [budget.latency, None if budget.throughput is None else 1 / budget.throughput]
    return [*found, *(Limit(of.seconds, most=most) for most in seconds if most is not None)]


def _time_prices(within: Space, clock: Clockwork) -> dict[int, Prices]:
    """Width -> prices of time, through those of PROBES widths."""
    import numpy as np

    widths = list(within.widths)
    places = sorted({0, len(widths) // 2, len(widths) - 1})
    probed = [prices(within, widths[place], clock.seconds, clock.once) for place in places]
    at = np.array([widths[place] for place in places], dtype=float)
    table = np.array([[*one.there, *one.layer, one.handed] for one in probed])
    line = np.polyfit(at, table, len(places) - 1)
    n = within.branches[1]
    found = {}
    for width in widths:
        row = [float(one) for one in sum(c * float(width) ** (len(line) - 1 - i) for i, c in enumerate(line))]
        found[width] = Prices(row[:n], row[n : 2 * n], row[-1], clock.once)
    return found


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
    front: list[Point] = []
    count = met = 0
    for one in priced(within, clock):
        first, last = spans(within, one.branches, limits(budget, one, _least_macs(known, one.width, least)))
        count, found = count + len(first) * _counts(within), list(_met(within, known, one, first, last, least))
        met += sum(number for number, _ in found)
        front = _joined_front([*front, *(point for _, points in found for point in points)])
    names = [name for _, _, name in front[:SHORT]] or _nearest(within, budget, known, clock, least)
    rows = [_layout(within, known, name, budget, clock) for name in names]
    return _judged(rows, LayoutSearch(rows=rows, nearest=[], layouts=count, met=met), budget, clock, bool(front))


def _counts(within: Space) -> int:
    return within.layers[1] - within.layers[0] + 1


def _least_macs(known: AccuracyMap, width: int, least: float) -> float:
    """Below so many multiply-accumulates no layout is extrapolated to that accuracy; at the map's width any may be."""
    return 1.0 if width == known.width or known.slope <= 0 else max(1.0, known.macs_for(least))


Point = tuple[float, float, tuple[Layers, int]]
"""(seconds, accuracy, (layers, width))."""


def _met(
    within: Space, known: AccuracyMap, one: Priced, first: Places, last: Places, least: float
) -> Iterator[tuple[int, list[Point]]]:
    """(How many layouts meet budgets and accuracy, the front of these), piece by piece."""
    import numpy as np

    numbers = last - first
    ends = np.searchsorted(np.cumsum(numbers), np.arange(PIECE, int(numbers.sum()) + PIECE, PIECE)) + 1
    macs, seconds = ((coarse(within, one.branches, of), own(within, of)) for of in (one.macs, one.seconds))
    begin = 0
    for end in np.minimum(ends, len(numbers)):
        of = np.repeat(np.arange(begin, end), numbers[begin:end])
        fine = np.arange(len(of)) - np.repeat(np.cumsum(numbers[begin:end]) - numbers[begin:end], numbers[begin:end])
        fine += first[of]
        begin = int(end)
        top1 = known.extrapolated(macs[0][of] + macs[1][fine])
        places = of * _counts(within) + fine
        _put_trained(within, known, one, places, top1)
        good = np.flatnonzero(top1 >= least)
        yield len(good), _front(within, one, places[good], (seconds[0][of] + seconds[1][fine])[good], top1[good])


def _put_trained(within: Space, known: AccuracyMap, one: Priced, places: Places, top1: Array) -> None:
    """Accuracies as trained in place of extrapolated ones."""
    import numpy as np

    if one.width != known.width:
        return
    for layers, trained in known.trained.items():
        padded = (0,) * (one.branches - len(layers)) + layers
        inside = all(within.layers[0] <= n <= within.layers[1] for n in padded)
        if len(padded) == one.branches and inside:
            place = np.ravel_multi_index([n - within.layers[0] for n in padded], (_counts(within),) * one.branches)
            top1[places == place] = trained.accuracy


def _front(within: Space, one: Priced, places: Places, seconds: Array, top1: Array) -> list[Point]:
    """The layouts at these places that no faster one matches."""
    import numpy as np

    if not len(places):
        return []
    order = np.lexsort((-top1, seconds))
    best = np.maximum.accumulate(top1[order])
    on = order[np.concatenate([[True], best[1:] > best[:-1]])]
    named = layouts(within, one.branches, places[on])
    return [(float(seconds[i]), float(top1[i]), (name, one.width)) for i, name in zip(on, named, strict=True)]


def _joined_front(points: Sequence[Point]) -> list[Point]:
    """Of several fronts, the most accurate first."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda one: (one[0], -one[1])):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept[::-1]


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
        found.append((float(missed[place]), (layouts(within, one.branches, place[None])[0], one.width)))
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
    excess = budget.excess(row)
    if clock is None:
        return replace(row, excess=excess)
    speed = clock.predict(model)
    return replace(
        row,
        machine=speed.machine,
        batch=speed.batch,
        images_per_s=speed.images_per_s,
        low=speed.low,
        high=speed.high,
        excess=max(excess, budget.slowness([speed.images_per_s])),
    )


def _judged(
    rows: Sequence[Layout], found: LayoutSearch, budget: Budget, clock: Clockwork | None, any_met: bool
) -> LayoutSearch:
    """The finalists timed on this machine, and those that miss the budget apart."""
    busy = None
    if clock is not None and clock.setting is None and clock.here.count:
        first = rows[: clock.here.count]
        said = times([clock.here.job(row.model, None) for row in first], clock.here)
        busy, timed = said.busy, zip(first, said.rates, strict=True)
        judged = [replace(row, measured=r, excess=max(row.excess, budget.slowness([r]))) for row, r in timed]
        rows = [*judged, *rows[clock.here.count :]]
    kept = [row for row in rows if row.excess <= 1 and any_met]
    return replace(found, rows=kept, nearest=[row for row in rows if row not in kept], busy=busy)
