"""``effbench explain``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from effbench.cli.naming import names
from effbench.cli.parser import Parser
from effbench.files.atomic import emit
from effbench.files.terminal import warn
from effbench.models.inputs import parse_inputs, shown
from effbench.render.numbers import scaled
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.claims.answer import Answer, Candidate

SUMMARY = "find what a published figure is: which way of counting, or which variant of the network, gives it"
EXAMPLES = """\
  effbench explain ci2p_vit_ds --size 384 --value 14.492G
  effbench explain vit_base_patch16 --size 224 --value 17.6G
  effbench explain deit_tiny_patch16 --value 5.7M                parameters, too
  effbench explain deit_base_patch16 --value 17.6                without a unit: k, M and G are tried
  effbench explain ravit_cifar10:1-3 --value 89.99M --format json"""

AMBIGUOUS = 2


def configure(parser: Parser) -> None:
    parser.add_network()
    parser.add_argument("--value", required=True, metavar="V", help="the figure as printed, e.g. 14.492G or 83.16M")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.answer import answer

    (name,) = names(args)
    found = answer(name, args.size, args.value, parse_inputs(args.input))
    columns: list[Column[Candidate]] = [
        of("what", lambda row: row.convention),
        of("ours", lambda row: f"{scaled(row.value)} {row.unit}s", right=True),
        of("match", lambda row: row.match),
        of("ours / published", lambda row: row.ratio, lambda ratio: f"{ratio:.4f}", right=True),
        of("differs by", lambda row: row.difference or None),
        of("counts", lambda row: row.doc),
    ]
    title = _ambiguous(found, args.value) if found.ambiguous else _answer(found)
    emit(render(found.candidates, columns, args.format, title=title, notes=_notes(found)), args.output)
    if found.ambiguous:
        warn(f"effbench: {title}")
    return AMBIGUOUS if found.ambiguous else 0


def _answer(found: Answer) -> str:
    """The first line: what the figure is, and why."""
    first = found.first
    ours = f"{scaled(first.value)} {first.unit}s"
    of_model = f"of {first.model} at {shown(first.size)}"
    if not first.holds:
        near = f"nearest is {first.convention}, {ours}"
        near += f"; MACs plus {found.missing} would give it" if found.missing else ""
        return f"{first.published} {of_model} holds under no way of counting and no variant tried; {near}"
    how = "" if first.match == "rounded" else f", {first.match}"
    if first.kind == "variant":
        return f"{first.published} is {first.model} with a difference, {first.convention}: {ours}{how}; {first.doc}"
    also = [row.convention for row in found.candidates[1:] if row.holds and row.kind == first.kind]
    others = f" (also {', '.join(also)})" if also else ""
    what = "is what" if first.kind == "convention" else "is the parameters"
    said = f"{first.convention} prints {of_model}" if first.kind == "convention" else f"{of_model}, {first.convention}"
    return f"{first.published} {what} {said}, {ours}{how}: {first.doc}{others}"


def _ambiguous(found: Answer, value: str) -> str:
    meant = dict.fromkeys(f"{row.published} ({row.convention})" for row in found.candidates)
    return f"{value} has no unit and may be {' or '.join(meant)}; give one of them as --value"


def _notes(found: Answer) -> list[str]:
    missing = found.first.uncounted
    return [f"Operators that have no price and are not counted: {missing.replace(';', ', ')}"] if missing else []
