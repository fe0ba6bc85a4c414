"""``effbench profile``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from effbench.cli.effect import require_effect
from effbench.cli.manner import add_choice
from effbench.cli.naming import command_line, names
from effbench.cli.parser import Parser, model, whole_number
from effbench.errors import EffbenchError, MissingExtra, SpecError, UnknownName
from effbench.files.atomic import emit
from effbench.files.terminal import warn
from effbench.models.code import with_arguments
from effbench.models.inputs import OWN_BATCH, batch_of, parse_inputs
from effbench.models.spec import MAX_BATCH, require_range
from effbench.profiling.table import (
    condition_notes,
    knee_note,
    possible_columns,
    profile_columns,
    profile_notes,
    ratio_columns,
    ratio_notes,
)
from effbench.profiling.worker.job import DEVICES, DTYPES, MODES, TASKS, Job
from effbench.render.choice import require_choice
from effbench.render.formats import is_exact
from effbench.render.progress import Progress
from effbench.render.table import Column, Row, exact, render

SUMMARY = "measure time, memory and energy of models in fresh processes, or ratios in interleaved runs"
EXAMPLES = """\
  effbench profile vit_base_patch16_gap ci2p_vit ci2p_vit_ds --size 256 --batch 8
  effbench profile ravit_cifar10:1-3 --sweep
  effbench profile timm/convnext_tiny my_model.py --batch 1 32 --samples 300 --journal mine.jsonl
  effbench profile vit_cifar10:4 ravit_cifar10:1-3 --relative-to vit_cifar10:4 --batch 32
  effbench profile vit_tiny_patch16 --device cuda --dtype fp32 bf16 --mode eager compile cuda_graph"""

SOME_FAILED, NOTHING_MEASURED, INTERRUPTED = 1, 4, 130
INTERRUPTED_BY = "interrupted"


def configure(parser: Parser) -> None:
    def option(flag: str, default: Any, help: str, **how: Any) -> argparse.Action:
        return parser.add_argument(flag, default=default, help=help, **how)

    options = [
        *parser.add_network("+"),
        option("--batch", [1], "images per step (default: 1)", nargs="+", type=whole_number, metavar="B"),
        option("--sweep", False, "batch sizes 1, 2, 4, … in place of --batch, and the knee", action="store_true"),
        option("--device", "cpu", "default: cpu", choices=DEVICES),
        option("--dtype", ["fp32"], "default: fp32", nargs="+", choices=DTYPES),
        option("--mode", ["eager"], "default: eager", nargs="+", choices=MODES),
        option(
            "--task",
            ["infer"],
            "a training step is forward, backward, AdamW (default: infer)",
            nargs="+",
            choices=TASKS,
        ),
        option("--threads", 1, "CPU threads of PyTorch (default: 1)", type=whole_number, metavar="N"),
        option("--processes", 5, "fresh processes per row (default: 5)", type=whole_number, metavar="N"),
        option(
            "--samples", 30, "minimum number of steps, over all processes (default: 30)", type=whole_number, metavar="N"
        ),
        option(
            "--seconds",
            3.0,
            "minimum sampling time in seconds, over all processes (default: 3)",
            type=number,
            metavar="S",
        ),
        option("--limit", 900.0, "seconds a process or set may take in all (default: 900)", type=number, metavar="S"),
        option("--relative-to", None, "compare in lock-step with this one of the models", type=model, metavar="MODEL"),
        option("--sets", 8, "with --relative-to: fresh sets of processes (default: 8)", type=whole_number, metavar="N"),
        option(
            "--rounds",
            10,
            "with --relative-to: rounds of turns in each set (default: 10)",
            type=whole_number,
            metavar="N",
        ),
        parser.add_journal("every process's samples"),
    ]
    parser.add_output()
    add_choice(parser)
    parser.set_defaults(options=options)


def run(args: argparse.Namespace) -> int:
    if find_spec("torch") is None:
        raise MissingExtra("profiling", "torch", "measure")
    _require(args)
    return _ratios(args) if args.relative_to else _profiles(args)


def number(text: str) -> float:
    """A time typed by a user, in seconds."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def _require(args: argparse.Namespace) -> None:
    """Everything that can be wrong with the input, before any process is started."""
    from effbench.models.registry import resolve

    require_choice(possible_columns(ratios=args.relative_to is not None))
    for name in ("threads", "processes", "samples", "sets", "rounds"):
        require_range(name, getattr(args, name), 1, 1_000_000)
    for batch in args.batch:
        require_range("batch", batch, 1, MAX_BATCH)
    inputs = parse_inputs(args.input)
    for name in names(args):
        resolve(name, args.size, inputs)
    if inputs and (args.batch != [1] or args.sweep):
        raise SpecError(OWN_BATCH)
    ratios = args.relative_to is not None
    beside = [(name, ratios, "without --relative-to") for name in ("sets", "rounds")]
    beside += [(name, not ratios, "with --relative-to") for name in ("processes", "samples", "seconds")]
    require_effect(args, beside)
    if args.relative_to and args.relative_to not in args.models:
        raise UnknownName("model of this comparison", args.relative_to, args.models)
    if args.relative_to and len(set(args.models)) < 2:
        raise EffbenchError("--relative-to compares two models or more")
    if args.sweep and (args.relative_to or args.batch != [1]):
        raise EffbenchError("--sweep takes neither --batch nor --relative-to")


