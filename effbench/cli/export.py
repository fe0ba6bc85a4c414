"""``effbench export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser, model, whole_number
from effbench.cli.paths import output_folder
from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import emit, require_writable
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.early_exit.export import ExportedStage

SUMMARY = "export a network with early exits as one ONNX file per stage, for devices without PyTorch"
EXAMPLES = """\
  effbench export ravit_cifar10:1-3 --weights trained.pt --policy policy.json --out exported
  effbench export exit_vit_tiny:4-8 --out exported"""

TOLERANCE = 1e-4
FAILED = 1


def configure(parser: Parser) -> None:
    parser.add_argument("model", type=model, metavar="MODEL", help="registered name, FILE.py or FILE.py:NAME")
    parser.add_argument("--out", type=output_folder, required=True, metavar="DIR", help="must not exist yet")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="state dictionary of torch.save (default: random)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="policy to go with it, as JSON")
    parser.add_argument(
        "--size", type=whole_number, metavar="S", help="image side in pixels (default: the model's own)"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    try:
        from effbench.early_exit.export import IMAGES, export_model
    except ImportError as error:
        raise MissingExtra("exporting a network", error.name or "torch", "measure") from None
    if args.out.exists():
        raise EffbenchError(f"{args.out} exists: an export needs a folder of its own")
    require_writable(args.out.absolute().parent)
    rows = export_model(args.model, args.size, args.out, args.weights, args.policy)
    agree = all(row.max_abs_diff < TOLERANCE for row in rows)
    notes = [
        f"max abs diff: largest difference of a logit, ONNX Runtime against PyTorch, {IMAGES} random images, as a "
        f"batch and one by one; {'below' if agree else 'NOT below'} {TOLERANCE:g} at every exit.",
        f"Weights: {'random' if args.weights is None else args.weights}. "
        f"Policy: {'none, the runner must be given one' if args.policy is None else args.policy}.",
    ]
    columns: list[Column[ExportedStage]] = [
        of("exit", lambda row: row.exit, right=True),
        of("file", lambda row: row.file),
        of("bytes", lambda row: row.bytes, "{:,}".format, right=True),
        of("max abs diff", lambda row: row.max_abs_diff, "{:.2g}".format, right=True),
    ]
    emit(render(rows, columns, args.format, title=f"{args.model} in {args.out}", notes=notes), args.output)
    return 0 if agree else FAILED
