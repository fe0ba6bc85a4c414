"""``effbench crosscheck``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.manner import add_choice
from effbench.cli.naming import names
from effbench.cli.parser import MODEL, Parser
from effbench.cost.convention import convention, conventions
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs, shown
from effbench.render.choice import require_choice
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.crosscheck import CrossRow

SUMMARY = "count one network by formula, by our counter and by every other tool, and explain the differences"
DEFAULT = ("vit_base_patch16", "ci2p_vit", "ravit_cifar10:1-3")
EXAMPLES = """\
  effbench crosscheck
  effbench crosscheck vit_base_patch16 --size 384
  effbench crosscheck swin_tiny_patch4_window7 --format markdown"""


COLUMNS: list[Column[CrossRow]] = [
    of("model", lambda row: row.model),
    of("size", lambda row: shown(row.size), right=True),
    of("counter", lambda row: row.counter),
    of("device", lambda row: row.device),
    of("reports", lambda row: row.value, "{:,}".format, right=True),
    of("unit", lambda row: row.unit),
    of("verdict", lambda row: row.verdict),
    of("difference", lambda row: row.why),
]


def configure(parser: Parser) -> None:
    parser.add_network("*", help=f"{MODEL} (default: {' '.join(DEFAULT)})")
    parser.add_argument("--convention", default="macs", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    from effbench.counting.crosscheck import crosscheck

    chosen = convention(args.convention)
    require_choice(COLUMNS)
    rows = crosscheck(names(args) or DEFAULT, args.size, chosen, parse_inputs(args.input))
    ours = {row.model: row.uncounted for row in rows if row.counter == "dispatch" and row.uncounted}
    notes = [
        f"Against {chosen.name} [{chosen.unit}]: {chosen.doc}.",
        *(f"{name}: {count} operators have no price; effbench count names them." for name, count in ours.items()),
    ]
    emit(render(rows, COLUMNS, args.format, notes=notes), args.output)
    return 0
