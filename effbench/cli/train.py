"""``effbench train``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.data_option import add_data, data_folder
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_folder
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.files.file_name import inside
from effbench.files.terminal import Manner, speaking, warn
from effbench.models.plugins import file_of
from effbench.models.registry import resolve
from effbench.render.numbers import fixed, scaled
from effbench.render.progress import Progress
from effbench.render.table import Column, of, render

if TYPE_CHECKING:
    from effbench.training.loop.outcome import Outcome
    from effbench.training.loop.progress import Progress as Now
    from effbench.training.loop.rank import Rank
    from effbench.training.loop.recipe import Recipe
    from effbench.training.seeds import ExitRow, FigureRow

SUMMARY = "train a recipe and report the accuracy of each exit with an interval"
EXAMPLES = """\
  effbench train ravit_digits
  effbench train ravit_digits --seeds 0 1 2 --out runs/three
  effbench train experiments/ravit_cifar10.toml --data data/ --device cuda --log tensorboard
  effbench train ravit_digits --epochs 10 --set optimiser.lr=1e-3 --set schedule.warmup=0.5
  effbench train ravit_cifar10 --dry-run"""

DEVICES = ("auto", "cpu", "cuda")
LOGS = ("tensorboard", "mlflow", "wandb")
SOME_FAILED = 1


def configure(parser: Parser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="a .toml file, or the name of one in experiments/")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=whole_number, metavar="K", help="one run (default: the recipe's seeds)")
    seeds.add_argument("--seeds", type=whole_number, nargs="+", metavar="K", help="one run with each")
    parser.add_argument(
        "--out", type=output_folder, metavar="DIR", help="runs and their store (default: runs/ and the name)"
    )
    add_data(parser)
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto, a GPU if there is one")
    parser.add_argument("--threads", type=whole_number, metavar="N", help="CPU threads (default: PyTorch's choice)")
    parser.add_argument(
        "--processes", type=whole_number, default=1, metavar="N", help="processes that share each batch (default: 1)"
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
    from effbench.training.loop.feasible import require_arithmetic
    from effbench.training.recipes import read_recipe

    changes = [*args.set, *([] if args.epochs is None else [f"training.epochs={args.epochs}"])]
    recipe = read_recipe(args.recipe, changes)
    seeds = _seeds(args, recipe)
    require_arithmetic(recipe.training.precision, args.device)
    _require_place(args, recipe)
    if args.dry_run:
        emit(_planned(recipe, args.format), args.output)
        return 0
    place = _place(args)
    if place is None and args.processes != 1:
        return _launched(args)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts: spinning costs 5 times on busy cores
    out = args.out or inside(Path("runs"), recipe.name)
    outcomes = _trained(args, recipe, seeds, out)
    if place is None or place.rank == 0:  # of several processes the first one speaks
        emit(_results(args, recipe, outcomes, out), args.output)
    return SOME_FAILED if any(outcome.status == "failed" for outcome in outcomes) else 0


def _require_place(args: argparse.Namespace, recipe: Recipe) -> None:
    """What a run would refuse of threads, processes and data; a dry run wants data only where their folder is given."""
    from effbench.training.data.catalogue import dataset
    from effbench.training.data.places import require_there
    from effbench.training.loop.feasible import require_threads

    if args.processes < 1:
        raise EffbenchError(f"--processes must be 1 or more, got {args.processes}")
    if args.threads is not None:
        require_threads(args.threads)
    if args.data is not None or not args.dry_run:
        require_there(dataset(recipe.data.name), data_folder(args))


def _place(args: argparse.Namespace) -> Rank | None:
    """Which of several processes this is; None on its own."""
    from effbench.training.loop.rank import STORE, rank_of, tell_ignored

    place = rank_of()
    tell_ignored()
    if place is not None and args.processes != 1 and STORE not in os.environ:
        raise EffbenchError(f"--processes {args.processes} in a process that torchrun started: leave one of them out")
    return place


def _seeds(args: argparse.Namespace, recipe: Recipe) -> tuple[int, ...]:
    """Those that were asked for, or the recipe's."""
    from effbench.training.loop.recipe import require_seeds

    seeds = (args.seed,) if args.seed is not None else tuple(args.seeds or recipe.training.seeds)
    require_seeds("seeds", seeds)
    return seeds


