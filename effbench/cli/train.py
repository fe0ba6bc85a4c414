"""``effbench train``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effbench.cli.parser import Parser, whole_number
from effbench.cli.training_bar import TrainingBar
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.files.file_name import inside
from effbench.models.plugins import file_of
from effbench.models.registry import resolve
from effbench.render.numbers import fixed, scaled
from effbench.render.table import Column, Row, column, render

if TYPE_CHECKING:
    from effbench.training.loop.outcome import Outcome
    from effbench.training.loop.rank import Rank
    from effbench.training.loop.recipe import Recipe

SUMMARY = "train a recipe: what each exit gets, with intervals, in a run that other commands read"
EXAMPLES = """\
  effbench train ravit_digits
  effbench train ravit_digits --seeds 0 1 2 --out runs/three
  effbench train experiments/ravit_cifar10.toml --data data/ --device cuda --log tensorboard
  effbench train ravit_digits --epochs 10 --set optimiser.lr=1e-3 --set schedule.warmup=0.5
  effbench train ravit_cifar10 --dry-run"""

DEVICES = ("auto", "cpu", "cuda")
LOGS = ("tensorboard", "mlflow", "wandb")
SOME_FAILED = 1
DATA, DATA_FOLDER = "EFFBENCH_DATA", Path("data")
"""Environment variable with the folder of the data sets, and the folder without it."""


def configure(parser: Parser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="a .toml file, or the name of one in experiments/")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=whole_number, metavar="K", help="one run (default: the recipe's seeds)")
    seeds.add_argument("--seeds", type=whole_number, nargs="+", metavar="K", help="one run with each")
    parser.add_argument("--out", type=Path, metavar="DIR", help="runs and their store (default: runs/ and the name)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"data sets that are not built in (default: ${DATA} or {DATA_FOLDER}/)"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto, a GPU if there is one")
    parser.add_argument("--threads", type=whole_number, metavar="N", help="CPU threads (default: PyTorch's choice)")
    parser.add_argument(
        "--processes", type=whole_number, default=1, metavar="N", help="that share each batch (default: 1)"
    )
    parser.add_argument("--epochs", type=whole_number, metavar="N", help="instead of the recipe's")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any other value of the recipe, tables dotted"
    )
    parser.add_argument(
        "--log", action="append", default=[], choices=LOGS, help="also log to this; log.csv is always written"
    )
    parser.add_allow_code("recipe")
    parser.add_argument("--dry-run", action="store_true", help="show the recipe and what it will cost; train nothing")
    parser.add_output()


def run(args: argparse.Namespace) -> int:
    from effbench.training.recipes import read_recipe

    changes = [*args.set, *([] if args.epochs is None else [f"training.epochs={args.epochs}"])]
    recipe = read_recipe(args.recipe, changes)
    if args.dry_run:
        emit(_planned(recipe, args.format), args.output)
        return 0
    place = _place(args)
    if args.processes != 1:
        return _launched(args)
    os.environ.setdefault(
        "OMP_WAIT_POLICY", "PASSIVE"
    )  # before torch starts: on a shared machine spinning costs 5 times
    out = args.out or inside(Path("runs"), recipe.name)
    outcomes = _trained(args, recipe, out)
    if place is None or place.rank == 0:  # of several processes the first one speaks
        emit(_results(args, recipe, outcomes, out), args.output)
    return SOME_FAILED if any(outcome.status == "failed" for outcome in outcomes) else 0


def _place(args: argparse.Namespace) -> Rank | None:
    """Which of several processes this is; None on its own."""
    from effbench.training.loop.rank import rank_of, tell_ignored

    place = rank_of()
    tell_ignored()
    if place is not None and args.processes != 1:
        raise EffbenchError(f"--processes {args.processes} in a process that torchrun started: leave one of them out")
    return place


def _trained(args: argparse.Namespace, recipe: Recipe, out: Path) -> list[Outcome]:
    from effbench.training.seeds import Place, train_seeds

    place = Place(
        out=out,
        root=args.data or Path(os.environ.get(DATA) or DATA_FOLDER),
        device=args.device,
        threads=args.threads,
        logs=tuple(dict.fromkeys(args.log)),
    )
    seeds = [args.seed] if args.seed is not None else args.seeds or recipe.training.seeds
    if len(set(seeds)) < len(seeds):
        raise EffbenchError(f"--seeds has one twice: {' '.join(map(str, seeds))}")
    with _resumable(), TrainingBar() as bar:
        return train_seeds(recipe, seeds, place, bar)


@contextmanager
def _resumable() -> Iterator[None]:
    """Whoever interrupts a training is told that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        print("effbench: stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        raise


def _launched(args: argparse.Namespace) -> int:
    """The same command in several processes that share each batch."""
    from effbench.training.loop.launch import launch, of_this_program

    if args.processes < 1:
        raise EffbenchError(f"--processes must be 1 or more, got {args.processes}")
    with _resumable():  # the interrupt of a terminal reaches this process alone
        return launch(of_this_program(_words(args)), args.processes)


def _words(args: argparse.Namespace) -> list[str]:
    """The arguments as they were given, but for ``--processes``."""
    words = ["train", args.recipe]
    for name in ("seed", "out", "data", "device", "threads", "epochs", "format", "output"):
        value = getattr(args, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--allow-code"] if args.allow_code else []
    for name in ("set", "log"):
        words += [word for value in getattr(args, name) for word in (f"--{name}", value)]
    return [*words, *(["--seeds", *map(str, args.seeds)] if args.seeds else [])]


def _results(args: argparse.Namespace, recipe: Recipe, outcomes: list[Outcome], out: Path) -> str:
    """What every exit got, or what else the task gives."""
    from effbench.training.seeds import exit_rows, figure_rows, seed_means

    failed = [o for o in outcomes if o.status == "failed"]
    done = [o for o in outcomes if o.status == "done"]
    title = f"{recipe.name}: {recipe.model} on {recipe.data.name}"
    notes = [*(f"Seed {o.seed} failed: {o.reason}." for o in failed), *_notes(recipe, done, out)]
    if recipe.task != "classify":
        columns = [
            column("seed", "seed"),
            column("figure", "figure"),
            column("value", "value", "{:.6g}".format, right=True),
        ]
        return render(figure_rows(recipe, done), columns, args.format, title=title, notes=notes)
    rows = exit_rows(recipe, done)
    rows += seed_means(rows) if len(done) > 1 else []
    return render(rows, _columns(), args.format, title=title, notes=notes)


def _columns() -> list[Column[Row]]:
    return [
        column("seed", "seed"),
        column("exit", "exit", right=True),
        column("MACs to it", "macs", scaled, right=True),
        Column("top-1", _accuracy, right=True),
        column("top-5", "top5", _percent, right=True),
        column("ECE", "ece", _percent, right=True),
        column("images", "images", right=True),
    ]


def _accuracy(row: Row) -> str:
    return f"{_percent(row['top1'])} [{fixed(100 * row['low'], 2)}, {fixed(100 * row['high'], 2)}]"


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 2)} %"


