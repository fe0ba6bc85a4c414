"""``effbench check``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser, model, whole_number
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.check import Check

SUMMARY = "run the project's own checks on any model"
FAILED = 1
EXAMPLES = """\
  effbench check ravit_cifar10:2-7
  effbench check my_model.py
  effbench check timm/convnext_tiny --size 256"""

SHOWN = {True: "ok", False: "FAILED", None: "-"}


def configure(parser: Parser) -> None:
    parser.add_argument(
        "model", type=model, metavar="MODEL", help="registered name, timm/NAME, FILE.py or FILE.py:NAME"
    )
    parser.add_argument(
        "--size", type=whole_number, metavar="S", help="image side in pixels (default: the model's own)"
    )
    parser.add_argument("--cpu", action="store_true", help="also run one image on the CPU, with random weights")
    parser.add_argument(
        "--encoder-weights", metavar="FILE", help="of CI2P models: weights of the compression encoder; implies --cpu"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.counting.check import run_checks
    from effbench.models.registry import resolve

    model = resolve(args.model, args.size)
    rows = run_checks(model, cpu=args.cpu, encoder_weights=args.encoder_weights)
    columns: list[Column[Check]] = [
        of("check", lambda row: row.check),
        of("", lambda row: SHOWN[row.ok]),
        of("detail", lambda row: row.detail),
    ]
    emit(render(rows, columns, args.format, title=args.model), args.output)
    return FAILED if any(row.ok is False for row in rows) else 0
