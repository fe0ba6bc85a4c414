"""What a training sees of a data set: batches whose content depends on (seed, epoch, step) alone.

So a run that is interrupted at any step resumes without a stored random state, and every process of a distributed run
draws the whole batch's randomness and takes its part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import torch
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
    """One part (train, calibration or test) of a data set.

    Attributes:
        images: how many there are. classes: names, in the order of the labels.
    """

    images: int
    classes: tuple[str, ...]

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


def generator(*keys: int) -> torch.Generator:
    """Random numbers of their own for every sequence of keys, on the CPU."""
    digest = hashlib.sha256(",".join(map(str, keys)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "big"))  # torch's CPU generator keeps 32 bits


def steps(images: int, batch: int, *, seed: int, epoch: int, start: int) -> Iterator[tuple[int, Tensor]]:
    """Number of each step of a shuffled epoch from ``start`` on, and the positions (b,) of its images."""
    order = torch.randperm(images, generator=generator(seed, epoch))
    for step in range(start, steps_of(images, batch)):
        yield step, order[step * batch : (step + 1) * batch]


def part_of(rank: int, world: int, images: int) -> slice[int, int, None]:
    """The contiguous share of a batch that a process gets; sizes differ by at most one."""
    return slice(rank * images // world, (rank + 1) * images // world)
