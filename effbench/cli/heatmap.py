"""``effbench heatmap``: options, and the map of operations; the maps of trained and of timed networks are beside it."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from effbench.cli.parser import Parser, output_file, whole_number
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.maps.layer_grid import PRESETS, LayerGrid, layer_grid
from effbench.render.numbers import scaled
from effbench.render.table import Column, Row, render

SUMMARY = "FLOPs, accuracy or latency of every RAViT layer-count combination, as in the paper's Figures 3 and 5"
EXAMPLES = """\
  effbench heatmap --dataset cifar10
  effbench heatmap --dataset tiny-imagenet --fix 3=3 --max-layers 6 --out figures/
  effbench heatmap --dataset textures --metric accuracy
  effbench heatmap --dataset digits --metric accuracy --store runs/ravit_digits --exit 1 --out figures/
  effbench heatmap --dataset cifar10 --metric latency --max-layers 4 --measurements latency.jsonl"""

METRICS = ("flops", "accuracy", "latency")
OF_ACCURACY = {"exit": "last"}
OF_LATENCY = {
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
}
"""Option of one metric -> its default."""


def configure(parser: Parser) -> None:
    parser.add_argument("--dataset", required=True, metavar="D", help=f"{', '.join(PRESETS)}, or that of a --store")
    parser.add_argument("--metric", choices=METRICS, default="flops", help="default: flops")
    parser.add_argument(
        "--fix",
        action="append",
        type=_branch_layers,
        metavar="BRANCH=LAYERS",
        help="layers of a branch that is not drawn (default: 3=3 for tiny-imagenet, 3=8 for imagenet)",
    )
    parser.add_argument(
        "--max-layers",
        type=whole_number,
        metavar="N",
        help="of either branch (default: 8; with a store, the layer counts that were trained)",
    )
    parser.add_argument(
        "--baseline-layers",
        type=whole_number,
        metavar="N",
        help="layers of the plain ViT that is 100 %% (default: 4; 12 for imagenet)",
    )
    parser.add_argument(
        "--convention", default="ravit", metavar="C", help=f"{', '.join(conventions())} (default: ravit)"
    )
    _configure_trained(parser)
    _configure_latency(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write the map as PNG, SVG and CSV to DIR")
    parser.add_output()


def _configure_trained(parser: Parser) -> None:
    group = parser.add_argument_group("trained networks")
    group.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="results.jsonl of effbench sweep or train, or its folder (default of accuracy: reports/sweeps/D); flops "
        "and latency are then of its networks",
    )
    group.add_argument(
        "--exit", type=_exit, metavar="N", help="accuracy at the exit of branch N, or last (default: last)"
    )
    parser.add_allow_code("store")
    group.add_argument("--experiment", metavar="NAME", help="of a store with several recipes besides layers")
    group.add_argument(
        "--where",
        action="append",
        type=_key_value,
        metavar="KEY=VALUE",
        help="only runs whose recipe has it, e.g. training.epochs=30",
    )


def _configure_latency(parser: Parser) -> None:
    from effbench.cli.profile import number
    from effbench.profiling.worker.job import DEVICES, DTYPES, MODES

    group = parser.add_argument_group("latency", "of one image, and images per second at --batch; see effbench profile")
    group.add_argument("--batch", type=whole_number, metavar="B", help="of the throughput (default: 32)")
    for name, known in (("device", DEVICES), ("dtype", DTYPES), ("mode", MODES)):
        group.add_argument(f"--{name}", choices=known, help=f"default: {OF_LATENCY[name]}")
    for name in ("threads", "processes", "samples"):
        group.add_argument(f"--{name}", type=whole_number, metavar="N", help=f"default: {OF_LATENCY[name]}")
    for name in ("seconds", "limit"):
        group.add_argument(f"--{name}", type=number, metavar="S", help=f"default: {OF_LATENCY[name]:g}")
    group.add_argument(
        "--measurements", type=output_file, metavar="FILE", help="keep every sample in FILE; go on from what is in it"
    )
    parser.set_defaults(**dict.fromkeys((*OF_ACCURACY, *OF_LATENCY)))


def run(args: argparse.Namespace) -> int:
    fixed = dict(args.fix or ())
    if len(fixed) < len(args.fix or ()):
        raise EffbenchError("--fix names a branch twice")
    _complete(args)
    if args.metric != "latency" and _is_stored(args):
        from effbench.cli.heatmap_trained import run_trained

        return run_trained(args, fixed)
    if args.metric == "latency":
        return _latency(args, fixed)
    grid = _preset_grid(args, fixed)
    if args.out is not None:
        _write_figure(grid, args.out)
    emit(_text(grid, args.format), args.output)
    return 0


def _latency(args: argparse.Namespace, fixed: dict[int, int]) -> int:
    from effbench.cli.heatmap_latency import run_latency

    if not _is_stored(args):
        return run_latency(args, _preset_grid(args, fixed), None)
    from effbench.cli.heatmap_trained import stored_grid
    from effbench.maps.latency_grid import as_layer_grid

    grid, _ = stored_grid(args, fixed)
    return run_latency(args, as_layer_grid(grid), int(grid.selected.runs[0].outcome.recipe["data"]["size"]))


def _is_stored(args: argparse.Namespace) -> bool:
    """Whether the networks are those of a store, and not the paper's."""
    return args.metric == "accuracy" or args.store is not None or args.dataset not in PRESETS


