"""Early exits of a trained RAViT beside what its paper prints, and its guarantee tested by re-calibrations.

    effbench train ravit_cifar10 --set model=ravit_cifar10:1-3 --epochs 60 --out runs/exits
    python experiments/paper_exits.py runs/exits/seed0 --out reports/early_exit/cifar10

From the predictions that the run left: accuracy and cost over thresholds, the paper's among them; the share of images
that exits, beside the share that the paper's FLOPs imply; the cheapest thresholds that keep a promised loss; and how
often thresholds that were calibrated on other images break the promise, over --calibrations draws with replacement from
all images of the run, whose own loss is known. Predictions elsewhere: ``--model NAME --predictions FILE``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from effbench.claims.load import paper
from effbench.claims.paper import Claim
from effbench.cost.formulas import implied_exit_share
from effbench.early_exit.choice import guaranteed_policy
from effbench.early_exit.evaluation import Evaluation, evaluation, finished_run
from effbench.early_exit.guarantee import harms, one_exit
from effbench.early_exit.outcome import Outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import Predictions
from effbench.early_exit.prices import counted_prices
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.render.table import Column, of, render
from effbench.stats.binomial import wilson
from effbench.stats.printed import printed
from effbench.stats.scores import SCORES, Score

PAPER, CONVENTION = "ravit", "ravit"
THRESHOLDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5)
"""Of the entropy in nats, as the paper's."""

HELD_OUT = 0.5
"""Share of the test images that calibrate, where the run held none out."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One threshold for every early exit.

    Attributes:
        accuracy, low, high: share of right answers with its 95 % interval. cost: mean of an image.
        exits: share of the images at each early exit. implied: that at which the paper's cost follows, at each early
            exit were it the only one; empty where the paper prints none. printed: the paper's accuracy, % as printed.
    """

    threshold: float
    accuracy: float
    low: float
    high: float
    cost: float
    exits: tuple[float, ...]
    implied: tuple[float, ...] = ()
    printed: str = ""


def claimed(model: str, metric: str) -> dict[float, Claim]:
    """Threshold -> the paper's figure of that network."""
    spec = resolve(model).spec
    return {
        float(claim.exit_threshold): claim
        for claim in paper(PAPER).claims
        if claim.exit_threshold and claim.metric == metric and claim.unit in ("M", "G", "%") and not claim.relation
        if claim.model and resolve(claim.counted_model).spec == spec
    }


def rows(data: Evaluation) -> list[Row]:
    """Every threshold of THRESHOLDS, and those of the paper."""
    flops, top1 = (claimed(data.prices.model, metric) for metric in ("flops", "top1"))
    return [_row(data, value, flops.get(value), top1.get(value)) for value in sorted({*THRESHOLDS, *flops, *top1})]


def _row(data: Evaluation, threshold: float, flops: Claim | None, top1: Claim | None) -> Row:
    found = _at(data, (threshold,) * (data.test.exits - 1))
    low, high = found.accuracy_interval()
    *costs, full = map(int, data.prices.costs)
    figure = printed(flops.digits, flops.unit).value if flops else None
    return Row(
        threshold=threshold,
        accuracy=found.accuracy,
        low=low,
        high=high,
        cost=float(found.cost(data.prices.costs)),
        exits=found.shares[:-1],
        implied=() if figure is None else tuple(float(implied_exit_share(figure, cost, full)) for cost in costs),
        printed=top1.printed if top1 else "",
    )


def _at(data: Evaluation, thresholds: tuple[float, ...]) -> Outcome:
    return data.judged(Policy(score=data.rule.name, thresholds=thresholds))


@dataclass(frozen=True, kw_only=True)
class Broken:
    """Re-calibrations. Attributes: images: of one. broken: that lose more than promised. low, high: of their share."""

    calibrations: int
    images: int
    broken: int
    low: float
    high: float


def recalibrated(every: Predictions, rule: Score, images: int, limits: tuple[float, float], draws: int) -> Broken:
    """How often thresholds of ``images`` drawn with replacement lose more than ``limits[0]`` on ``every`` image.

    Raises:
        EffbenchError: more than one early exit.
    """
    if every.exits != 2:
        raise EffbenchError("re-calibrations are of networks with one early exit")
    draw, scores, harmed = np.random.default_rng(0), every.scores(rule)[:, 0], harms(every)[:, 0]
    plain = replace(every, logits=None, labels=None, by_score={rule.name: every.scores(rule)})
    broken = 0
    for _ in range(draws):
        some = plain.take(draw.integers(every.images, size=images))
        found = one_exit(some, rule, max_loss=limits[0], delta=limits[1])
        broken += bool((harmed & rule.leaves(scores, found.thresholds[0])).mean() > limits[0])
    low, high = wilson(broken, draws)
    return Broken(calibrations=draws, images=images, broken=broken, low=low, high=high)


