"""Early exits from stored predictions: accuracy and cost against the threshold, exit shares, and the front."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from effbench.early_exit.choice import front_policies
from effbench.early_exit.curve import Curve, curve
from effbench.early_exit.evaluation import Evaluation
from effbench.early_exit.figures import study_figures
from effbench.early_exit.policy import Policy
from effbench.early_exit.prices import Prices
from effbench.render.canvas import Images
from effbench.report.data.exits import STORED, Stored, opened, shown
from effbench.report.figures.figure import Figure, rounded


@dataclass(frozen=True, kw_only=True)
class ThresholdRow:
    """What one threshold for all early exits does: that at ``place`` of a curve."""

    prices: Prices
    common: Curve
    place: int

    def plain(self) -> Mapping[str, object]:
        """Mean cost per image in ``unit``, and a column for the images that leave at each exit."""
        at, common = slice(self.place, self.place + 1), self.common
        return {
            "threshold": shown(common.thresholds[at].item()),
            "accuracy": rounded(common.accuracy()[at].item()),
            "mean_cost": rounded(common.mean_cost(self.prices.costs)[at].item(), 9),
            "unit": self.prices.unit,
            "convention": self.prices.convention,
            **{f"left_{exit + 1}": images for exit, images in enumerate(common.left[self.place].tolist())},
        }


@dataclass(frozen=True, kw_only=True)
class FrontRow:
    """A point of the Pareto front."""

    data: Evaluation
    policy: Policy

    def plain(self) -> Mapping[str, object]:
        """Images that leave at each exit, and the cost of all of them in ``unit``."""
        judged, prices = self.data.judged(self.policy), self.data.prices
        return {
            "thresholds": [shown(t) if isinstance(t, float) else t for t in self.policy.written],
            "images": judged.images,
            "correct": judged.correct,
            "left": judged.left,
            "cost_total": judged.total_cost(prices.costs),
            "unit": prices.unit,
            "convention": prices.convention,
        }


def exit_figures(root: Path) -> list[Figure]:
    """Three figures per stored network."""
    present = (stored for stored in STORED if (root / stored.folder / "test.npz").exists())
    return [figure for stored in present for figure in _of(stored, root)]


def _of(stored: Stored, root: Path) -> list[Figure]:
    data = opened(stored, root)
    images = cache(lambda: study_figures(data, None))
    about = f"{stored.model} on {stored.dataset}"
    common = curve(data.test, data.rule)
    thresholds = [ThresholdRow(prices=data.prices, common=common, place=i) for i in range(len(common.thresholds))]
    front = [FrontRow(data=data, policy=policy) for policy in front_policies(data, False)]
    kinds: tuple[tuple[str, str, Sequence[ThresholdRow | FrontRow]], ...] = (
        ("threshold", "accuracy and mean cost against the threshold", thresholds),
        ("shares", "images that leave at each exit", thresholds),
        ("front", "accuracy against mean cost on the Pareto front of thresholds", front),
    )
    return [
        Figure(
            name=f"exits_{stored.folder.name}_{kind}",
            title=f"{about}: {what}",
            rows=rows,
            draw=_drawer(images, f"exits_{data.rule.name}_{kind}"),
        )
        for kind, what, rows in kinds
    ]


def _drawer(images: Callable[[], Mapping[str, Images]], name: str) -> Callable[[], Images]:
    return lambda: images()[name]
