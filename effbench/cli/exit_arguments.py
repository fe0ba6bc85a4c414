"""Arguments of ``effbench exits``."""

from __future__ import annotations

from pathlib import Path

from effbench.cli.parser import Parser, model, output_file, whole_number
from effbench.cost.convention import conventions
from effbench.stats.printed import parse_figure

POLICIES = ("entropy", "normalised_entropy", "max_probability", "margin", "patience")
METHODS = ("fixed-sequence", "bonferroni")


def configure(parser: Parser) -> None:
    """All of them."""
    parser.add_argument(
        "model", nargs="?", type=model, metavar="MODEL", help="network with early exits (not with --cost-per-exit)"
    )
    parser.add_argument("--run", type=Path, metavar="DIR", help="a run of effbench train: its model and predictions")
    parser.add_allow_code("run")
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help=".npz or .pt with logits (images, exits, classes) and labels (images), or scores as --save-scores writes "
        "them; every figure is of these images",
    )
    parser.add_argument("--policy", choices=POLICIES, default="entropy", help="score (default: entropy)")
    parser.add_argument("--seed", type=whole_number, default=0, metavar="N", help="of every random draw (default: 0)")
    parser.add_argument(
        "--save-scores",
        type=output_file,
        metavar="FILE.npz",
        help="write scores, and whether each exit was right, without labels and logits: what may be passed on where "
        "labels may not; --predictions reads it",
    )
    _price_arguments(parser)
    _choice_arguments(parser)
    _stream_arguments(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the figures as PNG and SVG to DIR")
    parser.add_output()


def _price_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("cost")
    group.add_argument("--convention", default="macs", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    group.add_argument("--size", type=whole_number, metavar="S", help="image side in pixels (default: the model's own)")
    group.add_argument(
        "--cost-per-exit", nargs="+", type=float, metavar="X", help="measured instead: cumulative up to each exit"
    )
    group.add_argument("--unit", default="s", help="of --cost-per-exit (default: s)")


def _choice_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("choice of thresholds (default: the Pareto front)")
    apart = group.add_mutually_exclusive_group()
    apart.add_argument("--calibrate-on", type=Path, metavar="FILE", help="choose on the images of another file")
    apart.add_argument("--calibrate-share", type=float, metavar="F", help="choose on a random share of --predictions")
    one = group.add_mutually_exclusive_group()
    one.add_argument("--thresholds", nargs="+", metavar="T", help="one per early exit; numbers, never or always")
    one.add_argument("--min-accuracy", type=float, metavar="A", help="cheapest thresholds that reach A, 0 to 1")
    one.add_argument("--budget", metavar="B", help="most accurate thresholds of mean cost B, e.g. 60M, or 0.002")
    one.add_argument("--max-loss", type=float, metavar="L", help="cheapest thresholds that lose at most L, guaranteed")
    group.add_argument("--delta", type=float, default=0.05, metavar="D", help="of --max-loss: chance it fails (0.05)")
    group.add_argument("--method", choices=METHODS, default=METHODS[0], help=f"of --max-loss (default: {METHODS[0]})")
    group.add_argument("--temperature", action="store_true", help="fit one per exit where thresholds are chosen")
    group.add_argument("--by", choices=("class",), help="show the chosen thresholds for every class")
    group.add_argument("--save-policy", type=output_file, metavar="FILE", help="write the chosen policy as JSON")


def _stream_arguments(parser: Parser) -> None:
    group = parser.add_argument_group("run-time control")
    group.add_argument("--simulate", choices=("battery", "latency"), help="over a stream of easy and hard images")
    group.add_argument("--stream", type=whole_number, default=2000, metavar="N", help="images (default: 2000)")
    group.add_argument(
        "--capacity", type=float, default=0.6, metavar="F", help="battery: share of what never exiting takes (0.6)"
    )
    group.add_argument("--target", type=_cost, metavar="X", help="latency: mean cost per image to hold, e.g. 2M, 0.002")


def _cost(text: str) -> float:
    return float(parse_figure(text).value)
