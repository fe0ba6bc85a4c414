"""``effbench formula``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.naming import names
from effbench.cli.parser import Parser
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.formula import Formula

SUMMARY = "print a network's cost as a closed form in image side, depth and width, or in the sides of any input"
STYLES = ("plain", "latex", "python")
EXAMPLES = """\
  effbench formula vit_base_patch16
  effbench formula timm/resnet50 --input 1x3xHxW
  effbench formula ci2p_vit --convention ci2p --style latex
  effbench formula ravit_cifar10:1-3 --convention ravit --style python > ravit.py"""


def configure(parser: Parser) -> None:
    parser.add_model()
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="what the network is called with, with capitals for free sides: 1x3xHxW, Bx3xSxS, ids=1xN:int64 "
        "(again for more inputs; default: a square image, by the model's own formula if it has one in the side)",
    )
    parser.add_argument("--convention", default="macs", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    parser.add_argument("--style", choices=STYLES, help="print this form alone, ready to pipe (default: all three)")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.counting.counted_formula import formula_of

    if args.style and args.format != "table":
        raise EffbenchError("--style prints the bare formula; leave --format out")
    (name,) = names(args)
    form = formula_of(name, args.input, convention(args.convention))
    if args.style:
        emit(f"{form.texts[args.style]}\n", args.output)
        return 0
    title = f"{name}: {form.unit}s under {args.convention}, {'one call' if args.input else 'one image'}"
    if args.format == "table":
        said = [title, *(f"  {s} = {doc}" for s, doc in form.symbols.items()), ""]
        parts = [f"{style}:\n{text}\n" for style, text in form.texts.items()]
        emit("\n".join([*said, *parts, form.valid, ""]), args.output)
        return 0
    emit(render([form], [_column(key) for key in form.plain()], args.format, title=title), args.output)
    return 0


def _column(key: str) -> Column[Formula]:
    return of(key, lambda row: row.plain()[key])
