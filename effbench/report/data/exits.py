"""The accuracy-cost curve of a network with early exits, threshold by threshold, for the slider of the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effbench.cost.convention import conventions
from effbench.early_exit.bootstrap import cost_interval
from effbench.early_exit.curve import curve
from effbench.early_exit.study import Prices, Study, counted_prices, given_policy, guaranteed_policy, study
from effbench.stats.binomial import wilson
from effbench.stats.confidence import score

LOSS, DELTA = 0.02, 0.05
"""Of the thresholds that are marked as guaranteed: largest loss of accuracy, and the chance that it fails."""


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


def opened(stored: Stored, root: Path, convention: str = "macs") -> Study:
    """The stored predictions, entropy as the score, thresholds chosen on the calibration images."""
    rule = "entropy"
    prices = counted_prices(stored.model, None, convention, score(rule))
    test, calibration = (root / stored.folder / f"{part}.npz" for part in ("test", "calibration"))
    return study(test, prices, rule, calibrate_on=calibration)


def exit_rows(root: Path) -> list[dict[str, Any]]:
    """One row per stored network; ``steps`` from never leaving early to always (both by these words)."""
    return [_row(stored, root) for stored in STORED if (root / stored.folder / "test.npz").exists()]


def _row(stored: Stored, root: Path) -> dict[str, Any]:
    data = opened(stored, root)
    prices = {name: counted_prices(stored.model, None, name, data.rule) for name in conventions()}
    guaranteed, promise = guaranteed_policy(data, max_loss=LOSS, delta=DELTA, method="fixed-sequence", cooled=False)
    return {
        "model": stored.model,
        "dataset": stored.dataset,
        "images": data.test.images,
        "calibration_images": data.choosing.images,
        "score": data.rule.name,
        "leaves_below": data.rule.leaves_below,
        "files": f"{stored.folder.as_posix()}/test.npz, calibration.npz",
        "made_by": stored.made_by,
        "by": data.prices.by,
        "costs": {name: list(found.costs) for name, found in prices.items()},
        "steps": _steps(data, prices),
        "guarantee": {
            "threshold": shown(guaranteed.thresholds[0]) if promise.passed else None,
            "max_loss": LOSS,
            "delta": DELTA,
            "method": promise.method,
        },
    }


def _steps(data: Study, prices: dict[str, Prices]) -> list[dict[str, Any]]:
    """Every common threshold that changes where images leave; ``cost`` holds the ends of the interval by convention."""
    found = curve(data.test, data.rule)
    between = zip(found.thresholds.tolist(), found.left.tolist(), found.correct.tolist(), strict=True)
    steps: list[dict[str, Any]] = [_end(data, "never", prices)]
    for threshold, left, correct in between:
        if left != steps[-1]["left"]:
            steps.append(_step(shown(threshold), left, correct, prices))
    return [*steps, _end(data, "always", prices)]


def _end(data: Study, word: str, prices: dict[str, Prices]) -> dict[str, Any]:
    judged = data.judged(given_policy(data, [word] * (data.test.exits - 1)))
    return _step(word, list(judged.left), judged.correct, prices)


def _step(threshold: float | str, left: list[int], correct: int, prices: dict[str, Prices]) -> dict[str, Any]:
    low, high = (round(end, 6) for end in wilson(correct, sum(left), 0.95))
    return {
        "threshold": threshold,
        "left": left,
        "correct": correct,
        "accuracy": [low, high],
        "cost": {name: [round(end) for end in cost_interval(left, found.costs)] for name, found in prices.items()},
    }


def shown(threshold: float) -> float:
    """Six significant digits: further ones are of the machine's exponential function."""
    return float(f"{threshold:.6g}")