def _preset_grid(args: argparse.Namespace, fixed: dict[int, int]) -> LayerGrid:
    return layer_grid(
        args.dataset,
        convention(args.convention),
        fixed=fixed,
        max_layers=8 if args.max_layers is None else args.max_layers,
        baseline_layers=args.baseline_layers,
    )


def _complete(args: argparse.Namespace) -> None:
    """Defaults in place; an option of another metric is an error."""
    for metric, options in (("accuracy", OF_ACCURACY), ("latency", OF_LATENCY)):
        for name, default in options.items():
            if getattr(args, name) is None:
                setattr(args, name, default)
            elif args.metric != metric:
                raise EffbenchError(f"--{name} is of --metric {metric}, not of {args.metric}")
    if (args.experiment or args.where or args.allow_code) and not _is_stored(args):
        raise EffbenchError(
            "--experiment, --where and --allow-code are about the runs of a store: name one, --store FILE"
        )


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


def _text(grid: LayerGrid, style: str) -> str:
    if style == "json":
        return json.dumps(_document(grid), indent=2) + "\n"
    if style == "csv":
        return render(grid.cells(), [], "csv")
    rows: list[Row] = [{"row": i} for i in range(len(grid.rows))]
    head: Column[Row] = Column(
        f"branch {grid.row_branch} \\ {grid.col_branch}", lambda row: str(grid.rows[row["row"]]), right=True
    )
    cells = [Column(str(j), partial(_cell, grid, j), right=True) for j in grid.cols]
    fixed = "".join(f", {layers} in branch {branch}" for branch, layers in grid.fixed.items())
    axes = f"branch {grid.row_branch} (down) and branch {grid.col_branch} (across)"
    title = f"RAViT on {grid.dataset}: {grid.unit}s by layers in {axes}{fixed}"
    notes = [
        f"* cheaper than {grid.baseline} ({scaled(grid.baseline_value, 2)} = 100 %). "
        f"Convention {grid.convention}: {convention(grid.convention).doc}."
    ]
    return render(rows, [head, *cells], style, title=title, notes=notes)


def _cell(grid: LayerGrid, col: int, line: Row) -> str:
    row = line["row"]
    if grid.names[row][col] is None:
        return "-"
    mark = "*" if grid.values[row][col] < grid.baseline_value else " "
    return f"{scaled(grid.values[row][col], 2)} {grid.percent(row, col):.1f}%{mark}"


def _document(grid: LayerGrid) -> dict[str, object]:
    return {
        "dataset": grid.dataset,
        "convention": grid.convention,
        "unit": grid.unit,
        "row_branch": grid.row_branch,
        "col_branch": grid.col_branch,
        "fixed": {str(branch): layers for branch, layers in grid.fixed.items()},
        "rows": grid.rows,
        "cols": grid.cols,
        "values": grid.values,
        "baseline": grid.baseline,
        "baseline_value": grid.baseline_value,
        "source": "analytic",
    }


def _write_figure(grid: LayerGrid, folder: Path) -> None:
    from effbench.maps.figure import draw

    stem = f"heatmap_{grid.dataset}_{grid.convention}"
    images = draw(
        [[value or None for value in line] for line in grid.values],
        rows=grid.rows,
        cols=grid.cols,
        baseline=grid.baseline_value,
        labels=(f"layers in branch {grid.row_branch}", f"layers in branch {grid.col_branch}"),
        title=f"RAViT on {grid.dataset}, {grid.unit}s ({grid.convention}); 100 % = {grid.baseline}",
        unit=grid.unit,
    )
    make_folder(folder)
    files = {inside(folder, f"{stem}.{kind}"): content for kind, content in images.items()}
    files[inside(folder, f"{stem}.csv")] = render(grid.cells(), [], "csv").encode()
    write_files(files)
    print(f"wrote {', '.join(str(path) for path in files)}", file=sys.stderr)
