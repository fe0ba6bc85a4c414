"""``effbench gate baseline``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.effect import require_effect
from effbench.cli.gate.options import add_jobs, add_margin, jobs_of
from effbench.cli.parser import Parser, whole_number
from effbench.errors import EffbenchError
from effbench.profiling.worker.job import Job
from effbench.render.progress import Progress

if TYPE_CHECKING:
    from effbench.gate.baseline import RelativeVerdict
    from effbench.gate.relative import Recording

SUMMARY = "compare throughput with a baseline kept in the repository, relative to reference kernels"
EXAMPLES = """\
  effbench gate baseline record ravit_cifar10:1-3 vit_tiny_patch16
  effbench gate baseline record my_model.py --batch 8 --baseline my_baseline.json
  effbench gate baseline compare
  effbench gate baseline compare --margin 5% --format markdown"""

PLACE = Path("baselines/throughput.json")
MARGIN = 0.10
WORKERS, ROUNDS, RECORDINGS = 5, 12, {"record": 3, "compare": 1}


def configure(parser: Parser) -> None:
    parser.add_argument("what", choices=("record", "compare"), help="record: add to the file; compare: a verdict")
    add_jobs(parser, ["what the baseline holds, as it was recorded"])
    parser.add_argument("--baseline", type=Path, default=PLACE, metavar="FILE", help=f"default: {PLACE}")
    parser.add_allow_code("baseline")
    parser.add_argument(
        "--recordings", type=whole_number, metavar="N", help="one after the other (default: record 3, compare 1)"
    )
    parser.add_argument(
        "--workers", type=whole_number, default=WORKERS, metavar="W", help=f"fresh processes each (default: {WORKERS})"
    )
    parser.add_argument(
        "--rounds", type=whole_number, default=ROUNDS, metavar="N", help=f"turns in each process (default: {ROUNDS})"
    )
    parser.add_argument("--seed", type=whole_number, default=0, help="of the order of turns (default: 0)")
    add_margin(parser, MARGIN)
    parser.add_argument(
        "--replace", action="store_true", help="forget what this file held of the same models: a change was accepted"
    )
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.gate.timing import need_torch

    _check(args)
    need_torch(f"gate baseline {args.what}")
    return (_record if args.what == "record" else _compare)(args)


def _check(args: argparse.Namespace) -> None:
    if args.recordings is None:
        args.recordings = RECORDINGS[args.what]
    for name in ("recordings", "workers", "rounds"):
        if getattr(args, name) < 1:
            raise EffbenchError(f"--{name} must be 1 or more, got {getattr(args, name)}")
    if args.seed < 0:
        raise EffbenchError(f"--seed must be 0 or more, got {args.seed}")
    if args.margin >= 1:
        raise EffbenchError(f"--margin must be below 1, got {args.margin:g}")
    if not args.models and jobs_of(args, [""]) != [Job(model="")]:
        raise EffbenchError("without a MODEL, those of the baseline are measured as recorded, with no other option")
    records = args.what == "record"
    require_effect(args, [("replace", records, "with compare"), ("margin", not records, "with record")])


def _record(args: argparse.Namespace) -> int:
    from effbench.files.atomic import emit, require_replaceable, require_writable
    from effbench.gate import baseline

    require_replaceable(args.baseline)
    stored = baseline.load(args.baseline) if args.baseline.exists() else []
    jobs = _jobs(args, stored)
    if args.baseline == PLACE:
        PLACE.parent.mkdir(exist_ok=True)
    require_writable(args.baseline.parent)
    forgotten, kept = stored if args.replace else [], stored
    for new in _recordings(args, jobs):
        kept = baseline.add(args.baseline, new, forgotten)  # each at once: an interruption keeps what is finished
        forgotten = []
    emit(_overview(args, kept), args.output)
    return 0


def _compare(args: argparse.Namespace) -> int:
    from effbench.files.atomic import emit
    from effbench.gate import baseline
    from effbench.gate.outcome import exit_code

    stored = baseline.load(args.baseline)
    new = list(_recordings(args, _jobs(args, stored)))
    rows = baseline.compare(stored, new, margin=args.margin)
    emit(_verdicts(args, rows), args.output)
    return exit_code(rows)


def _jobs(args: argparse.Namespace, stored: Sequence[Recording]) -> dict[str, Job]:
    """What to measure, by label; every name is looked up before anything is measured."""
    from effbench.gate.relative import label_of
    from effbench.models.plugins import named_in
    from effbench.models.registry import resolve

    recorded = [Job(**{**model["job"], "seed": 0}) for each in stored for model in each["models"].values()]
    jobs = jobs_of(args, []) or recorded
    if not jobs:
        raise EffbenchError(f"{args.baseline} holds no model yet: name some")
    with named_in(args.baseline):
        for job in jobs:
            resolve(job.model, job.size)
    return {label_of(job): job for job in jobs}


def _recordings(args: argparse.Namespace, jobs: Mapping[str, Job]) -> Iterator[Recording]:
    from effbench.gate.relative import record

    finished, total = count(1), args.recordings * args.workers * len(jobs)
    with Progress() as progress:

        def done() -> None:
            number = next(finished)
            progress.show(number / total, f"{number} of {total} measured")

        for i in range(args.recordings):
            yield record(jobs, workers=args.workers, rounds=args.rounds, seed=args.seed + i, done=done)


def _overview(args: argparse.Namespace, recordings: Sequence[Recording]) -> str:
    from effbench.gate.baseline import LEAST
    from effbench.gate.overview import OnFile, overview
    from effbench.render.table import Column, of, render

    columns: list[Column[OnFile]] = [
        of("model", lambda row: row.model),
        of("machine", lambda row: row.machine),
        of("recordings", lambda row: row.recordings, right=True),
        of("workers", lambda row: row.workers, right=True),
        of("time / gemm", lambda row: row.relative, lambda ratio: f"{ratio:.3f}", right=True),
        of("between recordings", lambda row: row.between, lambda sd: f"{100 * sd:.1f} %", right=True),
        of("between workers", lambda row: row.within, lambda sd: f"{100 * sd:.1f} %", right=True),
        of("failed", lambda row: row.failed),
    ]
    notes = [
        "time / gemm: time of a step over that of kernel/gemm in the same process. Between: standard deviation of its "
        "logarithm.",
        f"A verdict needs {LEAST} recordings of this machine, or recordings of {LEAST} other machines.",
    ]
    return render(overview(recordings), columns, args.format, title=str(args.baseline), notes=notes)


def _verdicts(args: argparse.Namespace, rows: Sequence[RelativeVerdict]) -> str:
    from effbench.gate.outcome import overall
    from effbench.render.table import Column, of, render

    columns: list[Column[RelativeVerdict]] = [
        of("model", lambda row: row.model),
        of("change", lambda row: row.effect, right=True),
        of("margin", lambda row: row.margin, lambda margin: f"{100 * margin:g} %", right=True),
        of("verdict", lambda row: row.verdict),
        of("against", lambda row: row.against),
        of("reason", lambda row: row.reason),
    ]
    notes = ["Change: change of the time relative to kernel/gemm in the same process; positive is slower."]
    return render(rows, columns, args.format, title=f"effbench gate baseline: {overall(rows)}", notes=notes)
