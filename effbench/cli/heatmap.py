"""``effbench heatmap``: its options, and the one way from them to a map, its files and its text."""

from __future__ import annotations

import argparse
from pathlib import Path

from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import existing, output_file, output_folder
from effbench.cost.convention import conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.files.terminal import say
from effbench.maps.layer_map import Map
from effbench.maps.paper import PRESETS

SUMMARY = "map layer counts to FLOPs, accuracy or latency, as in the RAViT paper's Figures 3 and 5"
EXAMPLES = """\
  effbench heatmap --dataset cifar10
  effbench heatmap --dataset tiny-imagenet --fix 3=3 --max-layers 6 --out figures/
  effbench heatmap --dataset textures --metric accuracy
  effbench heatmap --dataset cifar10 --metric accuracy --complete --next 3
  effbench heatmap --dataset digits --metric accuracy --store runs/ravit_digits --exit 1 --out figures/
  effbench heatmap --dataset cifar10 --metric latency --max-layers 4 --measurements latency.jsonl"""

METRICS = ("flops", "accuracy", "latency")
DEFAULTS: dict[str, dict[str, object]] = {
    "flops": {},
    "accuracy": {"exit": "last", "complete": False, "next": 0},
    "latency": {
        "batch": 32,
        "device": "cpu",
        "dtype": "fp32",
        "mode": "eager",
        "threads": 1,
        "processes": 5,
        "samples": 30,
        "seconds": 3.0,
        "limit": 900.0,
        "measurements": None,
    },
}
"""Metric -> options of its own, and their defaults."""


def configure(parser: Parser) -> None:
    add = parser.add_argument
    fix = "layers of a branch that is not drawn (default: 3=3 for tiny-imagenet, 3=8 for imagenet)"
    most = "largest layer count of either branch (default: 8; with a store, the layer counts that were trained)"
    plain = "layers of the plain ViT that is 100 %% (default: 4; 12 for imagenet)"
    add("--dataset", required=True, metavar="D", help=f"{', '.join(PRESETS)}, or that of a --store")
    add("--metric", choices=METRICS, default="flops", help="default: flops")
    add("--fix", action="append", type=_branch_layers, metavar="BRANCH=LAYERS", help=fix)
    add("--max-layers", type=whole_number, metavar="N", help=most)
    add("--baseline-layers", type=whole_number, metavar="N", help=plain)
    add("--convention", default="ravit", metavar="C", help=f"{', '.join(conventions())} (default: ravit)")
    _configure_trained(parser)
    _configure_latency(parser)
    add("--out", type=output_folder, metavar="DIR", help="also write the map as PNG, SVG and CSV to DIR")
    parser.add_output()


def _configure_trained(parser: Parser) -> None:
    group = parser.add_argument_group("trained networks")
    add = group.add_argument
    store = (
        "results.jsonl of effbench sweep or train, or its folder (default of accuracy: reports/sweeps/D); flops and "
        "latency are then of its networks"
    )
    where = "use only the runs whose recipe has it, e.g. training.epochs=30"
    add("--store", type=existing, metavar="FILE", help=store)
    add("--exit", type=_exit, metavar="N", help="accuracy at the exit of branch N, or last (default: last)")
    add("--complete", action="store_true", default=None, help="also predict the networks that were not trained")
    add("--next", type=whole_number, metavar="N", help="with --complete: name the N networks worth training next")
    add("--experiment", metavar="NAME", help="use only the runs of this experiment")
    parser.add_allow_code("store")
    add("--where", action="append", type=_key_value, metavar="KEY=VALUE", help=where)


def _configure_latency(parser: Parser) -> None:
    from effbench.cli.profile import number
    from effbench.profiling.worker.job import DEVICES, DTYPES, MODES

    about = "of one image, and images per second at --batch; see effbench profile"
    add, defaults = parser.add_argument_group("latency", about).add_argument, DEFAULTS["latency"]
    add("--batch", type=whole_number, metavar="B", help="images per step of the throughput (default: 32)")
    for name, known in (("device", DEVICES), ("dtype", DTYPES), ("mode", MODES)):
        add(f"--{name}", choices=known, help=f"default: {defaults[name]}")
    for name in ("threads", "processes", "samples"):
        add(f"--{name}", type=whole_number, metavar="N", help=f"default: {defaults[name]}")
    for name in ("seconds", "limit"):
        add(f"--{name}", type=number, metavar="S", help=f"default: {defaults[name]:g}")
    add("--measurements", type=output_file, metavar="FILE", help="keep every sample in FILE, and resume from it")


def run(args: argparse.Namespace) -> int:
    from effbench.cli.heatmap_maps import latency, paper, stored

    args.fixed = dict(args.fix or ())
    if len(args.fixed) < len(args.fix or ()):
        raise EffbenchError("--fix names a branch twice")
    args.stored = args.metric == "accuracy" or args.store is not None or args.dataset not in PRESETS
    _complete(args)
    if args.metric == "latency":
        made, code = latency(args)
    else:
        made, code = (stored if args.stored else paper)(args), 0
    if args.out is not None:
        _write(made, args.out)
    emit(made.text(args.format), args.output)
    return code


def _complete(args: argparse.Namespace) -> None:
    """Put defaults in place; an option of another metric is an error."""
    for metric, options in DEFAULTS.items():
        for name, default in options.items():
            if getattr(args, name) is None:
                setattr(args, name, default)
            elif args.metric != metric:
                raise EffbenchError(f"--{name} needs --metric {metric}, and this is --metric {args.metric}")
    if args.next and not args.complete:
        raise EffbenchError("--next names networks that --complete predicts: give both")
    if (args.experiment or args.where or args.allow_code) and not args.stored:
        raise EffbenchError(
            "--experiment, --where and --allow-code choose among the runs of a store: name one with --store FILE"
        )


def _write(made: Map, folder: Path) -> None:
    """The figure of the map and its numbers."""
    from effbench.maps.figure import draw

    images = draw(made)
    make_folder(folder)
    files = {inside(folder, f"{made.stem}.{kind}"): content for kind, content in images.items()}
    files |= {inside(folder, f"{made.stem}.{style}"): made.text(style).encode() for style in made.formats}
    write_files(files)
    say(f"wrote {', '.join(str(path) for path in files)}")


def _branch_layers(text: str) -> tuple[int, int]:
    branch, equals, layers = text.partition("=")
    if not (equals and branch.isdecimal() and layers.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not BRANCH=LAYERS, e.g. 3=3")
    return int(branch), int(layers)


def _exit(text: str) -> int | str:
    if text == "last" or text.isdecimal():
        return text if text == "last" else int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is neither the number of a branch nor last")


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, e.g. training.epochs=30")
    return key, value