def columns() -> list[Column[Row]]:
    """Of the page."""
    return [
        of("threshold", lambda row: row.threshold, "{:g}".format, right=True),
        Column("accuracy", lambda row: f"{row.accuracy:.2%} [{row.low:.2%}, {row.high:.2%}]"),
        of("the paper's, %", lambda row: row.printed or "-", right=True),
        of("mean cost, M FLOPs", lambda row: row.cost / 1e6, "{:.3f}".format, right=True),
        Column("exit early", lambda row: _shares(row.exits), right=True),
        Column("implied by the paper's FLOPs", lambda row: _shares(row.implied) or "-", right=True),
    ]


def _shares(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2%}" for value in values)


def page(data: Evaluation, limits: tuple[float, float], draws: int) -> tuple[str, dict[str, object]]:
    """The text, and the same as JSON holds it."""
    found = rows(data)
    policy, promise = guaranteed_policy(
        data, max_loss=limits[0], delta=limits[1], method="fixed-sequence", cooled=False
    )
    kept, full = data.judged(policy), _at(data, (data.rule.never,) * (data.test.exits - 1))
    again = recalibrated(data.test, data.rule, data.choosing.images, limits, draws)
    thresholds = ", ".join(f"{value:.4g}" for value in policy.thresholds)
    saved = 1 - float(kept.cost(data.prices.costs)) / float(data.prices.costs[-1])
    notes = [
        f"{data.test.images} test images; entropy in nats; costs under {data.prices.convention}, scores priced.",
        f"Promised: at most {limits[0]:.1%} lost, in {1 - limits[1]:.0%} of calibrations. Threshold {thresholds} from "
        f"{data.choosing.images} other images: {full.accuracy - kept.accuracy:+.2%} lost on the test images, "
        f"{saved:.1%} of the cost saved, {_shares(kept.shares[:-1])} exit early.",
        f"{again.calibrations} re-calibrations of {again.images} images drawn from the test images: {again.broken} "
        f"lose more than promised, {again.broken / again.calibrations:.1%} [{again.low:.1%}, {again.high:.1%}].",
    ]
    text = render(found, columns(), "markdown", title=f"Early exits of {data.prices.model}", notes=notes)
    document = {
        "model": data.prices.model,
        "images": data.test.images,
        "rows": [vars(row) for row in found],
        "promise": dict(promise.plain()) | {"thresholds": list(policy.thresholds), "saved": saved},
        "lost": full.accuracy - kept.accuracy,
        "recalibrated": vars(again),
    }
    return text, document


def evaluated(args: argparse.Namespace) -> Evaluation:
    """The predictions of the run, or those that were named."""
    if (args.run is None) == (args.model is None or args.predictions is None):
        raise EffbenchError("give a RUN of effbench train, or --model and --predictions")
    if args.run is None:
        model, size, test, calibration = args.model, None, args.predictions, args.calibrate_on
    else:
        run = finished_run(args.run)
        model, size, test, calibration = run.model, run.size, run.test, run.calibration
    rule = SCORES["entropy"]
    share = None if calibration else HELD_OUT
    prices = counted_prices(model, size, CONVENTION, rule)
    return evaluation(test, prices, rule, calibrate_on=calibration, calibrate_share=share)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print; with ``--out`` also write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", nargs="?", type=Path, help="folder of a finished run")
    parser.add_argument("--model")
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--calibrate-on", type=Path)
    parser.add_argument("--max-loss", type=float, default=0.01)
    parser.add_argument("--delta", type=float, default=0.05)
    parser.add_argument("--calibrations", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="folder for README.md and exits.json")
    args = parser.parse_args(argv)
    try:
        text, document = page(evaluated(args), (args.max_loss, args.delta), args.calibrations)
    except EffbenchError as error:
        parser.error(str(error))
    print(text)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "README.md").write_text(f"{text}\nMade by `python experiments/paper_exits.py`.\n")
        (args.out / "exits.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
