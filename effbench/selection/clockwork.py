"""A machine that predicts layouts: a published setting, or this one."""

from __future__ import annotations

from dataclasses import dataclass

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
from effbench.selection.finalists import Here
from effbench.selection.space import Prices, Space, prices

PROBES = 3
"""Widths whose networks are watched: every price is a polynomial of second degree in the width."""


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


def time_prices(within: Space, clock: Clockwork) -> dict[int, Prices]:
    """Width -> prices of time, through those of PROBES widths."""
    import numpy as np

    widths = list(within.widths)
    places = sorted({round(i * (len(widths) - 1) / (PROBES - 1)) for i in range(PROBES)})
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
