"""Images to judge policies on, images to choose them with, and the prices of the exits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effbench.early_exit.outcome import Outcome, outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.prediction_file import load
from effbench.early_exit.predictions import Predictions, require_apart, split
from effbench.early_exit.prices import Prices
from effbench.errors import EffbenchError, SpecError
from effbench.stats.scores import Score
from effbench.training.loop.folder import RESULT, predictions_of, stored_result


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Early exits of one network on stored predictions.

    Attributes:
        test: images that every figure is made from.
        choosing: images that thresholds and temperatures are chosen on; the test images where there are no others.
        rule: the score. prices: of the exits. seed: of every draw.
    """

    test: Predictions
    choosing: Predictions
    rule: Score
    prices: Prices
    seed: int

    @property
    def apart(self) -> bool:
        """Whether thresholds are chosen on other images than those that judge them."""
        return self.choosing is not self.test

    def judged(self, policy: Policy) -> Outcome:
        """What the policy does to the test images."""
        return outcome(self.test, policy)


def evaluation(
    path: Path,
    prices: Prices,
    rule: Score,
    *,
    calibrate_on: Path | None = None,
    calibrate_share: float | None = None,
    seed: int = 0,
) -> Evaluation:
    """Read predictions and keep those that choose thresholds apart from those that judge them.

    Args:
        path: file of predictions. calibrate_on: file of predictions on other images, to choose with.
        calibrate_share: share of the images of ``path`` to choose with instead, drawn at random.

    Raises:
        EffbenchError: unreadable files, images in both, or predictions that do not fit the network.
    """
    if seed < 0:
        raise SpecError(f"a seed is 0 or more, got {seed}")
    choosing = test = load(path)
    for what, here, there in (("exits", test.exits, len(prices.costs)), ("classes", test.classes, prices.classes)):
        if None not in (here, there) and here != there:
            raise SpecError(f"{path} has {here} {what}, {prices.model} has {there}")
    if calibrate_on is not None:
        choosing = load(calibrate_on)
    elif calibrate_share is not None:
        choosing, test = split(test, calibrate_share, seed)
    if choosing is not test:
        require_apart(choosing, test)
    return Evaluation(test=test, choosing=choosing, rule=rule, prices=prices, seed=seed)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a training run left for early exits.

    Attributes:
        model: its registered name. size: image side in pixels.
        test: file of predictions. calibration: the same; None where the recipe held no images out.
    """

    model: str
    size: int
    test: Path
    calibration: Path | None


def finished_run(folder: Path) -> Run:
    """The model and the predictions of a finished run of ``effbench train``.

    Raises:
        EffbenchError: no such run, or one that failed or has no exits.
    """
    found = stored_result(folder)
    if found is None:
        raise EffbenchError(f"{folder} holds no finished run of effbench train: no {RESULT}")
    if not found.exits:
        raise EffbenchError(f"the run in {folder} has no exits: {found.reason or 'it is not a classifier'}")
    calibration = predictions_of(folder, "calibration")
    return Run(
        model=found.model,
        size=int(found.recipe["data"]["size"]),
        test=predictions_of(folder, "test"),
        calibration=calibration if calibration.is_file() else None,
    )
