"""``effbench explain``."""

from __future__ import annotations

import argparse

from effbench.cli.parser import Parser, names
from effbench.files.atomic import emit
from effbench.models.inputs import parse_inputs, shown
from effbench.render.numbers import scaled
from effbench.render.table import Column, of, render

SUMMARY = "which conventions give a published figure, and how far off the others are"
EXAMPLES = """\
  effbench explain ci2p_vit_ds --size 384 --value 14.492G
  effbench explain vit_base_patch16 --size 224 --value 17.6G
  effbench explain ravit_cifar10:1-3 --value 89.99M --format json"""


def configure(parser: Parser) -> None:
    parser.add_network()
    parser.add_argument("--value", required=True, metavar="V", help="the figure as printed, e.g. 14.492G or 83.16M")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.readings import Explanation, explain

    (name,) = names(args)
    rows = explain(name, args.size, args.value, parse_inputs(args.input))
    columns: list[Column[Explanation]] = [
        of("convention", lambda row: row.convention),
        of("ours", lambda row: f"{scaled(row.value)} {row.unit}s", right=True),
        of("match", lambda row: row.match),
        of("ours / published", lambda row: row.ratio, lambda ratio: f"{ratio:.4f}", right=True),
        of("counts", lambda row: row.doc),
    ]
    holding = [row.convention for row in rows if row.match != "off"]
    found = f"holds under {', '.join(holding)}" if holding else "holds under no convention"
    title = f"{name} at {shown(rows[0].size)}: {args.value} {found}"
    count = rows[0].uncounted
    notes = [f"{count} operators have no price and are in none of ours; effbench count names them."] if count else []
    emit(render(rows, columns, args.format, title=title, notes=notes), args.output)
    return 0
