"""Which images a step takes, and the random numbers it takes them with: functions of (seed, epoch, step)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor

from effbench.training.data.source import steps_of


def generator(*keys: int) -> torch.Generator:
    """Random numbers of their own for every sequence of keys, on the CPU."""
    digest = hashlib.sha256(",".join(map(str, keys)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "big"))  # torch's CPU generator keeps 32 bits


def steps(images: int, batch: int, *, seed: int, epoch: int, start: int) -> Iterator[tuple[int, Tensor]]:
    """Number of each step of a shuffled epoch from ``start`` on, and the positions (b,) of its images."""
    order = torch.randperm(images, generator=generator(seed, epoch))
    for step in range(start, steps_of(images, batch)):
        yield step, order[step * batch : (step + 1) * batch]


def part_of(rank: int, world: int, images: int) -> slice:
    """The contiguous share of a batch that a process gets; sizes differ by at most one."""
    return slice(rank * images // world, (rank + 1) * images // world)
