"""Options that the timing actions of the gate share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from effbench.cli.parser import Parser, model, tolerance, whole_number
from effbench.errors import EffbenchError
from effbench.gate.sequential import Plan
from effbench.gate.session import ROUNDS
from effbench.profiling.worker.job import DEVICES, DTYPES, MODES, TASKS, Job

PLAN = Plan()


def add_jobs(parser: Parser, default: Sequence[str]) -> None:
    """What is measured."""
    add_models(parser, ", ".join(default))
    parser.add_argument("--size", type=whole_number, metavar="S", help="image side (default: each model's own)")
    parser.add_argument("--batch", type=whole_number, default=1, metavar="N", help="images per step (default: 1)")
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="default: cpu")
    parser.add_argument("--dtype", choices=DTYPES, default="fp32", help="default: fp32")
    parser.add_argument("--mode", choices=MODES, default="eager", help="default: eager")
    parser.add_argument("--task", choices=TASKS, default="infer", help="default: infer")
    parser.add_argument("--threads", type=whole_number, default=1, metavar="N", help="CPU threads (default: 1)")


def add_models(parser: Parser, default: str) -> None:
    """Any number of models; ``--model`` is the former way to name one."""
    told = f"registered names, timm/NAME, FILE.py or FILE.py:NAME (default: {default})"
    parser.add_argument("models", nargs="*", type=model, metavar="MODEL", help=told)
    parser.add_former("--model", "MODEL without an option", "models", model)


def jobs_of(args: argparse.Namespace, default: Sequence[str]) -> list[Job]:
    """One job for each model."""
    models = args.models or list(default)
    if len(set(models)) < len(models):
        raise EffbenchError("a model is named twice")
    for option in ("batch", "threads"):
        if getattr(args, option) < 1:
            raise EffbenchError(f"--{option} must be 1 or more, got {getattr(args, option)}")
    if args.size is not None and args.size < 1:
        raise EffbenchError(f"--size must be 1 or more, got {args.size}")
    setting = {name: getattr(args, name) for name in ("size", "batch", "device", "dtype", "mode", "task", "threads")}
    return [Job(model=model, **setting) for model in models]


def require_models(jobs: Sequence[Job], *, of_any_tree: bool = False) -> None:
    """Refuse, before anything is measured, a model that does not exist.

    Args:
        of_any_tree: other trees are measured: files and modules, which may stand there alone, are looked up by them.
    """
    from effbench.models.registry import require_known, resolve

    for job in jobs:
        if of_any_tree:
            require_known(job.model)
        else:
            resolve(job.model, job.size)


def add_plan(parser: Parser) -> None:
    """How it is decided."""
    add_margin(parser, PLAN.margin)
    parser.add_argument(
        "--alpha", type=tolerance, default=PLAN.alpha, metavar="F", help="chance of a false FAIL (default: 0.01 or 1%%)"
    )
    parser.add_argument(
        "--looks",
        type=whole_number,
        nargs="+",
        default=list(PLAN.looks),
        metavar="N",
        help=f"numbers of worker pairs after which to decide (default: {' '.join(map(str, PLAN.looks))})",
    )
    parser.add_argument(
        "--rounds", type=whole_number, default=ROUNDS, metavar="N", help=f"turns of each side (default: {ROUNDS})"
    )


def add_margin(parser: Parser, default: float) -> None:
    """``--margin``, a fraction."""
    told = f"slow-down that is tolerated (default: {default:g} or {100 * default:g}%%)"
    parser.add_argument("--margin", type=tolerance, default=default, metavar="F", help=told)


def plan_of(args: argparse.Namespace) -> Plan:
    """The plan; impossible values are refused."""
    if args.rounds < 1:
        raise EffbenchError(f"--rounds must be 1 or more, got {args.rounds}")
    return Plan(margin=args.margin, alpha=args.alpha, looks=tuple(args.looks))
