"""How many threshold vectors per second are evaluated on stored logits, beside deciding anew for every vector.

``python benchmarks/threshold_sweep.py [--images N] [--classes C] [--rounds R]`` prints, for networks of one to three
early exits, the median time of a whole sweep (scores from logits, exit shares, accuracy, cost and calibration error of
every vector) and the rate, after a random sample of vectors was found equal to deciding image by image.
"""

from __future__ import annotations

import argparse
import platform
import time
from statistics import median

import numpy as np

from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions, predictions
from effbench.early_exit.sweep import Sweep, sweep
from effbench.stats.scores import score

SAMPLE = 20
COSTS = (1, 5, 20, 80)


def drawn(images: int, exits: int, classes: int) -> Predictions:
    """Random predictions that are right more often at later exits."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, images)
    logits = rng.normal(size=(images, exits, classes))
    for k in range(exits):
        logits[np.arange(images), k, labels] += 3 * rng.exponential(1 + k, images)
    return predictions(logits, labels)


def timed_sweep(given: Predictions) -> tuple[Sweep, float]:
    """The sweep with its costs, and its seconds."""
    start = time.perf_counter()
    swept = sweep(given, score("entropy"))
    swept.total_cost(COSTS[: given.exits])
    swept.calibration_error()
    return swept, time.perf_counter() - start


def checked_by_hand(given: Predictions, swept: Sweep) -> float:
    """Seconds per vector of deciding anew; raises unless a sample of vectors gives the same."""
    rng, costs = np.random.default_rng(1), COSTS[: given.exits]
    total, errors, start = swept.total_cost(costs), swept.calibration_error(), time.perf_counter()
    for _ in range(SAMPLE):
        index = tuple(int(rng.integers(n)) for n in swept.shape)
        found = outcome(given, Policy(score="entropy", thresholds=swept.vector(index)))
        same = (found.left, found.correct, found.cost(costs) * given.images) == (
            swept.leaving(index),
            swept.correct[index],
            total[index],
        )
        if not same or abs(found.calibration_error() - errors[index]) > 1e-9:
            raise SystemExit(f"the sweep disagrees at {swept.vector(index)}")
    return (time.perf_counter() - start) / SAMPLE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000, help="(default: 10000)")
    parser.add_argument("--classes", type=int, default=100, help="(default: 100)")
    parser.add_argument("--rounds", type=int, default=7, help="(default: 7)")
    args = parser.parse_args()
    print(f"{args.images} images, {args.classes} classes; {platform.machine()}, numpy {np.__version__}")
    print("early exits   vectors   median s     vectors/s   deciding anew, vectors/s")
    for early in (1, 2, 3):
        given = drawn(args.images, early + 1, args.classes)
        runs = [timed_sweep(given) for _ in range(args.rounds)]
        swept, seconds = runs[0][0], median(s for _, s in runs)
        anew = 1 / checked_by_hand(given, swept)
        print(f"{early:11} {swept.correct.size:9} {seconds:10.3f} {swept.correct.size / seconds:13,.0f} {anew:26,.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
