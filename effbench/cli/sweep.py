"""``effbench sweep``."""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.cli.data_option import add_data, data_folder
from effbench.cli.effect import require_effect
from effbench.cli.manner import add_choice
from effbench.cli.parser import Parser, whole_number
from effbench.cli.paths import output_folder
from effbench.errors import EffbenchError
from effbench.files.atomic import emit
from effbench.files.file_name import inside
from effbench.files.terminal import warn
from effbench.render.choice import require_choice
from effbench.render.numbers import fixed, scaled
from effbench.render.progress import Progress
from effbench.render.table import MISSING, Column, of, render

if TYPE_CHECKING:
    from effbench.training.sweep.place import Place
    from effbench.training.sweep.plan import Sweep
    from effbench.training.sweep.runner import Step
    from effbench.training.sweep.state import CellRow, State

SUMMARY = "train every cell of a recipe's grid: resumable, on all cores and devices, on Ray or Slurm"
EXAMPLES = """\
  effbench sweep experiments/ravit_digits_sweep.toml
  effbench sweep experiments/ravit_textures_heatmap.toml --jobs 2 --out runs/textures
  effbench sweep experiments/ravit_textures_heatmap.toml --out runs/textures --status
  effbench sweep experiments/ravit_cifar10_heatmap.toml --data data/ --device cuda --retry-failed
  effbench sweep experiments/ravit_cifar10_heatmap.toml --data data/ --device cuda --executor ray
  effbench sweep experiments/ravit_cifar10_heatmap.toml --dry-run"""

EXECUTORS = ("local", "ray", "slurm")
DEVICES = ("cpu", "cuda")
ORDERS = ("cheapest", "costliest")
SOME_FAILED = 1


def configure(parser: Parser) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help="name or .toml file of a recipe; its table sweep has the axes")
    parser.add_argument(
        "--out", type=output_folder, metavar="DIR", help="store and runs (default: runs/ and the recipe's name)"
    )
    add_data(parser)
    parser.add_argument("--executor", choices=EXECUTORS, default="local", help="default: local, this machine")
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="default: cpu")
    parser.add_argument(
        "--program",
        default="auto",
        metavar="{auto,separate,compiled}",
        help="compiled: train through torch.compile; separate: as it is; default: auto, the faster one by measurement, "
        "kept with the sweep",
    )
    parser.add_argument(
        "--jobs", type=whole_number, metavar="N", help="trainings at a time (default: one per core or GPU)"
    )
    parser.add_argument(
        "--seeds", nargs="+", type=whole_number, default=[], metavar="S", help="instead of the recipe's"
    )
    parser.add_argument("--limit", type=whole_number, metavar="N", help="only the first N cells")
    parser.add_argument(
        "--order",
        choices=ORDERS,
        default=ORDERS[0],
        help="which cells are trained first: cheapest (default; the most results if stopped early) or costliest (ends "
        "a whole sweep sooner on several processors)",
    )
    parser.add_argument("--retry-failed", action="store_true", help="train again what failed before")
    parser.add_argument("--status", action="store_true", help="show what is there; train nothing")
    parser.add_allow_code("recipe")
    parser.add_argument("--dry-run", action="store_true", help="show what would be trained; train nothing")
    parser.add_output()
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    from effbench.training.loop.rank import rank_of, tell_ignored
    from effbench.training.recipes import find_recipe
    from effbench.training.sweep.place import Place, require_there, settled
    from effbench.training.sweep.plan import plan_file
    from effbench.training.sweep.program import require_program
    from effbench.training.sweep.state import cell_rows, state
    from effbench.training.sweep.store import Store

    require_program(args.program)
    trains = ("retry_failed", "order", "program", "dry_run")
    require_effect(args, [(name, not args.status, "with --status, which trains nothing") for name in trains])
    place = Place(executor=args.executor, device=args.device, jobs=args.jobs, root=data_folder(args))
    tell_ignored()
    if rank_of() is not None:
        raise EffbenchError("effbench sweep shares its trainings out itself: start it once, without torchrun")
    sweep = plan_file(find_recipe(args.recipe), seeds=args.seeds, limit=args.limit)
    place.validate(sweep)
    folder = args.out or inside(Path("runs"), sweep.name)
    train = not (args.status or args.dry_run)
    if train or (args.dry_run and args.data is not None):
        require_there(sweep, place)
    require_choice(_columns(sweep, []))
    sweep = settled(sweep, folder, place, measure=train)
    if train:
        _train(args, sweep, folder, place)
    store = Store(folder)
    found = store.found()
    now = state(sweep, found)
    notes = [*_notes(sweep, now), *_program(folder), f"store: {store.path}"]
    if store.duplicates:
        notes.append(f"{len(store.duplicates)} lines of the store repeat a training; the first of each counts.")
    title = f"{sweep.name}: {len(sweep.cells)} cells × {len(sweep.seeds)} seeds"
    rows = cell_rows(sweep, found)
    emit(render(rows, _columns(sweep, rows), args.format, title=title, notes=notes), args.output)
    return SOME_FAILED if now.failed else 0


