"""Stage ``step``: a training step at the RAViT paper's sizes, as it is, compiled, and several at a time.

The trainings are those of stage ``table``, in processes as a sweep has them, on random pictures in CIFAR-10's layout,
50,000 to learn from and 10,000 to judge; no result of them is kept. Each is stopped when enough epochs were timed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from effbench.profiling import ceilings
from effbench.training.loop.recipe import Recipe
from effbench.training.recipes import PASSES, forward_flops
from effbench.training.sweep.executors.local import LocalExecutor
from effbench.training.sweep.executors.work import Work
from effbench.training.sweep.place import Place
from effbench.training.sweep.plan import Trial, plan_file
from effbench.training.sweep.program import Program, change

from .pace import Pace, paces
from .records import Found, Records, Setting, Skipped
from .strips import BATCHES, make_batches

STAGE = "step"
RECIPES = Path(__file__).resolve().parents[2] / "experiments"
TABLE = RECIPES / "ravit_cifar10_table1.toml"
ENDLESS = 100_000
"""Epochs of a training that is stopped."""

LOOK_EVERY = 3
"""Epochs between two looks at the test images."""


def run(setting: Setting, records: Records) -> None:
    """Every program."""
    rows, seeds = rows_of(setting), range(1 if setting.smoke else 3)
    records.unit(STAGE, "peak", lambda: _peak(setting))
    peak = (records.data(STAGE, "peak") or {}).get("flop_per_s")

    def timed(unit: str, trials: Sequence[Trial], program: str) -> None:
        records.unit(STAGE, unit, lambda: _timed(setting, trials, program, peak))

    timed("RAViT 1-3, separate", rows[:1], "separate")
    timed("RAViT 1-3, compiled", rows[:1], "compiled")
    timed(rows_at_once("compiled", 1), rows, "compiled")
    timed(rows_at_once("separate", 1), rows, "separate")
    several = [replace(row, seed=seed) for row in rows for seed in seeds]
    if len(seeds) > 1:
        timed(rows_at_once("compiled", len(seeds)), several, "compiled")


def rows_at_once(program: str, seeds: int) -> str:
    """The unit that times all rows of Table I at the same time."""
    return f"rows of Table I at once, {seeds} seed{'s' if seeds > 1 else ''}, {program}"


def rows_of(setting: Setting) -> list[Trial]:
    """A training per row of Table I, RAViT 1-3 first."""
    trials = list(plan_file(TABLE, seeds=(0,)).trials)
    return [replace(t, recipe=endless(setting, t.recipe)) for t in (trials[:2] if setting.smoke else trials)]


def endless(setting: Setting, recipe: Recipe) -> Recipe:
    """The recipe, never ending."""
    small = tiny(recipe) if setting.smoke else recipe
    every = 2 if setting.smoke else LOOK_EVERY
    return replace(small, training=replace(small.training, epochs=ENDLESS, evaluate_every=every))


def tiny(recipe: Recipe) -> Recipe:
    """The recipe at a size for a smoke run, in fp32."""
    return replace(
        recipe,
        model=f"{recipe.model},width=16,num_heads=2",
        data=replace(recipe.data, batch=32),
        training=replace(recipe.training, precision="fp32"),
    )


def slots(setting: Setting, root: Path | None, jobs: int) -> list[dict[str, str]]:
    """Environments of trainings at a time; compilers share the cores."""
    place = Place(executor="local", device=setting.device, jobs=jobs, root=root)
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    return [{**slot, "TORCHINDUCTOR_COMPILE_THREADS": threads} for slot in place.slots()]


def require_compiler(setting: Setting, program: str) -> None:
    """Raise Skipped where a program is not what it is on a GPU."""
    if program == "compiled" and setting.device != "cuda":
        raise Skipped("compiled trainings are CUDA graphs, which need an NVIDIA GPU")


def measured(setting: Setting, dtype: str) -> ceilings.Measurement:
    """The machine's ceilings, measured once and kept in the work folder; of a smoke run, by small kernels."""
    if setting.smoke:
        ceilings.SHAPES[setting.device] = (("kernel/gemm", 128), ("kernel/copy", 256))
    return ceilings.measured_ceilings(setting.device, dtype, 1)


def _peak(setting: Setting) -> Found:
    dtype = "fp32" if setting.smoke else plan_file(TABLE).trials[0].recipe.training.precision
    found = measured(setting, dtype)
    told = {"dtype": dtype, "flop_per_s": found.ceilings.flop_per_s, "byte_per_s": found.ceilings.byte_per_s}
    says = f"{told['flop_per_s'] / 1e12:.1f} TFLOP/s of products in {dtype}, {told['byte_per_s'] / 1e9:.0f} GB/s copied"
    return Found(says, {**told, "typical": asdict(found.typical), "measured": dict(found.conditions)})


def _timed(setting: Setting, trials: Sequence[Trial], program: str, peak: float | None) -> Found:
    """The trainings at the same time, each in a process."""
    require_compiler(setting, program)
    each = 32 if setting.smoke else 10_000
    root = make_batches(setting.work / ("made-smoke" if setting.smoke else "made"), each)
    with TemporaryDirectory(dir=setting.work) as name:
        works = [_work(setting, trial, program, Path(name), root) for trial in trials]
        executor = LocalExecutor(slots(setting, root, len(works)))
        longest = max(1.0, min(setting.left, 150.0))
        found = paces(executor, works, rows=2 if setting.smoke else 2 * LOOK_EVERY, longest=longest)
    return _found(trials, found, each * len(BATCHES["train"]), program, peak)


def _work(setting: Setting, trial: Trial, program: str, folder: Path, root: Path) -> Work:
    trial = change(Program(sweep="step", name=program, why=""))(trial)
    return Work(trial=trial, folder=folder / f"{trial.key}-{trial.seed}", root=root, device=setting.device)


def _found(trials: Sequence[Trial], found: Sequence[Pace], images: int, program: str, peak: float | None) -> Found:
    recipe = trials[0].recipe
    batch, steps = recipe.data.batch, images // recipe.data.batch
    seen = [steps * batch / pace.training for pace in found]  # images a second
    flops = [
        PASSES * forward_flops(trial.recipe.model, trial.recipe.data.size) * rate
        for trial, rate in zip(trials, seen, strict=True)
    ]
    data: dict[str, Any] = {
        **{"program": program, "processes": len(trials), "steps_of_an_epoch": steps},
        **{"precision": recipe.training.precision, "batch": batch, "images_per_s": sum(seen)},
        **{"flop_per_s": sum(flops), "share_of_peak": peak and sum(flops) / peak},
        "paces": [asdict(pace) for pace in found],
    }
    step = 1e3 * median(pace.training for pace in found) / steps
    share = f", {100 * data['share_of_peak']:.1f} % of the peak of products" if peak else ""
    return Found(f"{data['images_per_s']:,.0f} images/s in all, a step takes {step:.2f} ms{share}", data)