def _trained(args: argparse.Namespace, recipe: Recipe, seeds: tuple[int, ...], out: Path) -> list[Outcome]:
    from effbench.training.seeds import train_seeds

    how = {"root": data_folder(args), "device": args.device, "threads": args.threads}
    with _resumable(), Progress() as bar:

        def tell(seed: int, now: Now) -> None:
            bar.show(now.step / now.steps, told(seed, now), now.remaining)

        return train_seeds(recipe, seeds, out, logs=list(dict.fromkeys(args.log)), tell=tell, **how)


def told(seed: int, now: Now) -> str:
    """``seed 0, epoch 3 of 40, loss 0.1234, 900 images/s``."""
    return f"seed {seed}, epoch {now.epoch} of {now.epochs}, loss {now.loss:.4f}, {now.images_per_s:.0f} images/s"


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how to go on, if somebody interrupts the training."""
    try:
        yield
    except KeyboardInterrupt:
        warn("effbench: stopped; run the same command to resume from the last checkpoint")
        raise


def _launched(args: argparse.Namespace) -> int:
    """The same command in several processes that share each batch."""
    from effbench.training.loop.launch import launch

    # The interrupt of a terminal reaches this process alone; the first of the others speaks.
    with _resumable(), speaking(Manner(quiet=True)):
        return launch([sys.executable, "-m", "effbench", *args.argv], args.processes)


def _results(args: argparse.Namespace, recipe: Recipe, outcomes: list[Outcome], out: Path) -> str:
    """What every exit got, or what else the task gives."""
    from effbench.training.seeds import exit_rows, figure_rows, seed_means

    failed = [o for o in outcomes if o.status == "failed"]
    done = [o for o in outcomes if o.status == "done"]
    title = f"{recipe.name}: {recipe.model} on {recipe.data.name}"
    notes = [*(f"Seed {o.seed} failed: {o.reason}." for o in failed), *_notes(recipe, done, out)]
    if recipe.task != "classify":
        figures: list[Column[FigureRow]] = [
            of("seed", lambda row: row.seed),
            of("figure", lambda row: row.figure),
            of("value", lambda row: row.value, "{:.6g}".format, right=True),
        ]
        return render(figure_rows(recipe, done), figures, args.format, title=title, notes=notes)
    rows = exit_rows(recipe, done)
    rows += seed_means(rows) if len(done) > 1 else []
    return render(rows, _columns(), args.format, title=title, notes=notes)


def _columns() -> list[Column[ExitRow]]:
    return [
        of("seed", lambda row: row.seed),
        of("exit", lambda row: row.exit, right=True),
        of("MACs to it", lambda row: row.macs, scaled, right=True),
        Column("top-1", _accuracy, right=True),
        of("top-5", lambda row: row.top5, _percent, right=True),
        of("ECE", lambda row: row.ece, _percent, right=True),
        of("images", lambda row: row.images, right=True),
    ]


def _accuracy(row: ExitRow) -> str:
    return f"{_percent(row.top1)} [{fixed(100 * row.low, 2)}, {fixed(100 * row.high, 2)}]"


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 2)} %"


def _notes(recipe: Recipe, done: list[Outcome], out: Path) -> list[str]:
    """How the runs were made, where they are, and what can be done with them."""
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


@dataclasses.dataclass(frozen=True)
class Setting:
    """A value of the recipe; tables dotted."""

    key: str
    value: object


def _planned(recipe: Recipe, style: str) -> str:
    from effbench.training.recipes import plan_of
    from effbench.training.table import dotted

    plan, whole = plan_of(recipe), dataclasses.asdict(recipe)
    if style == "json":
        return json.dumps({"recipe": whole, **plan._asdict()}, indent=2, ensure_ascii=False) + "\n"
    codec, unknown = "not counted: a codec has no formula here", "known only to the data on disk"
    costs = ", ".join(f"{scaled(macs)} MACs" for macs in plan.exits) or codec
    flops = f"{scaled(plan.flops)}FLOP" if plan.flops is not None else unknown if plan.exits else codec
    notes = [
        f"Cost of an image up to each exit: {costs}.",
        f"Training images: {plan.images or unknown}; optimiser steps: {plan.steps or unknown}.",
        f"Training FLOPs (2 per multiply-accumulate; 3 × forward × images × epochs): {flops}.",
    ]
    columns: list[Column[Setting]] = [
        of("key", lambda row: row.key),
        Column("value", lambda row: json.dumps(row.value, ensure_ascii=False)),
    ]
    rows = [Setting(key, value) for key, value in dotted(whole)]
    return render(rows, columns, style, title=f"{recipe.name}, as it would be trained", notes=notes)