def _settings(args: argparse.Namespace) -> list[dict[str, Any]]:
    """What jobs are made with besides their model."""
    from effbench.profiling.batches import SWEEP

    inputs = parse_inputs(args.input)
    batches = [batch_of(inputs)] if inputs else SWEEP[args.device] if args.sweep else args.batch
    shared = {"size": args.size, "inputs": " ".join(args.input), "device": args.device, "threads": args.threads}
    varied = product(*map(dict.fromkeys, (args.dtype, args.mode, args.task, batches)))
    return [shared | dict(zip(("dtype", "mode", "task", "batch"), values, strict=True)) for values in varied]


def _profiles(args: argparse.Namespace) -> int:
    from effbench.processes.environment import joined
    from effbench.profiling.batches import knees, measure_with_best_again
    from effbench.profiling.measured import flat, measurements
    from effbench.profiling.noise import reported
    from effbench.profiling.rows import Plan
    from effbench.profiling.visits import Visits

    plan = Plan(processes=args.processes, samples=args.samples, seconds=args.seconds, limit=args.limit)
    visits = Visits(args.journal, command(args))
    with Progress() as told:
        rows, ended = measure_with_best_again(
            [Job(model=name, **how) for name in dict.fromkeys(names(args)) for how in _settings(args)],
            plan,
            visits,
            order=Random(),
            progress=lambda left, row: told(left, row.job.model),
        )
    under = [[visits.under(visit) for visit in row.visits] for row in rows]
    shown = [reported(flat(row), joined(own).load if own else None) for row, own in zip(rows, under, strict=True)]
    conditions = [one for own in under for one in own]
    notes = [
        *profile_notes(shown),
        *(knee_note(job.as_dict(), *found) for job, found in knees(rows)),
        *_others(sum(row.others for row in rows), "processes", args.journal),
        *(condition_notes(joined(conditions), args.threads) if conditions else []),
    ]
    raw = [one for row in rows for one in measurements(row, visits)]
    _show(args, raw, shown, profile_columns(shown), notes)
    return exit_code(ended, [(row["processes"], row["status"]) for row in shown])


def _ratios(args: argparse.Namespace) -> int:
    from effbench.processes.environment import joined
    from effbench.profiling.noise import reported
    from effbench.profiling.ratios import flat
    from effbench.profiling.sets import SetPlan, compare_all
    from effbench.profiling.visits import Visits

    plan = SetPlan(sets=args.sets, rounds=args.rounds, limit=args.limit)
    visits = Visits(args.journal, command(args))
    base = with_arguments(args.relative_to, args.arg)
    compared = [base, *(name for name in dict.fromkeys(names(args)) if name != base)]
    groups = [[Job(model=name, **how) for name in compared] for how in _settings(args)]
    with Progress() as told:
        made, ended = compare_all(
            groups, plan, visits, order=Random(), progress=lambda left, one: told(left, " ".join(compared))
        )
    conditions = [visits.under(entry) for one in made for entry in one.sets]
    under = joined(conditions) if conditions else None
    shown = [reported(row, under.load if under else None) for one in made for row in flat(one)]
    notes = [
        *ratio_notes(shown),
        *_others(sum(one.others for one in made), "sets", args.journal),
        *([] if under is None else condition_notes(under, args.threads)),
    ]
    _show(args, [{**row, **(under.flat() if under else {})} for row in shown], shown, ratio_columns(shown), notes)
    return exit_code(ended, [(row["sets"], row["status"]) for row in shown])


def _others(count: int, what: str, path: Path | None) -> list[str]:
    return (
        [
            f"{path} also holds {count} {what} for these rows, measured under other conditions (machine, libraries, "
            "code or sampling); not shown."
        ]
        if count
        else []
    )


def _show(
    args: argparse.Namespace,
    raw: Sequence[object],
    shown: Sequence[Row],
    columns: Sequence[Column[Row]],
    notes: Sequence[str],
) -> None:
    """The table; what is kept in files begins with the command that made it."""
    title = command(args) if args.format in ("markdown", "latex") else ""
    text = (
        exact(raw, args.format)
        if is_exact(args.format)
        else render(shown, columns, args.format, title=title, notes=notes)
    )
    emit(text, args.output)


def exit_code(stopped: str, rows: Sequence[tuple[int, str]]) -> int:
    """0 all measured, 1 some, 4 nothing, 130 interrupted; standard error says why the command stopped early.

    Args:
        rows: of each, how many processes or sets were measured, and its status.
    """
    if stopped:
        warn(f"effbench: {stopped}; showing the results so far")
    if stopped == INTERRUPTED_BY:
        return INTERRUPTED
    if not any(count for count, _ in rows):
        return NOTHING_MEASURED
    return SOME_FAILED if any(status != "measured" for _, status in rows) else 0


def command(args: argparse.Namespace) -> str:
    """The command line, for the reader of its results."""
    return command_line("profile", args, args.options)
