"""``effbench exits``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.exit_arguments import complete, configure
from effbench.early_exit.notes import chosen_note, interval_note, price_notes, promise_notes, rule_note
from effbench.early_exit.table import (
    PolicyRow,
    class_rows,
    policy_columns,
    policy_row,
    shown_cost,
    trial_columns,
    trial_row,
)
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.files.terminal import say
from effbench.models.plugins import named_in
from effbench.render.formats import is_exact
from effbench.render.table import render

if TYPE_CHECKING:
    from effbench.early_exit.evaluation import Evaluation
    from effbench.early_exit.policy import Policy
    from effbench.early_exit.promise import Guarantee

    Figures = Callable[[], Mapping[str, Mapping[str, bytes]]]

__all__ = ["EXAMPLES", "SUMMARY", "configure", "run"]

SUMMARY = "evaluate early exits from stored predictions: cost, thresholds with a guarantee, run-time control"
EXAMPLES = """\
  effbench exits --run runs/ravit_digits/seed0 --max-loss 0.02 --save-policy policy.json
  effbench exits ravit_cifar10:1-3 --predictions test.npz --policy policy.json
  effbench exits ravit_cifar10:1-3 --predictions test.npz --out figures/
  effbench exits ravit_cifar10:1-3 --predictions test.npz --thresholds 0.5 --by class
  effbench exits ravit_cifar10:1-3 --predictions test.npz --calibrate-on calibration.npz --max-loss 0.01 --delta 0.05
  effbench exits ravit_cifar10:1-3 --predictions all.npz --calibrate-share 0.5 --budget 60M --temperature
  effbench exits --predictions test.npz --cost-per-exit 0.0012 0.0035 --unit s --simulate latency --target 0.002"""

SHOWN = 12
"""Points of the front in a table."""


def run(args: argparse.Namespace) -> int:
    complete(args)
    try:
        import scipy  # noqa: F401 - is it there? its parts are imported where they are used

        import effbench.early_exit.figures  # noqa: F401 - NumPy starts here
    except ImportError as error:
        raise MissingExtra("effbench exits", error.name or "numpy", "measure") from None
    data, given = _evaluation(args)
    if args.save_scores is not None:
        from effbench.early_exit.prediction_file import scores_file

        write_files({args.save_scores: scores_file(data.test)})
    text, figures = _simulated(args, data) if args.simulate else _judged(args, data, given)
    if args.out is not None:
        _write_figures(figures, args.out)
    emit(text, args.output)
    return 0


def _evaluation(args: argparse.Namespace) -> tuple[Evaluation, Policy | None]:
    """The predictions and prices asked for, and the policy of ``--policy``."""
    from effbench.early_exit.evaluation import evaluation
    from effbench.early_exit.policy import read
    from effbench.early_exit.prices import counted_prices, given_prices
    from effbench.stats.scores import score

    if args.allow_code and args.run is None:
        raise EffbenchError("--allow-code goes with --run DIR: a MODEL that you name yourself may be a file")
    if args.run is not None:
        _take_run(args)
    if args.predictions is None:
        raise EffbenchError("give --predictions FILE, or --run DIR of effbench train")
    if (args.model is None) == (args.cost_per_exit is None):
        raise EffbenchError("give either a MODEL, whose exits are priced by formula, or --cost-per-exit")
    policy = None if args.policy is None else read(Path(args.policy))
    rule = score(args.score) if policy is None else policy.rule
    if args.model is None:
        prices = given_prices(args.predictions.stem, args.cost_per_exit, args.unit)
    else:
        with named_in(args.run):
            prices = counted_prices(args.model, args.size, args.convention, rule)
    data = evaluation(
        args.predictions,
        prices,
        rule,
        calibrate_on=args.calibrate_on,
        calibrate_share=args.calibrate_share,
        seed=args.seed,
    )
    return data, policy


def _take_run(args: argparse.Namespace) -> None:
    """Put what a training run left where the user would have named it."""
    from effbench.early_exit.evaluation import finished_run

    if args.model or args.predictions or args.cost_per_exit or args.size is not None:
        raise EffbenchError(
            "--run DIR says model, size and predictions: give it without MODEL, --predictions and costs"
        )
    found = finished_run(args.run)
    args.model, args.size, args.predictions = found.model, found.size, found.test
    if args.calibrate_share is None:
        args.calibrate_on = args.calibrate_on or found.calibration


def _judged(args: argparse.Namespace, data: Evaluation, given: Policy | None) -> tuple[str, Figures]:
    """The table of policies on the test images, and how to draw their figures."""
    from effbench.early_exit.choice import never_exits
    from effbench.early_exit.figures import study_figures
    from effbench.stats.calibration import BINS

    name, policy, promise = ("given", given, None) if given is not None else _chosen(args, data)
    rows = [policy_row(data, "never exits", never_exits(data))]
    if policy is None:
        rows += _front_rows(args, data)
    else:
        row = policy_row(data, name, policy, promise)
        rows = class_rows(row) if args.by else [*rows, row]
        if args.save_policy:
            write_files({args.save_policy: policy.as_json().encode()})
    notes = [*price_notes(data.prices), rule_note(data.rule), interval_note(BINS)]
    notes += [] if name == "given" else [chosen_note(data)]
    title = f"{data.prices.model}: {data.test.images} test images, {data.test.exits} exits, by {data.rule.name}"
    columns = policy_columns(args.by is not None)
    text = render(rows, columns, args.format, title=title, notes=[*notes, *promise_notes(promise)])
    return text, lambda: study_figures(data, policy)


def _chosen(args: argparse.Namespace, data: Evaluation) -> tuple[str, Policy | None, Guarantee | None]:
    """Name and thresholds of the policy asked for; no thresholds where the front is."""
    from effbench.early_exit.choice import cheapest_policy, given_policy, guaranteed_policy, most_accurate_policy

    if args.thresholds:
        return "given", given_policy(data, args.thresholds), None
    if args.min_accuracy is not None:
        return f"accuracy {args.min_accuracy:g}", cheapest_policy(data, args.min_accuracy, args.temperature), None
    if args.budget is not None:
        return f"budget {args.budget}", most_accurate_policy(data, args.budget, args.temperature), None
    if args.max_loss is not None:
        policy, promise = guaranteed_policy(
            data, max_loss=args.max_loss, delta=args.delta, method=args.method, cooled=args.temperature
        )
        return f"loss at most {args.max_loss:g}", policy, promise
    return "front", None, None


def _front_rows(args: argparse.Namespace, data: Evaluation) -> list[PolicyRow]:
    """Points of the front; a table shows some of them, evenly, with both ends."""
    from effbench.early_exit.choice import front_policies

    policies = front_policies(data, args.temperature)
    if not is_exact(args.format) and len(policies) > SHOWN:
        policies = [policies[round(i * (len(policies) - 1) / (SHOWN - 1))] for i in range(SHOWN)]
    return [policy_row(data, "front", policy) for policy in policies]


def _simulated(args: argparse.Namespace, data: Evaluation) -> tuple[str, Figures]:
    """The table of controllers on one stream, and how to draw it."""
    from effbench.early_exit.figures import stream_figures
    from effbench.early_exit.trials import trials

    found = trials(data, args.simulate, images=args.stream, capacity=args.capacity, target=args.target)
    if args.simulate == "battery":
        what = f"a battery of {100 * args.capacity:g} % of what never exiting takes"
    else:
        what = f"a target of {shown_cost(args.target, data.prices.unit, data.prices.convention)} per image"
    title = f"{data.prices.model}: {args.stream} images, easy and hard alternating, {what}"
    notes = [*price_notes(data.prices), rule_note(data.rule), chosen_note(data)]
    rows = [trial_row(data, trial) for trial in found]
    text = render(rows, trial_columns(), args.format, title=title, notes=notes)
    return text, lambda: stream_figures(data, args.simulate, found, args.target)


def _write_figures(figures: Figures, folder: Path) -> None:
    drawn = figures()
    make_folder(folder)
    files = {
        inside(folder, f"{name}.{kind}"): content for name, images in drawn.items() for kind, content in images.items()
    }
    write_files(files)
    say(f"wrote {', '.join(str(path) for path in files)}")
