"""``effbench check``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.naming import names
from effbench.cli.parser import Parser
from effbench.cli.paths import input_file
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs
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
    parser.add_network()
    parser.add_argument("--cpu", action="store_true", help="also call the network on the CPU, with random weights")
    parser.add_argument(
        "--encoder-weights",
        type=input_file,
        metavar="FILE",
        help="of CI2P models: weights of the compression encoder; implies --cpu",
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.counting.check import run_checks
    from effbench.models.registry import resolve

    (name,) = names(args)
    model = resolve(name, args.size, parse_inputs(args.input))
    rows = run_checks(model, cpu=args.cpu, encoder_weights=args.encoder_weights)
    columns: list[Column[Check]] = [
        of("check", lambda row: row.check),
        of("", lambda row: SHOWN[row.ok]),
        of("detail", lambda row: row.detail),
    ]
    emit(render(rows, columns, args.format, title=name), args.output)
    return FAILED if any(row.ok is False for row in rows) else 0
