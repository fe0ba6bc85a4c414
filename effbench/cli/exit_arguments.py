"""Arguments of ``effbench exits``, and which of them go together."""

from __future__ import annotations

import argparse

from effbench.cli.effect import Effect, require_effect
from effbench.cli.parser import Parser, fraction, model, whole_number
from effbench.cli.paths import input_file, input_folder, output_file, output_folder
from effbench.cost.convention import conventions
from effbench.early_exit.promise import METHODS
from effbench.errors import EffbenchError
from effbench.files.terminal import say
from effbench.stats.printed import parse_figure
from effbench.stats.scores import SCORES

DEFAULTS = {
    "score": "entropy",
    "convention": "macs",
    "unit": "s",
    "delta": 0.05,
    "method": METHODS[0],
    "stream": 2000,
    "capacity": 0.6,
}
"""Put in where an option was not given, so that one without effect is noticed."""

CHOICES = ("thresholds", "policy", "min_accuracy", "budget", "max_loss")
"""Arguments that settle one policy."""


def configure(parser: Parser) -> None:
    """All of them."""
    parser.add_argument(
        "model", nargs="?", type=model, metavar="MODEL", help="network with early exits (not with --cost-per-exit)"
    )
    parser.add_argument(
        "--run", type=input_folder, metavar="DIR", help="a run of effbench train: its model and predictions"
    )
    parser.add_allow_code("run")
    parser.add_argument(
        "--predictions",
        type=input_file,
        metavar="FILE",
        help=".npz or .pt with logits (images, exits, classes) and labels (images), or scores as --save-scores writes "
        "them; every figure is of these images",
    )
    parser.add_argument(
        "--score", choices=SCORES, help=f"how sure an exit is of its prediction (default: {DEFAULTS['score']})"
    )
    parser.add_argument(
        "--seed", type=whole_number, default=0, metavar="N", help="seed of every random draw (default: 0)"
    )
    parser.add_argument(
        "--save-scores",
        type=output_file,
        metavar="FILE.npz",
        help="write scores, and whether each exit was right, without labels and logits: for data sets whose labels may "
        "not be passed on; --predictions reads it",
    )
    _price_arguments(parser)
    _choice_arguments(parser)
    _stream_arguments(parser)
    parser.add_argument("--out", type=output_folder, metavar="DIR", help="write the figures as PNG and SVG to DIR")
    parser.add_output()


def _price_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("cost")
    group.add_argument("--convention", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    group.add_argument("--size", type=whole_number, metavar="S", help="image side in pixels (default: the model's own)")
    group.add_argument(
        "--cost-per-exit", nargs="+", type=float, metavar="X", help="measured instead: cumulative up to each exit"
    )
    group.add_argument("--unit", help="unit of --cost-per-exit (default: s)")


def _choice_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("choice of thresholds (default: the Pareto front)")
    apart = group.add_mutually_exclusive_group()
    apart.add_argument("--calibrate-on", type=input_file, metavar="FILE", help="choose on the images of another file")
    apart.add_argument("--calibrate-share", type=fraction, metavar="F", help="choose on a random share of the images")
    one = group.add_mutually_exclusive_group()
    one.add_argument("--thresholds", nargs="+", metavar="T", help="one per early exit; numbers, never or always")
    group.add_argument("--policy", metavar="FILE", help="thresholds that --save-policy wrote")
    one.add_argument("--min-accuracy", type=fraction, metavar="A", help="cheapest thresholds that reach A, e.g. 0.9")
    one.add_argument("--budget", metavar="B", help="most accurate thresholds of mean cost B, e.g. 60M, or 0.002")
    one.add_argument(
        "--max-loss", type=fraction, metavar="L", help="cheapest thresholds that lose at most L, e.g. 0.02, guaranteed"
    )
    group.add_argument("--delta", type=fraction, metavar="D", help="chance that --max-loss is exceeded (default: 0.05)")
    group.add_argument("--method", choices=METHODS, help=f"tests behind --max-loss (default: {METHODS[0]})")
    group.add_argument("--temperature", action="store_true", help="fit one per exit where thresholds are chosen")
    group.add_argument("--by", choices=("class",), help="show the chosen thresholds for every class")
    group.add_argument("--save-policy", type=output_file, metavar="FILE", help="write the chosen policy as JSON")


def _stream_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("run-time control")
    group.add_argument("--simulate", choices=("battery", "latency"), help="over a stream of easy and hard images")
    group.add_argument("--stream", type=whole_number, metavar="N", help="images in the stream (default: 2000)")
    group.add_argument(
        "--capacity", type=fraction, metavar="F", help="battery: share of what never exiting takes (default: 0.6)"
    )
    group.add_argument("--target", type=_cost, metavar="X", help="latency: mean cost per image to hold, e.g. 2M, 0.002")


def _cost(text: str) -> float:
    return float(parse_figure(text).value)


def complete(args: argparse.Namespace) -> None:
    """Fill in the defaults.

    Raises:
        EffbenchError: options that exclude one another, or one that would have no effect.
    """
    if args.policy in SCORES:  # until the next release
        if args.score is not None:
            raise EffbenchError(f"--policy {args.policy} is the former spelling of --score {args.policy}: give one")
        args.policy, args.score = None, args.policy
        args.typed = args.typed - {"policy"} | {"score"}
        say(f"--policy {args.score} is now --score {args.score}; --policy takes a FILE")
    others = [name for name in CHOICES if name != "policy" and getattr(args, name) is not None]
    if args.policy is not None and others:
        raise EffbenchError(f"--policy settles the thresholds: give it without {_option(others[0])}")
    require_effect(args, _effects(args))
    for name, value in DEFAULTS.items():
        if getattr(args, name) is None:
            setattr(args, name, value)


def _effects(args: argparse.Namespace) -> list[Effect]:
    counted, simulates = args.cost_per_exit is None, args.simulate is not None
    fixed = args.thresholds is not None or args.policy is not None
    settled = any(getattr(args, name) is not None for name in CHOICES)
    dial = "with --simulate, which sets the thresholds itself"
    one_policy = "without --thresholds, --policy, --min-accuracy, --budget or --max-loss"
    return [
        *((name, not simulates, dial) for name in (*CHOICES, "temperature", "by", "save_policy")),
        ("score", args.policy is None, "with --policy FILE, which names its score"),
        ("convention", counted, "with --cost-per-exit"),
        ("size", counted, "with --cost-per-exit"),
        ("unit", not counted, "without --cost-per-exit"),
        ("delta", args.max_loss is not None, "without --max-loss"),
        ("method", args.max_loss is not None, "without --max-loss"),
        ("temperature", not fixed, "on thresholds that are given"),
        ("by", settled, one_policy),
        ("save_policy", settled, one_policy),
        ("stream", simulates, "without --simulate"),
        ("capacity", args.simulate == "battery", "without --simulate battery"),
        ("target", args.simulate == "latency", "without --simulate latency"),
    ]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
