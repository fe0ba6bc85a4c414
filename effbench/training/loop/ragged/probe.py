"""Which is faster here: the cells of a heatmap one by one, compiled or not, or as one program? A few steps of each.

As a program, in a process of its own: a JSON job (``recipes``, ``seed``, and if they are not the defaults ``steps``,
``root``, ``device``, ``threads``, ``code``) on standard input is answered by ``Speed`` on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from effbench.errors import EffbenchError
from effbench.training.data.source import Batch, Source
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.recipe_file import allow_models, recipe_of

STEPS, ROUNDS = 2, 3
"""Optimiser steps of a turn, and turns that are measured, after one that warms up."""

LONG = 300.0
"""Seconds of a training below which nothing is compiled: that alone takes tens of them."""


Turn = Callable[[], object]
"""``STEPS`` optimiser steps."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Seconds of one optimiser step of every cell.

    Attributes:
        separate: one cell after the other. ragged: all of them as one program; None if that is impossible here.
        why: what was in the way of the program.
        compiled: one after the other, through ``torch.compile``; by what the first cell gains. None: not measured.
        compiling: seconds until the first cell was compiled. why_not: what was in the way of compiling.
    """

    separate: float
    ragged: float | None
    why: str = ""
    compiled: float | None = None
    compiling: float = 0.0
    why_not: str = ""


def speed(
    recipes: Sequence[Recipe], *, seed: int, root: Path | None = None, device: str = "cpu", steps: int | None = None
) -> Speed:
    """Measure them, in turns; nothing is kept of what was trained.

    Args:
        recipes: the dearest first. steps: of a training; None if nobody knows, then nothing is compiled.

    Raises:
        EffbenchError: recipes that cannot be trained together, or data that is not there.
    """
    from effbench.training.data.opening import open_part
    from effbench.training.loop.device import find_device, require_precision
    from effbench.training.loop.ragged.alike import require_alike

    require_alike(recipes)
    place = find_device(device)
    require_precision(recipes[0].training.precision, place)
    source = Few(open_part(recipes[0].data, "train", root=root, device=place, seed=seed), recipes[0].data.batch)
    cells = [separate(recipe, seed, source, place) for recipe in recipes]
    found = _with_program(cells, lambda: together(recipes, seed, source, place), place)
    if recipes[0].training.compile or (steps or 0) * found.separate / len(cells) < LONG:
        return found
    fast = replace(recipes[0], training=replace(recipes[0].training, compile=True))
    return _with_compiler(found, cells[0], lambda: separate(fast, seed, source, place), place)


def _with_program(cells: Sequence[Turn], program: Callable[[], Turn], device: Any) -> Speed:
    """All cells one after the other against all of them at once."""
    try:
        apart, one = _by_turns(cells, [program()], device)
    except (MemoryError, RuntimeError) as error:  # all cells at once need more memory than there is
        apart, _ = _by_turns(cells, [], device)
        return Speed(separate=apart, ragged=None, why=_line(error))
    return Speed(separate=apart, ragged=one)


def _with_compiler(found: Speed, cell: Turn, compiled: Callable[[], Turn], device: Any) -> Speed:
    """One cell as it is against itself compiled."""
    start = time.perf_counter()
    try:
        fast = compiled()
        fast()
        seconds = time.perf_counter() - start
        plain, quick = _by_turns([cell], [fast], device)
    except (MemoryError, RuntimeError) as error:  # no compiler, or one that fails
        return replace(found, why_not=_line(error))
    return replace(found, compiled=found.separate * quick / plain, compiling=seconds)


class Few:
    """The first ``STEPS`` steps of a source's epochs (``training.data.source.Source``)."""

    def __init__(self, source: Source, batch: int) -> None:
        self._source, self._batch = source, batch

    @property
    def images(self) -> int:
        """Of an epoch."""
        return min(self._source.images, STEPS * self._batch)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names."""
        return self._source.classes

    def epoch(
        self, *, seed: int, epoch: int, batch: int, start: int = 0, rank: int = 0, world: int = 1
    ) -> Iterator[Batch]:
        """The steps from ``start`` on."""
        return islice(self._source.epoch(seed=seed, epoch=epoch, batch=batch), start, STEPS)

    def in_order(self, batch: int) -> Iterator[Batch]:
        """Every image of the source."""
        return self._source.in_order(batch)


def separate(recipe: Recipe, seed: int, source: Source, device: Any) -> Turn:
    """Of one cell."""
    from effbench.training.loop.classify import Classify

    task = Classify(recipe, len(source.classes), seed, device)
    return _turn(recipe, seed, task, source, device)


def together(recipes: Sequence[Recipe], seed: int, source: Source, device: Any) -> Turn:
    """Of all cells, as one program."""
    from effbench.training.loop.ragged.task import Together

    first = recipes[0]
    task = Together(recipes, len(source.classes), seed, device, min(first.data.batch, source.images))
    return _turn(first, seed, task, source, device)


def _turn(recipe: Recipe, seed: int, task: Any, source: Source, device: Any) -> Turn:
    """The first steps of a training, the same ones at every call; the loop waits for the device at their end."""
    from effbench.training.loop.attention import use_attention
    from effbench.training.loop.loop import Loop
    from effbench.training.loop.progress import Meter
    from effbench.training.loop.team import ALONE

    use_attention(task.network, recipe.training.attention, device, recipe.training.precision)
    loop = Loop(recipe, seed, task, source, device, ALONE)
    meter = Meter(None, epochs=1, steps=STEPS, images=loop.images)

    def turn() -> None:
        loop.epoch(meter, lambda: None)
        loop.step = 0

    return turn


def _by_turns(a: Sequence[Turn], b: Sequence[Turn], device: Any) -> tuple[float, float]:
    """Seconds of a step of all of ``a`` and of all of ``b``: medians of rounds after one that warms up."""
    turns = [(_clocked(a, device), _clocked(b, device)) for _ in range(1 + ROUNDS)][1:]
    first, second = (median(side) / STEPS for side in zip(*turns, strict=True))
    return first, second


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _clocked(turns: Sequence[Turn], device: Any) -> float:
    """Seconds: of the processor, which do not count what other programs take away; with a GPU those of the wall."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    for turn in turns:
        turn()
    return clock() - start


def main() -> int:
    """Answer one job; exit code 2: bad input, said on standard error."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch starts
    job = json.load(sys.stdin)
    try:
        from effbench.training.loop.device import set_threads

        set_threads(job.get("threads", 1))
        root = job.get("root")
        recipes = [recipe_of(dict(table), "probe") for table in job["recipes"]]
        if job.get("code"):
            allow_models(recipes)
        found = speed(
            recipes,
            seed=job["seed"],
            root=None if root is None else Path(root),
            device=job.get("device", "cpu"),
            steps=job.get("steps"),
        )
    except EffbenchError as error:
        print(f"effbench: error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
