"""The accuracy-cost curve of a network with early exits, threshold by threshold, for the slider of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench.cost.convention import conventions
from effbench.early_exit.choice import given_policy, guaranteed_policy
from effbench.early_exit.curve import curve
from effbench.early_exit.evaluation import Evaluation, evaluation
from effbench.early_exit.prices import Prices, counted_prices
from effbench.early_exit.promise import Guarantee
from effbench.stats.binomial import wilson
from effbench.stats.bootstrap import mean_interval
from effbench.stats.scores import score

LOSS, DELTA = 0.02, 0.05
"""Largest loss of accuracy of the threshold that is marked as guaranteed, and the chance that it is exceeded."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Predictions that are committed.

    Attributes:
        model: registry name. dataset: what the images are.
        folder: with test.npz and calibration.npz. made_by: the command that trained the network.
    """

    model: str
    dataset: str
    folder: Path
    made_by: str


STORED = (
    Stored(
        model="ravit_cifar10:1-1,width=64,num_heads=4",
        dataset="scikit-learn's digits, enlarged to 32 x 32",
        folder=Path("experiments/digits"),
        made_by="python experiments/digits_early_exit.py",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one common threshold does.

    Attributes:
        threshold: a number, "never" or "always".
        left: images that leave at each exit. correct: right predictions.
        accuracy: ends of its interval, shares. cost: convention -> ends of the interval of the mean cost per image.
    """

    threshold: float | str
    left: Sequence[int]
    correct: int
    accuracy: tuple[float, float]
    cost: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class ExitCurve:
    """A stored network, from never leaving early to always.

    Attributes:
        stored: where from. data: its images. prices: convention -> prices.
        steps: from strict to loose. promise: of the threshold that is marked as guaranteed.
    """

    stored: Stored
    data: Evaluation
    prices: Mapping[str, Prices]
    steps: Sequence[Step]
    promise: Guarantee

    def plain(self) -> Mapping[str, object]:
        """``images`` judge, ``calibration_images`` choose; ``costs``: convention -> cumulative up to each exit."""
        data, promise = self.data, self.promise
        return {
            "model": self.stored.model,
            "dataset": self.stored.dataset,
            "images": data.test.images,
            "calibration_images": data.choosing.images,
            "score": data.rule.name,
            "leaves_below": data.rule.leaves_below,
            "files": f"{self.stored.folder.as_posix()}/test.npz, calibration.npz",
            "made_by": self.stored.made_by,
            "by": data.prices.by,
            "costs": {name: found.costs for name, found in self.prices.items()},
            "steps": self.steps,
            "guarantee": {
                "threshold": shown(promise.thresholds[0]) if promise.passed else None,
                "max_loss": promise.max_loss,
                "delta": promise.delta,
                "method": promise.method,
            },
        }


def opened(stored: Stored, root: Path, convention: str = "macs") -> Evaluation:
    """The stored predictions, entropy as the score, thresholds chosen on the calibration images."""
    rule = score("entropy")
    test, calibration = (root / stored.folder / f"{part}.npz" for part in ("test", "calibration"))
    return evaluation(test, counted_prices(stored.model, None, convention, rule), rule, calibrate_on=calibration)


def exit_rows(root: Path) -> list[ExitCurve]:
    """One curve per stored network."""
    return [_curve(stored, root) for stored in STORED if (root / stored.folder / "test.npz").exists()]


def _curve(stored: Stored, root: Path) -> ExitCurve:
    data = opened(stored, root)
    prices = {name: counted_prices(stored.model, None, name, data.rule) for name in conventions()}
    _, promise = guaranteed_policy(data, max_loss=LOSS, delta=DELTA, method="fixed-sequence", cooled=False)
    return ExitCurve(stored=stored, data=data, prices=prices, steps=_steps(data, prices), promise=promise)


def _steps(data: Evaluation, prices: Mapping[str, Prices]) -> list[Step]:
    """Every common threshold that changes where images leave."""
    found = curve(data.test, data.rule)
    between = zip(found.thresholds.tolist(), found.left.tolist(), found.correct.tolist(), strict=True)
    steps = [_end(data, "never", prices)]
    for threshold, left, correct in between:
        if tuple(left) != steps[-1].left:
            steps.append(_step(shown(threshold), left, correct, prices))
    return [*steps, _end(data, "always", prices)]


def _end(data: Evaluation, word: str, prices: Mapping[str, Prices]) -> Step:
    judged = data.judged(given_policy(data, [word] * (data.test.exits - 1)))
    return _step(word, judged.left, judged.correct, prices)


def _step(threshold: float | str, left: Sequence[int], correct: int, prices: Mapping[str, Prices]) -> Step:
    low, high = wilson(correct, sum(left), 0.95)
    costs = {name: mean_interval(left, [float(c) for c in found.costs]) for name, found in prices.items()}
    return Step(
        threshold=threshold,
        left=tuple(left),
        correct=correct,
        accuracy=(round(low, 6), round(high, 6)),
        cost={name: (round(ends[0]), round(ends[1])) for name, ends in costs.items()},
    )


def shown(threshold: float) -> float:
    """Six significant digits: further ones depend on the machine's exponential function."""
    return float(f"{threshold:.6g}")
