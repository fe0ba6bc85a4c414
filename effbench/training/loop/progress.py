"""What a training says while it runs. No torch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

EVERY = 0.25
"""Seconds between two reports: more would make a GPU wait for the loss to be read."""


class Progress(NamedTuple):
    """Where a training is.

    Attributes:
        epoch, epochs: the current one, from 1, of how many. step, steps: optimiser steps done, of how many.
        loss: of the last step. images_per_s: since this session began. remaining: seconds to go at that rate.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    images_per_s: float
    remaining: float


Listener = Callable[[Progress], None]


class Meter:
    """Counts images of this session and tells a listener now and then.

    Args:
        images: of one step. steps: of the whole training. clock: seconds, monotonic.
    """

    def __init__(
        self,
        listener: Listener | None,
        *,
        epochs: int,
        steps: int,
        images: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._listener, self._epochs, self._steps, self._images = listener, epochs, steps, images
        self._clock = clock
        self._start = self._told = clock()
        self._made = 0

    def step(self, epoch: int, step: int, loss: Callable[[], float]) -> None:
        """After a step; ``loss`` is read only if the listener is told."""
        self._made += 1
        now = self._clock()
        if self._listener is None or now - self._told < EVERY:
            return
        self._told = now
        per_step = (now - self._start) / self._made
        rate = self._images / per_step if per_step else 0.0
        left = (self._steps - step) * per_step
        self._listener(Progress(epoch + 1, self._epochs, step, self._steps, loss(), rate, left))
