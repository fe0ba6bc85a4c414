"""``effbench gate calibrate``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from effbench.cli.gate.options import add_jobs, add_plan, jobs_of, plan_of, require_models
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_file
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, write_files
from effbench.render.progress import Progress
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.gate.timing import Promise

SUMMARY = "measure the gate's false alarms and power on this machine from pairs of identical processes"
EXAMPLES = """\
  effbench gate calibrate
  effbench gate calibrate my_model.py --batch 8 --pairs 40 --margin 3%
  effbench gate calibrate --save calibration.json     for a runner that keeps no cache"""

LEAST = 12


def configure(parser: Parser) -> None:
    from effbench.gate.timing import DEFAULT_MODELS

    add_jobs(parser, DEFAULT_MODELS)
    add_plan(parser)
    parser.add_argument("--pairs", type=whole_number, default=30, metavar="N", help="identical pairs (default: 30)")
    parser.add_argument("--again", action="store_true", help="forget the pairs measured before")
    parser.add_argument("--save", type=output_file, metavar="FILE", help="also write the calibration to FILE")
    parser.add_former("--out", "--save", "save", output_file)
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.gate.timing import DEFAULT_MODELS, calibrate

    jobs, plan = jobs_of(args, DEFAULT_MODELS), plan_of(args)
    if args.pairs < LEAST:
        raise EffbenchError(f"--pairs must be {LEAST} or more, got {args.pairs}")
    require_models(jobs)
    with Progress() as told:
        rows, found = calibrate(jobs, plan, args.pairs, again=args.again, rounds=args.rounds, tell=told.tell)
    if args.save is not None:
        write_files({args.save: json.dumps(found.as_dict()).encode() + b"\n"})
    notes = [
        "+x %: share of 10,000 gate runs, drawn from the measured pairs with x % added, that fail; falsely at 0 %.",
        "A timing verdict may block where at least 80 % of runs find a slow-down of 5 %.",
    ]
    emit(render(rows, _columns(rows), args.format, notes=notes), args.output)
    return 0


def _columns(rows: Sequence[Promise]) -> list[Column[Promise]]:
    return [
        of("model", lambda row: row.model),
        of("margin", lambda row: row.margin, lambda margin: f"{100 * margin:g} %", right=True),
        of("pairs", lambda row: row.pairs, right=True),
        of(f"sd of a pair, {' / '.join(rows[0].spreads)}", lambda row: row.spreads.values(), _spread, right=True),
        *(_fails(slower) for slower in rows[0].fails),
        of("minutes", lambda row: row.minutes, lambda minutes: f"{minutes:.1f}", right=True),
        of("may block", lambda row: row.may_block, lambda may: "yes" if may else "no"),
    ]


def _fails(slower: float) -> Column[Promise]:
    title = f"+{100 * slower:.0f} %" if slower else "fails at 0 %"
    return of(title, lambda row: row.fails[slower], lambda share: f"{100 * share:.1f} %", right=True)


def _spread(spreads: Iterable[float]) -> str:
    return " / ".join(f"{100 * spread:.2f} %" for spread in spreads)
