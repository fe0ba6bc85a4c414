"""What a training sees of a data set: batches whose content depends on (seed, epoch, step) alone.

So a run that is interrupted at any step resumes without a stored random state, and every process of a distributed run
draws the whole batch's randomness and takes its part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from torch import Tensor


class Batch(NamedTuple):
    """Some images on the device.

    Attributes:
        images: (b, 3, size, size), normalised, fp32.
        labels: (b,), int64.
        ids: (b,), int64: position of the image in its part of the set; what predictions are stored under.
    """

    images: Tensor
    labels: Tensor
    ids: Tensor


class Source(Protocol):
    """One part (train, calibration or test) of a data set."""

    @property
    def images(self) -> int:
        """How many there are."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, in the order of the labels."""

    def epoch(
        self, *, seed: int, epoch: int, batch: int, start: int = 0, rank: int = 0, world: int = 1
    ) -> Iterator[Batch]:
        """Steps ``start`` .. ``steps_of(images, batch) - 1`` of an epoch: shuffled and augmented.

        Args:
            batch: images of a step over all processes; process ``rank`` of ``world`` gets its contiguous part.
        """

    def in_order(self, batch: int) -> Iterator[Batch]:
        """Every image once, in order, not augmented; the last batch may be shorter."""


def steps_of(images: int, batch: int) -> int:
    """Optimiser steps of an epoch: full batches only, but at least one."""
    return max(1, images // batch)
