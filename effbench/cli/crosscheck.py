"""``effbench crosscheck``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser, model, whole_number
from effbench.cost.convention import convention, conventions
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.by_tool import CrossRow

SUMMARY = "count one network by formula, by our counter and by every other tool, and explain the differences"
DEFAULT = ("vit_base_patch16", "ci2p_vit", "ravit_cifar10:1-3")
EXAMPLES = """\
  effbench crosscheck
  effbench crosscheck vit_base_patch16 --size 384
  effbench crosscheck swin_tiny_patch4_window7 --format markdown"""


def configure(parser: Parser) -> None:
    parser.add_argument("models", nargs="*", type=model, metavar="MODEL", help=f"default: {' '.join(DEFAULT)}")
    parser.add_argument(
        "--size", type=whole_number, metavar="S", help="image side in pixels (default: each model's own)"
    )
    parser.add_argument("--convention", default="macs", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.counting.by_tool import crosscheck

    chosen = convention(args.convention)
    rows = crosscheck(args.models or DEFAULT, args.size, chosen)
    columns: list[Column[CrossRow]] = [
        of("model", lambda row: row.model),
        of("size", lambda row: f"{row.size}²", right=True),
        of("counter", lambda row: row.counter),
        of("device", lambda row: row.device),
        of("reports", lambda row: row.value, "{:,}".format, right=True),
        of("unit", lambda row: row.unit),
        of("verdict", lambda row: row.verdict),
        of("difference", lambda row: row.why),
    ]
    notes = [f"Against {chosen.name} [{chosen.unit}]: {chosen.doc}."]
    emit(render(rows, columns, args.format, notes=notes), args.output)
    return 0
