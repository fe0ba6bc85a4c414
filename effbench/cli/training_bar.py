"""The progress of a training on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from effbench.training.loop.progress import Progress

WIDTH = 20


class TrainingBar:
    """``[#####...............] seed 0, epoch 3 of 40, loss 0.1234, 900 images/s, 12 s left``; gone in the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, seed: int, now: Progress) -> None:
        if self._shown:
            print(f"\r\033[K{line(seed, now)}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def line(seed: int, now: Progress) -> str:
    """What is shown, in one line."""
    full = WIDTH * now.step // now.steps
    bar = f"[{'#' * full}{'.' * (WIDTH - full)}]"
    rate = f"{now.images_per_s:.0f} images/s, {span(now.remaining)} left"
    return f"{bar} seed {seed}, epoch {now.epoch} of {now.epochs}, loss {now.loss:.4f}, {rate}"


def span(seconds: float) -> str:
    """``12 s``, ``3 min 05 s`` or ``2 h 07 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
