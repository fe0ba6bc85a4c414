"""``effbench gate read``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from effbench.cli.gate.options import add_margin
from effbench.cli.parser import Parser, tolerance
from effbench.errors import EffbenchError

SUMMARY = "compare two sets of pytest-benchmark results"
EXAMPLES = """\
  effbench gate read base.json head.json                one run a side: never more than inconclusive
  effbench gate read --base a1.json a2.json a3.json --head b1.json b2.json b3.json
  effbench gate read base.json head.json --between-runs 2.5% --margin 10%

Exit codes: 0 pass, 1 regression, 2 bad input, 3 inconclusive, 4 nothing in both sides."""

MARGIN = 0.05


def configure(parser: Parser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="BASE.json HEAD.json", help="one run a side")
    parser.add_argument("--base", nargs="+", type=Path, default=[], metavar="FILE", help="runs of the base revision")
    parser.add_argument("--head", nargs="+", type=Path, default=[], metavar="FILE", help="runs that may be slower")
    add_margin(parser, MARGIN)
    parser.add_argument(
        "--between-runs",
        type=tolerance,
        metavar="F",
        help="standard deviation between runs of one revision, known from before (default: estimated from these runs)",
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.files.atomic import emit
    from effbench.gate import pytest_json
    from effbench.gate.outcome import change, exit_code, overall
    from effbench.gate.unpaired import ALPHA
    from effbench.render.table import Column, column, render

    base, head = _sides(args)
    spread = args.between_runs
    rows = pytest_json.compare(
        [pytest_json.load(path) for path in base],
        [pytest_json.load(path) for path in head],
        margin=args.margin,
        spread=spread,
    )
    columns = [
        column("benchmark", "model"),
        column("verdict", "verdict"),
        Column("change", change, right=True),
        column("runs a side", "pairs", right=True),
        column("reason", "reason"),
    ]
    notes = [
        "Change: of the median of a run, with the interval the verdict comes from. The runs did not take turns: what",
        "happened to the machine between them is in the change, and only several runs a side show how much that is.",
        f"Over all rows a FAIL is false in at most {100 * ALPHA:g} % of comparisons, if runs are independent.",
    ]
    emit(render(rows, columns, args.format, title=f"gate: {overall(rows)}", notes=notes), args.output)
    return exit_code(rows)


def _sides(args: argparse.Namespace) -> tuple[Sequence[Path], Sequence[Path]]:
    """The files of each side; a file counts once."""
    if args.files and (args.base or args.head):
        raise EffbenchError("give BASE.json HEAD.json, or --base and --head, not both")
    if len(args.files) not in (0, 2):
        raise EffbenchError(f"two files are compared, got {len(args.files)}; several runs: --base A B --head C D")
    base, head = ([args.files[0]], [args.files[1]]) if args.files else (args.base, args.head)
    if not base or not head:
        raise EffbenchError("nothing to compare: BASE.json HEAD.json, or --base FILE… and --head FILE…")
    seen = [path.resolve() for path in (*base, *head)]
    twice = next((path for path in (*base, *head) if seen.count(path.resolve()) > 1), None)
    if twice is not None:
        raise EffbenchError(f"{twice} is given twice: a file is one run")
    if args.margin >= 1:
        raise EffbenchError(f"--margin must be below 1, got {args.margin:g}")
    if args.between_runs is not None and not 0 < args.between_runs < 1:
        raise EffbenchError(f"--between-runs must be above 0 and below 1, got {args.between_runs:g}")
    return base, head
