"""``effbench formula``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser, model
from effbench.cost.convention import convention, conventions
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.counting.formula import Formula

SUMMARY = "print a model's cost as a closed form in image side, depth and width"
STYLES = ("plain", "latex", "python")
EXAMPLES = """\
  effbench formula vit_base_patch16
  effbench formula ci2p_vit --convention ci2p --style latex
  effbench formula ravit_cifar10:1-3 --convention ravit --style python > ravit.py"""


def configure(parser: Parser) -> None:
    parser.add_argument("model", type=model, metavar="MODEL")
    parser.add_argument("--convention", default="macs", metavar="C", help=f"{', '.join(conventions())} (default: macs)")
    parser.add_argument("--style", choices=STYLES, help="print this form alone, ready to pipe (default: all three)")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.counting.formula import formula

    if args.style and args.format != "table":
        raise EffbenchError("--style prints the bare formula; leave --format out")
    form = formula(args.model, convention(args.convention))
    if args.style:
        emit(f"{form.texts[args.style]}\n", args.output)
        return 0
    title = f"{args.model}: {form.unit}s under {args.convention}, one image"
    if args.format == "table":
        said = [title, *(f"  {s} = {doc}" for s, doc in form.symbols.items()), ""]
        parts = [f"{style}:\n{text}\n" for style, text in form.texts.items()]
        emit("\n".join([*said, *parts, form.valid, ""]), args.output)
        return 0
    emit(render([form], [_column(key) for key in form.plain()], args.format, title=title), args.output)
    return 0


def _column(key: str) -> Column[Formula]:
    return of(key, lambda row: row.plain()[key])
