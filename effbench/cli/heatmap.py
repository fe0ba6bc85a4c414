"""``effbench heatmap``."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from effbench.cli.parser import Parser, whole_number
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.report.numbers import scaled
from effbench.report.output import emit, make_folder, write_files
from effbench.report.table import Column, Row, render
from effbench.suite.layer_grid import PRESETS, LayerGrid, layer_grid

SUMMARY = "FLOPs of every RAViT layer-count combination, as in the paper's Figures 3 and 5"
EXAMPLES = """\
  effbench heatmap --dataset cifar10
  effbench heatmap --dataset tiny-imagenet --fix 3=3 --max-layers 6 --out figures/
  effbench heatmap --dataset imagenet --fix 3=8 --format json"""


def configure(parser: Parser) -> None:
    parser.add_argument("--dataset", required=True, metavar="D", help=", ".join(PRESETS))
    parser.add_argument(
        "--fix",
        action="append",
        type=_branch_layers,
        metavar="BRANCH=LAYERS",
        help="layers of a branch that is not drawn (default: 3=3 for tiny-imagenet, 3=8 for imagenet)",
    )
    parser.add_argument("--max-layers", type=whole_number, default=8, metavar="N", help="of either branch (default: 8)")
    parser.add_argument(
        "--baseline-layers",
        type=whole_number,
        metavar="N",
        help="layers of the plain ViT that is 100 %% (default: 4; 12 for imagenet)",
    )
    parser.add_argument(
        "--convention", default="ravit", metavar="C", help=f"{', '.join(conventions())} (default: ravit)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write the map as PNG, SVG and CSV to DIR")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    fixed = dict(args.fix or ())
    if len(fixed) < len(args.fix or ()):
        raise EffbenchError("--fix names a branch twice")
    grid = layer_grid(
        args.dataset,
        convention(args.convention),
        fixed=fixed,
        max_layers=args.max_layers,
        baseline_layers=args.baseline_layers,
    )
    if args.out is not None:
        _write_figure(grid, args.out)
    emit(_text(grid, args.format), args.output)
    return 0


def _branch_layers(text: str) -> tuple[int, int]:
    branch, equals, layers = text.partition("=")
    if not (equals and branch.isdecimal() and layers.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not BRANCH=LAYERS, e.g. 3=3")
    return int(branch), int(layers)


def _text(grid: LayerGrid, style: str) -> str:
    if style == "json":
        return json.dumps(_document(grid), indent=2) + "\n"
    if style == "csv":
        return render(grid.cells(), [], "csv")
    rows: list[Row] = [{"row": i} for i in range(len(grid.rows))]
    head = Column(f"branch {grid.row_branch} \\ {grid.col_branch}", lambda row: str(grid.rows[row["row"]]), right=True)
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
    from effbench.report.heatmap import draw

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
    files = {folder / f"{stem}.{kind}": content for kind, content in images.items()}
    files[folder / f"{stem}.csv"] = render(grid.cells(), [], "csv").encode()
    write_files(files)
    print(f"wrote {', '.join(str(path) for path in files)}", file=sys.stderr)
