"""``effbench lint``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.parser import Parser
from effbench.files.atomic import emit
from effbench.render.formats import is_exact
from effbench.render.numbers import scaled
from effbench.render.table import Column, exact, of, render

if TYPE_CHECKING:
    from effbench.claims.lint.check import Checked
    from effbench.claims.lint.finding import LintFinding

SUMMARY = "check the tables of a paper: parameters, FLOPs, percentages and image sizes against counts"
EXAMPLES = """\
  effbench lint paper.tex
  effbench lint results.csv --names names.toml     "Ours" = "timm/vit_small_patch16_224", a line a row in doubt
  effbench lint README.md --format json            an array of findings; exit code 1 if there is a fault"""

FAULTS = 1


def configure(parser: Parser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="LaTeX, CSV, Markdown or HTML")
    parser.add_argument("--names", type=Path, metavar="FILE", help="TOML lines: row name = model")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.lint.check import check_file
    from effbench.claims.lint.names import names_file

    names = names_file(args.names)
    checked = [(path, check_file(path, names)) for path in args.files]
    every = [finding for _, tables in checked for one in tables for finding in one.findings]
    if is_exact(args.format):
        emit(exact(every, args.format), args.output)
    else:
        parts = [_text(path, one, args.format) for path, tables in checked for one in tables]
        emit("\n\n".join(part.rstrip("\n") for part in parts) + "\n", args.output)
    return FAULTS if any(finding.is_fault for finding in every) else 0


def _text(path: Path, one: Checked, style: str) -> str:
    faults = sum(finding.is_fault for finding in one.findings)
    undecidable = len(one.findings) - faults
    title = f"{path}, {one.title}: {faults} findings, {undecidable} undecidable"
    return render(one.findings, COLUMNS, style, title=title, notes=_notes(one))


def _notes(one: Checked) -> list[str]:
    """How the columns are counted."""
    return [
        f"{report.column}: {report.convention or 'no way of counting gives enough of the figures'}"
        f" ({report.holding} of {report.figures} figures, {report.rule})"
        for report in one.columns
    ]


COLUMNS: Sequence[Column[LintFinding]] = [
    of("row", lambda one: one.row or None),
    of("column", lambda one: one.column or None),
    of("printed", lambda one: one.printed or None, right=True),
    of("ours", lambda one: one.ours, lambda ours: scaled(ours, 2), right=True),
    of("finding", lambda one: one.finding),
    of("text", lambda one: one.text),
]
