"""A map completed: the accuracy of networks that were not trained, from those that were, and which to train next.

One process (``stats.gaussian_process``) over the layers of each branch and, where the same recipe was trained on
several schedules, the number of epochs, from every run of every seed. Intervals are of one training of the network. How
wide they are was set on two stores and tested on others: ``experiments/map_completion.py``, ``reports/completion``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

from effbench.errors import EffbenchError
from effbench.maps.axes import Layers
from effbench.maps.grid import Cell
from effbench.maps.layer_map import PREDICTED, Layer, Value
from effbench.maps.networks import dashed
from effbench.maps.selection import Selected
from effbench.maps.statements import LEVEL
from effbench.stats.gaussian_process import Process, fitted
from effbench.stats.pooled import t_quantile

Place = tuple[float, ...]
"""Of a training: its coordinates."""

FEWEST = 6
"""Trained networks from which others are predicted."""

SPENT = 4
"""Degrees of freedom that the process's own numbers take."""

WIDTH_ONE_SEED, WIDTH = 1.4, 1.0
"""Intervals are so many times as wide as the process says: what it takes to hold 95 % on digits and textures, where no
network was trained with two seeds, so that noise cannot be told from the function, and elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """A network that was not trained. Accuracies are shares from 0 to 1.

    Attributes:
        accuracy, low, high: of one training of it.
    """

    layers: Layers
    accuracy: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """As the paper writes it."""
        return dashed(self.layers)

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        names = ("name", "layers", "accuracy", "low", "high")
        return {name: getattr(self, name) for name in names}


class Completion:
    """What the runs of a recipe say of networks that it was not trained for.

    Attributes:
        width: of the intervals: WIDTH or WIDTH_ONE_SEED.

    Args:
        selected: the recipe's networks. longer: the same recipe on other schedules.

    Raises:
        EffbenchError: fewer than FEWEST trained networks.
    """

    def __init__(self, selected: Selected, longer: Sequence[Selected] = ()) -> None:
        import numpy as np

        trained = {network.layers for network in selected.networks if network.training.judged}
        if len(trained) < FEWEST:
            raise EffbenchError(f"a map is completed from {FEWEST} trained networks or more, there are {len(trained)}")
        recipes = [selected, *longer]
        runs = [
            (_place(network.layers, one.epochs), run.exits[-1].accuracy)
            for one in recipes
            for network in one.networks
            for run in network.training.judged
        ]
        self._epochs = selected.epochs
        several = any(len(network.training.judged) > 1 for network in selected.networks)
        self.width = WIDTH if several else WIDTH_ONE_SEED
        self._reach = self.width * t_quantile(max(1, len(trained) - SPENT), LEVEL)
        self._process = fitted(np.array([place for place, _ in runs]), np.array([right for _, right in runs]))

    def at(self, networks: Sequence[Layers]) -> list[tuple[float, float]]:
        """Accuracy of one training of each network, and half its interval; both may leave 0 to 1."""
        import numpy as np

        found = self._process.predict(np.array([self._at(layers) for layers in networks]))
        return [(float(mean), self._reach * float(value)) for mean, value in zip(found.mean, found.value, strict=True)]

    def predicted(self, cells: Sequence[Cell]) -> list[Predicted]:
        """Those of the cells that could be trained and were not."""
        open_cells = _open(cells)
        halves = self.at([cell.layers for cell in open_cells]) if open_cells else []
        return [
            Predicted(layers=cell.layers, accuracy=mean, low=max(0.0, mean - half), high=min(1.0, mean + half))
            for cell, (mean, half) in zip(open_cells, halves, strict=True)
        ]

    def next(self, cells: Sequence[Cell], count: int) -> list[Predicted]:
        """The cells worth training next, the one that tells most first: after it the variance of the others is least.

        Cohn, Ghahramani and Jordan 1996, doi:10.1613/jair.295, Section 3. The variance is that of the function, which
        depends on the places that are trained and not on how they turn out.
        """
        process, left, found = self._process, self.predicted(cells), []
        for _ in range(min(count, len(left))):
            best = min(left, key=lambda one: self._unsure(process, one, left))
            process = process.knowing(self._at(best.layers), best.accuracy)
            left = [one for one in left if one is not best]
            found.append(best)
        return found

    def _unsure(self, process: Process, trained: Predicted, left: Sequence[Predicted]) -> float:
        """Sum of the variances of all others once one is trained."""
        import numpy as np

        others = [self._at(one.layers) for one in left if one is not trained]
        if not others:
            return 0.0
        known = process.knowing(self._at(trained.layers), trained.accuracy)
        return float((known.predict(np.array(others)).function ** 2).sum())

    def _at(self, layers: Layers) -> Place:
        return _place(layers, self._epochs)


def _place(layers: Layers, epochs: float) -> Place:
    """Coordinates: a layer more counts the less, the more there are; so does an epoch."""
    return (*(log2(1 + count) for count in layers), log2(max(1.0, epochs)))


def _open(cells: Iterable[Cell]) -> list[Cell]:
    """Those that can be trained and are not."""
    return [cell for cell in cells if cell.status in ("missing", "failed")]


def completed_layer(cells: Sequence[Cell], found: Sequence[Predicted], proposed: Sequence[Predicted]) -> Layer:
    """The trained accuracies with the predicted ones in parentheses; never one for the other."""
    known = {one.layers: one for one in found}
    named = f"Worth training next: {', '.join(one.name for one in proposed)} (they tell most of the others)."
    return Layer(
        name="completed",
        values=[_value(cell, known.get(cell.layers)) for cell in cells],
        what=f"accuracy in %, trained, and predicted (in parentheses, {LEVEL:.0%} interval of one training),",
        notes=[
            "Predicted by a Gaussian process from the trained networks alone; how often such intervals hold: "
            "reports/completion.",
            *([named] if proposed else []),
        ],
    )


def _value(cell: Cell, predicted: Predicted | None) -> Value:
    if predicted is None:
        return Value(value=cell.mean if cell.status == "trained" else None, status=cell.status)
    half = max(predicted.high - predicted.accuracy, predicted.accuracy - predicted.low)
    return Value(value=predicted.accuracy, half=half, mark=PREDICTED)