def _notes(recipe: Recipe, done: list[Outcome], out: Path) -> list[str]:
    """How it was made, where it is, and what can be done with it."""
    if not done:
        return []
    last, classify = done[-1], recipe.task == "classify"
    run = out / f"seed{last.seed}"
    how = ", ".join(f"{key} {last.conditions[key]}" for key in ("device", "threads", "processes", "attention"))
    several = "; of the mean: Student's t over seeds" if len(done) > 1 else ""
    code = " --allow-code" if file_of(recipe.model) else ""
    following = [f"effbench exits --run {run}{code}"] if len(last.exits) > 1 else []
    if classify and resolve(recipe.model).entry.family.name == "ravit":
        following.append(f"effbench heatmap --dataset {recipe.data.name} --metric accuracy --store {out}{code}")
    return [
        *([f"Intervals, 95 %: Wilson, over images{several}. ECE: calibration error in 15 bins."] if classify else []),
        f"{last.steps} steps in {last.seconds:.1f} s ({last.images_per_s:.0f} images/s); {how}.",
        f"Run: {run}; store: {out / 'results.jsonl'}.",
        *([f"Next: {'; '.join(following)}"] if following else []),
    ]


def _planned(recipe: Recipe, style: str) -> str:
    from effbench.training.recipes import plan_of, resolved

    plan = plan_of(recipe)
    if style == "json":
        return json.dumps({"recipe": resolved(recipe), **plan._asdict()}, indent=2, ensure_ascii=False) + "\n"
    rows = [{"key": key, "value": value} for key, value in _flat(resolved(recipe))]
    codec = "not counted: a codec has no formula here"
    costs = ", ".join(f"{scaled(macs)} MACs" for macs in plan.exits) or codec
    unknown = "known only to the data on disk"
    no_flops = codec if not plan.exits else unknown
    notes = [
        f"Cost of an image up to each exit: {costs}.",
        f"Training images: {plan.images or unknown}; optimiser steps: {plan.steps or unknown}.",
        f"Training FLOPs (2 per multiply-accumulate; 3 × forward × images × epochs): "
        f"{no_flops if plan.flops is None else scaled(plan.flops) + 'FLOP'}.",
    ]
    columns = [column("key", "key"), Column("value", lambda row: json.dumps(row["value"], ensure_ascii=False))]
    return render(rows, columns, style, title=f"{recipe.name}, as it would be trained", notes=notes)


def _flat(table: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Dotted key and value of everything in nested tables."""
    found = []
    for key, value in table.items():
        found += _flat(value, f"{before}{key}.") if isinstance(value, dict) else [(before + key, value)]
    return found
