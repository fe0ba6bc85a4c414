"""``effbench exits``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effbench.cli.exit_arguments import configure
from effbench.cost.convention import convention
from effbench.early_exit.table import policy_columns, shown_cost, stream_columns
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.models.plugins import named_in
from effbench.render.numbers import scaled
from effbench.render.table import render

if TYPE_CHECKING:
    from effbench.early_exit.figures import Figures
    from effbench.early_exit.guarantee import Guarantee
    from effbench.early_exit.policy import Policy
    from effbench.early_exit.study import Study

__all__ = ["EXAMPLES", "SUMMARY", "configure", "run"]

SUMMARY = "early exits: true cost, every threshold from stored logits, thresholds with a guarantee, run-time control"
EXAMPLES = """\
  effbench exits --run runs/ravit_digits/seed0 --max-loss 0.02
  effbench exits ravit_cifar10:1-3 --predictions test.npz --out figures/
  effbench exits ravit_cifar10:1-3 --predictions test.npz --thresholds 0.5 --by class
  effbench exits ravit_cifar10:1-3 --predictions test.npz --calibrate-on calibration.npz --max-loss 0.01 --delta 0.05
  effbench exits ravit_cifar10:1-3 --predictions all.npz --calibrate-share 0.5 --budget 60M --temperature
  effbench exits --predictions test.npz --cost-per-exit 0.0012 0.0035 --unit s --simulate latency --target 0.002"""

ONE_POLICY = ("thresholds", "min_accuracy", "budget", "max_loss", "temperature", "by", "save_policy")
"""Arguments that are about one policy."""

SHOWN = 12
"""Points of the front in a table."""


def run(args: argparse.Namespace) -> int:
    try:
        import scipy  # noqa: F401 - is it there? its parts are imported where they are used

        import effbench.early_exit.figures  # noqa: F401 - NumPy starts here
    except ImportError as error:
        raise MissingExtra("effbench exits", error.name or "numpy", "measure") from None
    data = _study(args)
    if args.save_scores is not None:
        from effbench.early_exit.prediction_file import scores_file

        write_files({args.save_scores: scores_file(data.test)})
    text, figures = _simulated(args, data) if args.simulate else _judged(args, data)
    if args.out is not None:
        _write_figures(figures, args.out)
    emit(text, args.output)
    return 0


def _study(args: argparse.Namespace) -> Study:
    from effbench.early_exit.study import counted_prices, given_prices, study
    from effbench.stats.confidence import score

    if args.allow_code and args.run is None:
        raise EffbenchError("--allow-code goes with --run DIR: a MODEL that you name yourself may be a file")
    if args.run is not None:
        _take_run(args)
    if args.predictions is None:
        raise EffbenchError("give --predictions FILE, or --run DIR of effbench train")
    if (args.model is None) == (args.cost_per_exit is None):
        raise EffbenchError("give either a MODEL, whose exits are priced by formula, or --cost-per-exit")
    if args.model is None:
        prices = given_prices(args.predictions.stem, args.cost_per_exit, args.unit)
    else:
        with named_in(args.run):
            prices = counted_prices(args.model, args.size, args.convention, score(args.policy))
    return study(
        args.predictions,
        prices,
        args.policy,
        calibrate_on=args.calibrate_on,
        calibrate_share=args.calibrate_share,
        seed=args.seed,
    )


def _take_run(args: argparse.Namespace) -> None:
    """Put what a training run keeps where the user would have named it."""
    from effbench.early_exit.study import kept

    if args.model or args.predictions or args.cost_per_exit or args.size is not None:
        raise EffbenchError(
            "--run DIR says model, size and predictions: give it without MODEL, --predictions and costs"
        )
    found = kept(args.run)
    args.model, args.size, args.predictions = found.model, found.size, found.test
    if args.calibrate_share is None:
        args.calibrate_on = args.calibrate_on or found.calibration


def _judged(args: argparse.Namespace, data: Study) -> tuple[str, Callable[[], Figures]]:
    """The table of policies on the test images, and how to draw their figures."""
    from effbench.early_exit.figures import study_figures
    from effbench.early_exit.study import class_rows, never_exits, policy_row

    name, policy, promised = _chosen(args, data)
    if policy is None:
        if args.by or args.save_policy:
            raise EffbenchError(
                "--by and --save-policy need one policy: --thresholds, --min-accuracy, --budget or --max-loss"
            )
        rows = [policy_row(data, "never exits", never_exits(data)), *_front_rows(args, data)]
    elif args.by:
        rows = class_rows(data, name, policy)
    else:
        rows = [policy_row(data, "never exits", never_exits(data)), policy_row(data, name, policy)]
    if policy is not None and args.save_policy:
        write_files({args.save_policy: policy.as_json().encode()})
    if promised is not None:
        rows = [{**row, **_promise(promised)} if row["policy"] == name else row for row in rows]
    notes = [*_notes(args, data), *_promise_notes(promised)]
    title = f"{data.prices.model}: {data.test.images} test images, {data.test.exits} exits, by {args.policy}"
    text = render(rows, policy_columns(args.by is not None), args.format, title=title, notes=notes)
    return text, lambda: study_figures(data, policy)


def _chosen(args: argparse.Namespace, data: Study) -> tuple[str, Policy | None, Guarantee | None]:
    """Name and thresholds of the policy asked for; no thresholds where the front is."""
    from effbench.early_exit.study import cheapest_policy, given_policy, guaranteed_policy, most_accurate_policy

    if args.thresholds:
        if args.temperature:
            raise EffbenchError("--temperature changes the scores: it goes with thresholds that are chosen, not given")
        return "given", given_policy(data, args.thresholds), None
    if args.min_accuracy is not None:
        return f"accuracy {args.min_accuracy:g}", cheapest_policy(data, args.min_accuracy, args.temperature), None
    if args.budget is not None:
        return f"budget {args.budget}", most_accurate_policy(data, args.budget, args.temperature), None
    if args.max_loss is not None:
        policy, promised = guaranteed_policy(
            data, max_loss=args.max_loss, delta=args.delta, method=args.method, cooled=args.temperature
        )
        return f"loss at most {args.max_loss:g}", policy, promised
    return "front", None, None


def _front_rows(args: argparse.Namespace, data: Study) -> list[dict[str, Any]]:
    """Points of the front; a table shows some of them, evenly, with both ends."""
    from effbench.early_exit.study import front_policies, policy_row

    policies = front_policies(data, args.temperature)
    if args.format not in ("json", "csv") and len(policies) > SHOWN:
        policies = [policies[round(i * (len(policies) - 1) / (SHOWN - 1))] for i in range(SHOWN)]
    return [policy_row(data, "front", policy) for policy in policies]


def _simulated(args: argparse.Namespace, data: Study) -> tuple[str, Callable[[], Figures]]:
    """The table of controllers on one stream, and how to draw it."""
    from effbench.early_exit.figures import stream_figures
    from effbench.early_exit.stream_study import trial_row, trials

    unused = [name for name in ONE_POLICY if getattr(args, name) not in (None, False)]
    if unused:
        raise EffbenchError(f"--simulate turns a dial of thresholds: --{unused[0].replace('_', '-')} has no part in it")
    found = trials(data, args.simulate, images=args.stream, capacity=args.capacity, target=args.target)
    if args.simulate == "battery":
        what = f"a battery of {100 * args.capacity:g} % of what never exiting takes"
    else:
        what = f"a target of {shown_cost(args.target, data.prices.unit, data.prices.convention)} per image"
    title = f"{data.prices.model}: {args.stream} images, easy and hard by turns, {what}"
    rows = [trial_row(data, trial) for trial in found]
    notes = [*_price_notes(data), _rule_note(data), _chosen_note(data)]
    text = render(rows, stream_columns(), args.format, title=title, notes=notes)
    return text, lambda: stream_figures(data, args.simulate, found, args.target)


def _promise(found: Guarantee) -> dict[str, Any]:
    return {
        "max_loss": found.max_loss,
        "delta": found.delta,
        "calibration_images": found.images,
        "calibration_harmed": found.harmed,
        "loss_bound": found.bound,
        "method": found.method,
    }


def _promise_notes(found: Guarantee | None) -> list[str]:
    if found is None:
        return []
    if not found.passed:
        return [
            f"Guarantee: no thresholds passed on {found.images} images, so images never leave early. More calibration "
            f"images, or a larger --max-loss, are needed."
        ]
    return [
        f"Guarantee: with confidence {1 - found.delta:g}, accuracy is at most {found.max_loss:g} below never exiting, "
        f"on images like those of the calibration. {found.images} of them tested the thresholds, {found.passed} of "
        f"{found.tested} passed ({found.method}, exact binomial tail); the chosen ones harmed {found.harmed} images."
    ]


def _notes(args: argparse.Namespace, data: Study) -> list[str]:
    from effbench.stats.calibration_error import BINS

    return [
        *_price_notes(data),
        _rule_note(data),
        f"Intervals: Wilson for accuracy, bootstrap over images for cost. ECE: calibration error in {BINS} bins.",
        *([] if args.thresholds else [_chosen_note(data)]),
    ]


def _rule_note(data: Study) -> str:
    return f"Leave when {data.rule.name} is {'below' if data.rule.leaves_below else 'at or above'} the threshold."


def _chosen_note(data: Study) -> str:
    if data.apart:
        return f"Thresholds were chosen on {data.choosing.images} other images."
    return "Thresholds were chosen on the images shown, which flatters them: see --calibrate-on and --calibrate-share."


def _price_notes(data: Study) -> list[str]:
    prices = data.prices
    if prices.convention is None:
        return [
            f"Costs as given, cumulative up to each exit: {', '.join(f'{c:g} {prices.unit}' for c in prices.costs)}."
        ]
    found = convention(prices.convention)
    work = ", ".join(f"{n} {kind}" for kind, n in (prices.score_work or {}).items())
    worth = sum(found.price.get(kind, 0) * n for kind, n in (prices.score_work or {}).items())
    return [
        f"{found.name} [{found.unit}]: {found.doc}. Source: {found.source}.",
        f"Cost up to each exit, heads and resizing of all exits passed included: "
        f"{', '.join(f'{scaled(int(c))} {prices.unit}s' for c in prices.costs)}. "
        f"Scores of all early exits: {work}; worth {worth} under {found.name}.",
    ]


def _write_figures(figures: Callable[[], Figures], folder: Path) -> None:
    drawn = figures()
    make_folder(folder)
    files = {
        inside(folder, f"{name}.{kind}"): content for name, images in drawn.items() for kind, content in images.items()
    }
    write_files(files)
    print(f"wrote {', '.join(str(path) for path in files)}", file=sys.stderr)
