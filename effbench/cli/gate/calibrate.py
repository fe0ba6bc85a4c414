"""``effbench gate calibrate``."""

from __future__ import annotations

import argparse
import json

from effbench.cli.gate.options import add_jobs, add_plan, jobs_of, plan_of, tell
from effbench.cli.parser import Parser, output_file, whole_number
from effbench.errors import EffbenchError
from effbench.files.atomic import emit, write_files
from effbench.render.table import Column, Row, column, render

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
    rows, found = calibrate(jobs, plan, args.pairs, again=args.again, rounds=args.rounds, tell=tell)
    if args.save is not None:
        write_files({args.save: json.dumps(found.as_dict()).encode() + b"\n"})
    notes = [
        "+x %: share of 10,000 gate runs, drawn from the measured pairs with x % added, that fail; at 0 % falsely.",
        "Timing may block where a slow-down of 5 % is found in at least 80 % of runs.",
    ]
    emit(render(rows, COLUMNS, args.format, notes=notes), args.output)
    return 0


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _spread(row: Row) -> str:
    return " / ".join(f"{100 * value:.2f} %" for key, value in row.items() if key.startswith("sd_"))


COLUMNS = [
    column("model", "model"),
    column("margin", "margin", lambda margin: f"{100 * margin:g} %", right=True),
    column("pairs", "pairs", right=True),
    Column("sd of a pair, cpu / wall", _spread, right=True),
    column("fails at 0 %", "fail_at_0", _share, right=True),
    column("+3 %", "fail_at_3", _share, right=True),
    column("+5 %", "fail_at_5", _share, right=True),
    column("+10 %", "fail_at_10", _share, right=True),
    column("minutes", "minutes", lambda minutes: f"{minutes:.1f}", right=True),
    column("may block", "may_block", lambda may: "yes" if may else "no"),
]
