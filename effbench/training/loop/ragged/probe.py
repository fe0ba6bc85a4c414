"""Which is faster here: the cells of a heatmap one by one, compiled or not, or as one program? A few steps of each.

As a program, in a process of its own: a JSON job (``loop.job``, without folders) on standard input is answered by
``Speed`` on standard output.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import torch

from effbench.errors import EffbenchError
from effbench.training.data.opening import open_part
from effbench.training.data.source import Source
from effbench.training.loop.classify import Classify
from effbench.training.loop.device import find_device, set_threads, use_attention
from effbench.training.loop.distributed import ALONE
from effbench.training.loop.feasible import require_arithmetic
from effbench.training.loop.job import Job
from effbench.training.loop.loop import Loop
from effbench.training.loop.progress import Meter
from effbench.training.loop.ragged.alike import Speed, require_alike
from effbench.training.loop.ragged.together import Together
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Task

STEPS, ROUNDS = 2, 3
"""Optimiser steps of a turn, and turns that are measured, after one that warms up."""

LONG = 300.0
"""Seconds of a training below which nothing is compiled: that alone takes tens of them."""

Turn = Callable[[], object]
"""``STEPS`` optimiser steps."""


def speed(job: Job) -> Speed:
    """Measure them, alternating; nothing is kept of what was trained.

    Args:
        job: its recipes are in the order of their cost, the most expensive first.

    Raises:
        EffbenchError: recipes that cannot be trained together, or data that is not there.
    """
    recipes, seed = job.recipes, job.seed
    require_alike(recipes)
    place = find_device(job.device)
    require_arithmetic(recipes[0].training.precision, place.type)
    root = None if job.root is None else Path(job.root)
    source = open_part(recipes[0].data, "train", root=root, device=place, seed=seed)
    cells = [separate(recipe, seed, source, place) for recipe in recipes]
    found = _with_program(cells, lambda: together(recipes, seed, source, place), place)
    if recipes[0].training.compile or (job.steps or 0) * found.separate / len(cells) < LONG:
        return found
    fast = replace(recipes[0], training=replace(recipes[0].training, compile=True))
    return _with_compiler(found, cells[0], lambda: separate(fast, seed, source, place), place)


def _with_program(cells: Sequence[Turn], program: Callable[[], Turn], device: torch.device) -> Speed:
    """All cells one after the other against all of them at once."""
    try:
        apart, one = _alternating(cells, [program()], device)
    except (MemoryError, RuntimeError) as error:  # all cells at once need more memory than there is
        apart, _ = _alternating(cells, [], device)
        return Speed(separate=apart, ragged=None, why=_line(error))
    return Speed(separate=apart, ragged=one)


def _with_compiler(found: Speed, cell: Turn, compiled: Callable[[], Turn], device: torch.device) -> Speed:
    """One cell as it is against itself compiled."""
    start = time.perf_counter()
    try:
        fast = compiled()
        fast()
        seconds = time.perf_counter() - start
        plain, quick = _alternating([cell], [fast], device)
    except (MemoryError, RuntimeError) as error:  # no compiler, or one that fails
        return replace(found, why_not=_line(error))
    return replace(found, compiled=found.separate * quick / plain, compiling=seconds)


def separate(recipe: Recipe, seed: int, source: Source, device: torch.device) -> Turn:
    """The turn of one cell."""
    return _turn(recipe, seed, Classify(recipe, len(source.classes), seed, device), source, device)


def together(recipes: Sequence[Recipe], seed: int, source: Source, device: torch.device) -> Turn:
    """The turn of all cells, as one program."""
    images = min(recipes[0].data.batch, source.images)
    return _turn(recipes[0], seed, Together(recipes, len(source.classes), seed, device, images), source, device)


def _turn(recipe: Recipe, seed: int, task: Task, source: Source, device: torch.device) -> Turn:
    """The first steps of a training, the same ones at every call; the loop waits for the device at their end."""
    use_attention(task.network, recipe.training.attention, device, recipe.training.precision)
    loop = Loop(recipe, seed, task, source, device, ALONE)
    loop.per_epoch = min(STEPS, loop.per_epoch)
    meter = Meter(None, epochs=1, steps=STEPS, images=loop.images)

    def turn() -> None:
        loop.epoch(meter, lambda: None)
        loop.step = 0

    return turn


def _alternating(a: Sequence[Turn], b: Sequence[Turn], device: torch.device) -> tuple[float, float]:
    """Seconds of a step of all of ``a`` and of all of ``b``: medians of rounds after one that warms up."""
    turns = [(_clocked(a, device), _clocked(b, device)) for _ in range(1 + ROUNDS)][1:]
    first, second = (median(side) / STEPS for side in zip(*turns, strict=True))
    return first, second


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _clocked(turns: Sequence[Turn], device: torch.device) -> float:
    """Seconds: of the processor, which do not count what other programs take away; with a GPU those of the wall."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    for turn in turns:
        turn()
    return clock() - start


def main() -> int:
    """Answer one job; exit code 2: bad input, said on standard error."""
    try:
        job = Job.read(json.load(sys.stdin))
        set_threads(job.threads)
        found = speed(job)
    except EffbenchError as error:
        print(f"effbench: error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
