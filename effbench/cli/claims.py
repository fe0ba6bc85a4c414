"""``effbench claims``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.effect import require_effect
from effbench.cli.parser import Parser
from effbench.cli.paths import input_file, output_file
from effbench.errors import EffbenchError, UnknownName
from effbench.files.atomic import emit, write_files
from effbench.files.terminal import warn
from effbench.render.formats import is_exact
from effbench.render.table import exact

if TYPE_CHECKING:
    from effbench.claims.finding import Finding
    from effbench.claims.paper import Paper
    from effbench.claims.ratios import Ratio
    from effbench.claims.speedups import Speedup
    from effbench.claims.verdict import Verdict

SUMMARY = "compare every published figure with ours, and list the inconsistencies inside the papers"
EXAMPLES = """\
  effbench claims
  effbench claims --paper ci2p_vit
  effbench claims --all --format csv --output claims.csv
  effbench claims --page reports/claims.md          each efficiency claim, what was found, the command that shows it
  effbench claims --paper ravit --measurements mine.jsonl     records of effbench profile --relative-to
  effbench claims my_paper.toml                     a paper of yours (effbench/claims/README.md says how to write it)"""


def configure(parser: Parser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="PAPER", help="ravit, …, or yours: a TOML file, a folder of them (default: all)"
    )
    parser.add_papers()
    parser.add_argument("--paper", metavar="P", help="only the paper of this key, e.g. ravit")
    parser.add_argument(
        "--all", action="store_true", help="list the figures that were not checked, too (json, csv: always)"
    )
    parser.add_argument(
        "--measurements",
        nargs="+",
        type=input_file,
        metavar="FILE",
        help="records of effbench profile --relative-to, or summaries (default: those in the package)",
    )
    parser.add_argument(
        "--summary", type=output_file, metavar="FILE", help="also write what the claims need of --measurements to FILE"
    )
    parser.add_argument(
        "--page", type=output_file, metavar="FILE", help="write the efficiency claims as Markdown instead"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    if args.summary is not None and args.measurements is None:
        raise EffbenchError("--summary needs --measurements: the files it is a summary of")
    why = "with --page, which is written instead"
    require_effect(args, [(name, args.page is None, why) for name in ("output", "format", "all", "summary")])
    known, chosen = _papers(args)
    from effbench.claims.ratios import summary

    found = _ratios(known, args.measurements)
    if args.page is not None:
        from effbench.claims.digest import digest, markdown

        write_files({args.page: markdown([digest(about, found) for about in chosen]).encode()})
        return 0
    text = _text(chosen, found, args)
    if args.summary is not None:
        write_files({args.summary: summary(found).encode()})
    emit(text, args.output)
    return 0


def _papers(args: argparse.Namespace) -> tuple[Sequence[Paper], Sequence[Paper]]:
    """All papers, and those that are asked for: by key, or as a file or folder of the user's."""
    from effbench.claims.load import papers, papers_in

    paths = [Path(name) for name in args.names if name.endswith(".toml") or Path(name).is_dir()]
    keys = [name for name in (*args.names, args.paper) if name is not None and Path(name) not in paths]
    known = {about.key: about for about in papers([*args.papers, *paths])}
    for key in keys:
        if key not in known:
            raise UnknownName("paper", key, known)
    wanted = dict.fromkeys([*keys, *(about.key for about in papers_in(paths))])
    return list(known.values()), [known[key] for key in wanted or known]


def _ratios(papers: Sequence[Paper], files: Sequence[Path] | None) -> list[Ratio]:
    """Measured in the files given, or those of the package; a file that was given for nothing is named."""
    from effbench.claims.ratios import measurements, shipped

    if files is None:
        return shipped(papers)
    tests = [test for about in papers for test in about.speed]
    found = {path: measurements(path, tests) for path in files}
    for path, ratios in found.items():
        if not ratios:
            reason = "has no measurement that tests a claim of speed (the same two models, image size and task)"
            warn(f"effbench: {path} {reason}")
    return [one for ratios in found.values() for one in ratios]


def _text(papers: Sequence[Paper], found: Sequence[Ratio], args: argparse.Namespace) -> str:
    from effbench.claims.across import across
    from effbench.claims.audit import audit
    from effbench.claims.listing import listing, listing_across
    from effbench.claims.speedups import speedups

    if not is_exact(args.format):
        parts = [listing(about, speedups(about, found), args.format, every=args.all) for about in papers]
        return "\n\n".join([*parts, *listing_across(papers)])
    rows: list[Verdict | Finding | Speedup] = []
    for about in papers:
        rows += [*audit(about).verdicts.values(), *audit(about).findings, *speedups(about, found)]
    rows += across(papers)
    return exact(rows, args.format)
