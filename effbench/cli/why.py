"""``effbench why``."""

from __future__ import annotations

import argparse
from pathlib import Path

from effbench.cli.parser import Parser
from effbench.cli.paths import existing, output_file
from effbench.files.atomic import emit
from effbench.render.formats import FORMATS, is_exact

SUMMARY = "trace a figure of a paper's table down to the operations and their prices"
EXAMPLES = """\
  effbench why ci2p.2 512 ci2p_vit_ds
  effbench why token_fusion.2 "CvT-21 (Wu et al. 2021)" params
  effbench why ravit.3 "our 1-1-10 (no EE)" "% GFLOPs"
  effbench why ravit.1 "our 1-3 (0.05)" MFLOPs --format json"""


def configure(parser: Parser) -> None:
    parser.add_argument("table", metavar="TABLE", help="ci2p.1, ci2p.2, token_fusion.1, …: as in effbench tables")
    parser.add_argument("row", metavar="ROW", help="its label, a part of it that no other row has, or its model")
    parser.add_argument("column", metavar="COLUMN", help="its head, a part of it, its model or its metric")
    ours = "finished trainings of ours (default: those in reports/sweeps)"
    parser.add_argument("--store", nargs="+", type=existing, default=[], metavar="FILE", help=ours)
    parser.add_papers()
    styles = ["text", *filter(is_exact, FORMATS)]
    parser.add_argument("--format", choices=styles, default="text", help="json and csv hold every value, exact")
    parser.add_argument("-o", "--output", type=output_file, metavar="FILE", help="write to FILE instead of printing")


def run(args: argparse.Namespace) -> int:
    from effbench.claims.load import papers
    from effbench.claims.tables.find import find
    from effbench.claims.tables.layout import table

    about, layout = table(args.table, papers(args.papers))
    claims = find(about, layout, args.row, args.column)
    from effbench.claims.tables.trace import trace
    from effbench.claims.tables.trace_text import as_text
    from effbench.render.table import exact
    from effbench.report.accuracies import committed_stores, trainings

    runs = trainings(args.store or committed_stores(Path()))
    traces = [trace(about, layout, claim, runs) for claim in claims]
    text = "\n\n".join(map(as_text, traces)) if args.format == "text" else exact(traces, args.format)
    emit(text, args.output)
    return 0
