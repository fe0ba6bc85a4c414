"""Thresholds with a promise: with confidence 1 - delta, early exits lose no more accuracy than was allowed.

The loss of an image is 1 where it leaves early with a wrong prediction and the last exit would have been right, else
0. Its mean, the *harm*, is at least the drop in accuracy against never exiting (the drop is harm minus the images that
early exits repair), and it is a proportion: the number of harmed images among n drawn independently is binomial, so its
tail is exact and needs no approximation. (Bounds for the drop itself, a mean of values in {-1, 0, 1}, are far wider:
Hoeffding's for 5,000 images is 3.5 points at delta 0.05, where the binomial one is a few tenths.)

Learn then Test (Angelopoulos et al., arXiv:2110.01052): each threshold vector is the hypothesis "its harm is above the
limit", with the binomial tail as p-value. Two ways of keeping the error over all vectors below delta:

* fixed sequence: vectors are tested in an order fixed before the test images are seen; the first that fails ends it.
* Bonferroni: each is tested at delta / number of vectors, in no order.

The vectors, and temperatures if any, must come from other images than those that test them. With one early exit the
thresholds need not: harm never falls as the threshold loosens, so one passes only if all stricter ones do, and the
first threshold whose true harm is above the limit passes with probability delta at most, wherever the tested ones lie
(as in Bates et al., arXiv:2101.02703).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effbench.counting.exits import Price, expected_cost
from effbench.early_exit.pareto import front
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions
from effbench.early_exit.promise import Guarantee, Method
from effbench.early_exit.sweep import DEFAULT, candidates, ranks, sweep
from effbench.errors import SpecError
from effbench.stats.binomial import most_events, require_level
from effbench.stats.confidence import Booleans
from effbench.stats.scores import Score

PATH = 200
"""Vectors tested at most: points of a longer path differ by less than the images can resolve."""


def harms(given: Predictions) -> Booleans:
    """(n, exits): wrong at this exit, right at the last; all False in the last column."""
    right = given.right
    return np.asarray(right[:, -1:] & ~right)


def one_exit(given: Predictions, rule: Score, *, max_loss: float, delta: float) -> Guarantee:
    """The loosest threshold of one early exit that passes, among all that separate these images.

    Raises:
        SpecError: not two exits, or a limit or level outside (0, 1).
    """
    if given.exits != 2:
        raise SpecError(f"{given.exits - 1} early exits need an order of thresholds from other images")
    allowed = _allowed(given, max_loss, delta)
    scores = given.scores(rule)[:, 0]
    axis = candidates(scores, rule, given.images + 2)
    rank = ranks(scores, axis, rule)
    harmed = np.bincount(rank[harms(given)[:, 0]], minlength=len(axis)).cumsum()[: len(axis)]  # never falls
    passed = int((harmed <= allowed).sum())
    chosen = max(passed - 1, 0)  # the first threshold is "never"
    return Guarantee(
        thresholds=(float(axis[chosen]),),
        max_loss=max_loss,
        delta=delta,
        harmed=int(harmed[chosen]),
        images=given.images,
        tested=len(axis),
        passed=passed,
        method="fixed-sequence",
    )


def path(
    design: Predictions, rule: Score, costs: Sequence[Price], *, vectors: int = DEFAULT
) -> list[tuple[float, ...]]:
    """An order of threshold vectors, from harmless to harmful, that no other vector beats in cost on these images.

    Args:
        design: images that will not test them.
        costs: cumulative cost up to each exit.
        vectors: of the sweep they are chosen from.
    """
    points = front(sweep(design, rule, vectors=vectors, right=~harms(design)), costs)[::-1]
    kept = np.unique(np.linspace(0, len(points) - 1, min(PATH, len(points))).round().astype(np.int64))
    return [points[int(i)].thresholds for i in kept]


def certify(
    given: Predictions,
    rule: Score,
    vectors: Sequence[Sequence[float]],
    costs: Sequence[Price],
    *,
    max_loss: float,
    delta: float,
    method: Method = "fixed-sequence",
) -> Guarantee:
    """Test threshold vectors on images that had no part in choosing them.

    Args:
        vectors: one threshold per early exit each; for a fixed sequence in the order of the test, safest first.
        costs: cumulative cost up to each exit; of the vectors that pass, the cheapest on these images is taken.

    Raises:
        SpecError: no vectors, or a limit or level outside (0, 1).
    """
    if not vectors:
        raise SpecError("there are no threshold vectors to test")
    allowed = _allowed(given, max_loss, delta if method == "fixed-sequence" else delta / len(vectors))
    scores, harm, rows = given.scores(rule), harms(given), np.arange(given.images)
    passed: list[tuple[Price, int, tuple[float, ...]]] = []  # (cost, harmed, thresholds)
    for vector in vectors:
        policy = Policy(score=rule.name, thresholds=tuple(vector))
        exits = policy.decide(scores)
        harmed = int(harm[rows, exits].sum())
        if harmed <= allowed:
            left = np.bincount(exits, minlength=given.exits).tolist()
            passed.append((expected_cost(left, costs), harmed, policy.thresholds))
        elif method == "fixed-sequence":
            break
    _, harmed, thresholds = min(passed) if passed else (0, 0, (rule.never,) * (given.exits - 1))
    return Guarantee(
        thresholds=thresholds,
        max_loss=max_loss,
        delta=delta,
        harmed=harmed,
        images=given.images,
        tested=len(vectors),
        passed=len(passed),
        method=method,
    )


def _allowed(given: Predictions, max_loss: float, level: float) -> int:
    """Harmed images at which "the harm is above the limit" is still rejected; -1: there are too few images."""
    require_level("max_loss", max_loss)
    require_level("delta", level)
    return most_events(given.images, max_loss, level)
