"""``effbench tables``."""

from __future__ import annotations

import argparse
from pathlib import Path

from effbench.cli.parser import Parser
from effbench.cli.paths import output_folder
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, make_folder, write_files
from effbench.files.file_name import inside
from effbench.render.formats import FORMATS

SUMMARY = "print the papers' tables in their own layouts, with our figures and a verdict below each row"
EXAMPLES = """\
  effbench tables ci2p.2
  effbench tables ravit.1 ravit.2 ravit.3 --format markdown
  effbench tables ci2p.1 --format latex > table1.tex
  effbench tables --format csv --out reports/tables          every table, a file each
  effbench tables ravit.1 --store runs.jsonl                 with accuracies of our own trainings
  effbench tables mine.1 --papers mine.toml                  of a paper of yours"""


def configure(parser: Parser) -> None:
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="ci2p.1, ci2p.2, token_fusion.1, … (default: all)")
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=["table"], help="one; with --out several")
    parser.add_argument(
        "--out", type=output_folder, metavar="DIR", help="write DIR/TABLE.md, .csv, … instead of printing"
    )
    parser.add_argument(
        "--store",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="finished trainings: accuracies of ours (default: those in reports/sweeps)",
    )
    parser.add_papers()


def run(args: argparse.Namespace) -> int:
    from effbench.claims.load import papers
    from effbench.claims.tables.layout import table, tables

    if len(args.format) > 1 and args.out is None:
        raise EffbenchError("several formats need --out DIR")
    known = papers(args.papers)
    chosen = [table(key, known) for key in dict.fromkeys(args.tables)] or list(tables(known).values())
    from effbench.claims.tables.build import build
    from effbench.claims.tables.formats import in_format
    from effbench.report.accuracies import committed_stores, trainings

    runs = trainings(args.store or committed_stores(Path()))
    if args.out is not None:
        make_folder(args.out)
    made = [build(about, layout, runs) for about, layout in chosen]
    if args.out is None:
        emit(in_format(made, args.format[0]), None)
        return 0
    files = {
        inside(args.out, f"{t.layout.key}.{FORMATS[style].suffix}"): in_format([t], style)
        for style in args.format
        for t in made
    }
    write_files({path: text.encode() for path, text in files.items()})
    return 0
