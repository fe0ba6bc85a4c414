"""``effbench gate run``."""

from __future__ import annotations

import argparse
from pathlib import Path

from effbench.cli.gate.options import add_jobs, add_plan, jobs_of, plan_of, require_models
from effbench.cli.parser import Parser
from effbench.cli.paths import input_file, input_folder, output_file
from effbench.errors import UnknownName
from effbench.files.atomic import emit, write_files
from effbench.gate.exports import EXPORTS
from effbench.gate.outcome import exit_code, overall, percent
from effbench.gate.session import PairedVerdict
from effbench.render.progress import Progress
from effbench.render.table import Column, of, render

SUMMARY = "compare the speed of two revisions, in pairs of interleaved processes, until the verdict is clear"
EXAMPLES = """\
  effbench gate run --base main                       the working tree against main
  effbench gate run ravit_cifar10:1-3 --base v1.0 --head v1.1 --margin 3%
  effbench gate run my_model.py --base origin/main --batch 8 --journal gate.jsonl
  effbench gate run --base main --export summary summary.md --export bencher bencher.json

Exit codes: 0 pass, 1 regression, 2 bad input, 3 inconclusive, 4 nothing measured."""


def configure(parser: Parser) -> None:
    from effbench.gate.timing import DEFAULT_MODELS

    parser.add_argument("--base", required=True, metavar="REV", help="revision to compare with")
    parser.add_argument("--head", metavar="REV", help="revision that may be slower (default: the working tree)")
    parser.add_argument(
        "--repository", type=input_folder, default=Path(), metavar="DIR", help="git repository (default: this folder's)"
    )
    add_jobs(parser, DEFAULT_MODELS)
    add_plan(parser)
    parser.add_argument(
        "--isolated", action="store_true", help="install every dependency again instead of using this environment's"
    )
    parser.add_argument("--install", nargs="+", default=[], metavar="SPEC", help="what pip installs (default: .)")
    parser.add_journal("every pair")
    parser.add_argument(
        "--calibration", type=input_file, metavar="FILE", help="of gate calibrate --save (default: the kept one)"
    )
    parser.add_argument(
        "--export", nargs=2, action="append", metavar=("NAME", "FILE"), help=f"also write {', '.join(EXPORTS)} to FILE"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.gate.timing import DEFAULT_MODELS, compare_revisions

    jobs, plan = jobs_of(args, DEFAULT_MODELS), plan_of(args)
    exports = [(_export(name), output_file(file)) for name, file in args.export or ()]
    require_models(jobs, of_any_tree=args.head is not None or args.repository != Path())
    with Progress() as told:
        found = compare_revisions(
            jobs,
            plan,
            repository=args.repository,
            base=args.base,
            head=args.head,
            rounds=args.rounds,
            isolated=args.isolated,
            install=args.install,
            out=args.journal,
            calibrated=args.calibration,
            tell=told.tell,
        )
    for name, file in exports:
        write_files({file: EXPORTS[name](found.rows).encode()})
    emit(render(found.rows, COLUMNS, args.format, title=f"gate: {overall(found.rows)}", notes=found.notes), args.output)
    return exit_code(found.rows)


def _export(name: str) -> str:
    if name not in EXPORTS:
        raise UnknownName("export", name, EXPORTS)
    return name


COLUMNS: list[Column[PairedVerdict]] = [
    of("model", lambda row: row.model),
    of("verdict", lambda row: row.verdict),
    of("clock", lambda row: row.clock),
    of("change [95 %]", lambda row: row.effect, right=True),
    of("wall", lambda row: row.wall.change, percent, right=True),
    of("pairs", lambda row: row.pairs, right=True),
    of("minutes", lambda row: row.minutes, lambda minutes: f"{minutes:.1f}", right=True),
    of("power at +5 %", lambda row: row.power, lambda power: f"{100 * power:.0f} %", right=True),
    of("reason", lambda row: row.reason),
]