def _train(args: argparse.Namespace, sweep: Sweep, folder: Path, place: Place) -> None:
    from effbench.training.sweep.place import price, program_of
    from effbench.training.sweep.program import change
    from effbench.training.sweep.runner import Schedule

    with Progress() as bar:
        program = program_of(args.program, sweep, folder, place)
        schedule = Schedule(
            sweep,
            folder,
            place.open(folder),
            root=place.root,
            device=args.device,
            cost=price,
            change=change(program),
            costliest_first=args.order == "costliest",
            retry_failed=args.retry_failed,
            progress=partial(_tell, bar, time.monotonic()),
        )
        try:
            schedule.run()
        except KeyboardInterrupt:
            warn("effbench: stopped; run the same command to resume")
            raise


def _tell(bar: Progress, start: float, step: Step) -> None:
    passed = time.monotonic() - start
    left = passed / step.share - passed if 0 < step.share < 1 else None
    bar.show(step.done / step.total, f"{step.done} of {step.total} done: {step.what}", left)


def _columns(sweep: Sweep, rows: list[CellRow]) -> list[Column[CellRow]]:
    def axis(name: str) -> Column[CellRow]:
        return of(name, lambda row: row.cell[name], right=True)

    scores = Column("accuracy", _accuracy, right=True)
    if all(row.accuracy is None for row in rows) and any("loss" in row.figures for row in rows):
        scores = of("loss", lambda row: row.figures.get("loss"), lambda loss: fixed(loss, 4), right=True)
    return [
        *([axis(name) for name in sweep.axes] or [of("model", lambda row: row.model)]),
        scores,
        of("done", lambda row: row.done, right=True),
        of("failed", lambda row: row.failed, right=True),
        of("missing", lambda row: row.missing, right=True),
        of("training", lambda row: row.seconds, "{:.1f} s".format, right=True),
        of("program", lambda row: row.program),
        of("why it failed", lambda row: row.reason),
    ]


def _accuracy(row: CellRow) -> str:
    if row.accuracy is None or row.low is None or row.high is None:
        return MISSING
    mean, low, high = (fixed(100 * share, 1) for share in (row.accuracy, row.low, row.high))
    return f"{mean} % [{low}, {high}]"


def _program(folder: Path) -> list[str]:
    from effbench.training.loop.choice import kept as kept_precision
    from effbench.training.sweep.program import kept_in

    kept = kept_in(folder)
    chosen = kept_precision(folder)
    notes = [] if kept is None else [f"Program: {kept.name} ({kept.why})."]
    return notes if chosen is None else [*notes, f"Precision: {chosen.precision} ({chosen.why})."]


def _notes(sweep: Sweep, now: State) -> list[str]:
    notes = [f"{now.done} of {len(sweep.trials)} trainings done, {now.failed} failed, {now.missing} missing."]
    if now.flops is None:
        codec = any(trial.recipe.task == "compress" for trial in sweep.trials)
        why = "a codec has no formula here" if codec else "how many images there are is known only to the data on disk"
        notes.append(f"Cost not counted: {why}.")
    else:
        left = f", {scaled(now.flops_left or 0)}FLOP of it missing" if now.missing else ""
        how = "2 per multiply-accumulate; 3 × forward × images × epochs"
        notes.append(f"Cost by formula: {scaled(now.flops)}FLOP{left} ({how}).")
    if now.failed:
        notes.append("--retry-failed trains again what failed.")
    return notes
