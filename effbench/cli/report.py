"""``effbench report``."""

from __future__ import annotations

import argparse
from pathlib import Path

from effbench.cli.effect import require_effect
from effbench.cli.parser import Parser
from effbench.cli.paths import input_folder, output_folder
from effbench.files.atomic import make_folder, write_files
from effbench.files.terminal import say
from effbench.render.progress import Progress

SUMMARY = "write every table, every figure and a page to explore them"
EXAMPLES = """\
  effbench report --out reports/
  effbench report --out reports/ --only page
  effbench report --out /tmp/mine --records ~/effbench        another checkout's records"""

PARTS = ("tables", "claims", "figures", "page")


def configure(parser: Parser) -> None:
    parser.add_argument(
        "--out", required=True, type=output_folder, metavar="DIR", help="folder to write to; made if need be"
    )
    parser.add_papers()
    parser.add_argument("--only", choices=PARTS, help="make this part alone (default: all, and an index)")
    parser.add_argument(
        "--records",
        type=input_folder,
        default=Path(),
        metavar="DIR",
        help="checkout whose baselines, experiments and reports are read (default: the working folder)",
    )
    parser.add_allow_code("checkout")
    parser.add_argument(
        "--recount",
        action="store_true",
        help="first count networks without a formula at every size of the page again (needs PyTorch)",
    )


def run(args: argparse.Namespace) -> int:
    try:
        from effbench.claims.load import papers
        from effbench.report.data.sizes import count
        from effbench.report.make import report, require_checkout
    except ImportError as error:
        from effbench.errors import MissingExtra

        raise MissingExtra("effbench report", error.name or "numpy", "measure") from None
    require_effect(args, [("recount", args.only in (None, "page"), f"with --only {args.only}: it is for the page")])
    require_checkout(args.records)
    known = papers(args.papers)
    make_folder(args.out)
    if args.recount:
        with Progress() as progress:
            count(args.records, progress)
    with Progress() as progress:
        files = report(args.records, [args.only] if args.only else PARTS, progress, known)
    for folder in sorted({(args.out / path).parent for path in files}):
        make_folder(folder)
    write_files({args.out / path: content for path, content in files.items()})
    say(f"wrote {len(files)} files to {args.out}")
    return 0
