"""Is a training faster through ``torch.compile`` here? A few steps of each, by turns.

As a program, in a process of its own: a JSON job (``loop.job``, without a folder) on standard input is answered by
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
from effbench.training.loop.choice import Choice
from effbench.training.loop.device import find_device, set_threads, use_attention
from effbench.training.loop.distributed import ALONE
from effbench.training.loop.feasible import require_arithmetic
from effbench.training.loop.job import Job
from effbench.training.loop.loop import Loop
from effbench.training.loop.opening import open_task
from effbench.training.loop.progress import Meter
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.speed import Speed
from effbench.training.recipes import steps_of_training

STEPS, ROUNDS = 2, 3
"""Optimiser steps of a turn, and turns that are measured, after one that warms up."""

LONG = 300.0
"""Seconds of a training below which nothing is compiled: that alone takes tens of them."""

Turn = Callable[[], object]
"""``STEPS`` optimiser steps."""


def speed(job: Job) -> Speed:
    """Measure the job's training; nothing is kept of what was trained.

    Raises:
        EffbenchError: a recipe that cannot be trained, or data that is not there.
    """
    recipe, seed = job.recipe, job.seed
    place = find_device(job.device)
    require_arithmetic(recipe.training.precision, place.type)
    root = None if job.root is None else Path(job.root)
    source = open_part(recipe.data, "train", root=root, device=place, seed=seed)
    plain = turn_of(recipe, seed, source, place)
    (seconds,) = by_turns([plain], place)
    if recipe.training.compile or (steps_of_training(recipe) or 0) * seconds < LONG:
        return Speed(separate=seconds)
    fast = replace(recipe, training=replace(recipe.training, compile=True))
    start = time.perf_counter()
    try:
        compiled = turn_of(fast, seed, source, place)
        compiled()
        compiling = time.perf_counter() - start
        separate, quick = by_turns([plain, compiled], place)
    except (MemoryError, RuntimeError) as error:  # no compiler, or one that fails
        return Speed(separate=seconds, why_not=str(error).partition("\n")[0])
    return Speed(separate=separate, compiled=quick, compiling=compiling)


def turn_of(recipe: Recipe, seed: int, source: Source, device: torch.device) -> Turn:
    """The first steps of a training, the same ones at every call; the loop waits for the device at their end."""
    task = open_task(recipe, len(source.classes), seed, device)
    use_attention(task.network, recipe.training.attention, device, recipe.training.precision)
    loop = Loop(recipe, seed, task, source, device, ALONE)
    loop.per_epoch = min(STEPS, loop.per_epoch)
    meter = Meter(None, epochs=1, steps=STEPS, images=loop.images)

    def turn() -> None:
        loop.epoch(meter, lambda: None)
        loop.step = 0

    return turn


def by_turns(turns: Sequence[Turn], device: torch.device) -> list[float]:
    """Seconds of a step of each: medians of rounds in which they alternate, after one that warms up."""
    rounds = [[_clocked(turn, device) for turn in turns] for _ in range(1 + ROUNDS)][1:]
    return [median(seconds) / STEPS for seconds in zip(*rounds, strict=True)]


def _clocked(turn: Turn, device: torch.device) -> float:
    """Seconds: of the processor, which do not count what other programs take away; with a GPU those of the wall."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    turn()
    return clock() - start


def serve(measure: Callable[[Job], Speed | Choice]) -> int:
    """Answer one job on standard input; exit code 2: bad input, said on standard error."""
    try:
        job = Job.read(json.load(sys.stdin))
        set_threads(job.threads)
        found = measure(job)
    except EffbenchError as error:
        print(f"effbench: error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(serve(speed))
