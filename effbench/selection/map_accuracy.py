"""Accuracies of RAViT layouts from a map of trained ones: as trained, or extrapolated along their cost.

Beyond the map, accuracy is a straight line in the logarithm of multiply-accumulates, fitted to the trained networks,
and never above the best of these; its interval is that of a new network around such a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cost.convention import convention
from effbench.cost.counts import OpCounts
from effbench.errors import EffbenchError
from effbench.maps.networks import ravit_spec
from effbench.maps.selection import read_trainings, select
from effbench.stats.binomial import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Layers = tuple[int, ...]

LEVEL = 0.9
FEWEST = 4
"""Trained networks from which a line is fitted."""


@dataclass(frozen=True)
class Trained:
    """A trained network. Attributes: accuracy: mean over seeds, a share. low, high: what the test images leave open."""

    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class AccuracyMap:
    """The map, and the line beyond it.

    Attributes:
        store: its file. dataset: what was classified. width: of every trained network.
        trained: layers without leading zeros -> its accuracy.
        intercept, slope: of the line over the natural logarithm of MACs. reach: half its interval.
    """

    store: str
    dataset: str
    width: int
    trained: Mapping[Layers, Trained]
    intercept: float
    slope: float
    reach: float

    @property
    def best(self) -> float:
        """Of the trained networks."""
        return max(one.accuracy for one in self.trained.values())

    def known(self, layers: Layers, width: int) -> Trained | None:
        """A layout as it was trained; None if it was not."""
        return self.trained.get(bare(layers)) if width == self.width else None

    def extrapolated(self, macs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Accuracies of layouts of such costs."""
        import numpy as np

        line: NDArray[np.float64] = self.intercept + self.slope * np.log(np.maximum(macs, 1.0))
        return np.minimum(np.maximum(line, 0.0), self.best)

    def macs_for(self, accuracy: float) -> float:
        """Multiply-accumulates from which on a layout is extrapolated to that accuracy."""
        return exp((min(accuracy, self.best) - self.intercept) / self.slope) * (1 - 1e-9)

    def interval(self, accuracy: float) -> tuple[float, float]:
        """Of an extrapolated accuracy."""
        return max(0.0, accuracy - self.reach), min(1.0, accuracy + self.reach)


def dataset_of(family: str) -> str:
    """The data set that a RAViT is named after, as stores call it."""
    return family.partition("_")[2].replace("_", "-")


def bare(layers: Layers) -> Layers:
    """Without coarse branches that have no layer: the same network."""
    first = next((i for i, n in enumerate(layers) if n), len(layers))
    return layers[first:]


def read_map(file: Path, dataset: str, macs: Mapping[Layers, int] | None = None) -> AccuracyMap:
    """The map of a store of trainings.

    Args:
        file: results.jsonl of a sweep. macs: of layouts, in tests; else by formula.

    Raises:
        EffbenchError: no such file, no training on that data set, or fewer than FEWEST trained networks.
    """
    selected = select(read_trainings(file, dataset))
    spec = ravit_spec(selected.networks[0].model)
    found: dict[Layers, Trained] = {}
    cost: dict[Layers, int] = dict(macs or {})
    for network in selected.networks:
        done = [run.exits[-1] for run in network.training.runs if run.done]
        if done:
            layers = bare(network.layers)
            right, images = sum(one.top1 for one in done), sum(one.images for one in done)
            found[layers] = Trained(right / images, *wilson(right, images, LEVEL))
            cost.setdefault(layers, _macs(network.model.cost()))
    if len(found) < FEWEST:
        raise EffbenchError(f"{file} holds {len(found)} trained layouts; extrapolating needs at least {FEWEST}")
    line = _line([cost[layers] for layers in found], [one.accuracy for one in found.values()])
    return AccuracyMap(store=str(file), dataset=dataset, width=int(spec.width), trained=found, **line)


def _macs(counts: OpCounts) -> int:

    return int(convention("macs").total(counts))


def _line(macs: Sequence[int], accuracies: Sequence[float]) -> dict[str, float]:
    """Least squares, and half the interval of a new network at the mean (Student's t)."""
    import numpy as np
    from scipy.special import stdtrit

    x, y = np.log(np.array(macs, dtype=float)), np.array(accuracies)
    slope, intercept = np.polyfit(x, y, 1)
    free = len(y) - 2
    deviation = float(np.sqrt(((y - intercept - slope * x) ** 2).sum() / free))
    reach = float(stdtrit(free, (1 + LEVEL) / 2)) * deviation * (1 + 1 / len(y)) ** 0.5
    return {"intercept": float(intercept), "slope": float(slope), "reach": reach}
