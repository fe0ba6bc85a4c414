"""A set that is small enough to live on the device, as uint8: batches are cut out and augmented there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from effbench.training.data.augment import Augment, centre_crop, draw, normalise
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.source import Batch, generator, part_of, steps

PIECE = 1024
"""Images that are resized at once: bounds the memory that takes."""


class Resident:
    """A part of a data set in the device's memory.

    Args:
        pixels: (n, 3, side, side), uint8, on the device; resized before they are given, or as they are used.
        labels: (n,). classes: names. data: how they are augmented and normalised.
    """

    def __init__(self, pixels: Tensor, labels: Sequence[int], classes: tuple[str, ...], data: DataRecipe) -> None:
        self.images, self.classes = len(labels), classes
        self._pixels, self._data = pixels, data
        self._labels = torch.tensor(labels, dtype=torch.int64, device=pixels.device)
        self._augment = Augment(data)

    def epoch(
        self, *, seed: int, epoch: int, batch: int, start: int = 0, rank: int = 0, world: int = 1
    ) -> Iterator[Batch]:
        """Steps of a shuffled, augmented epoch (``source.Source``)."""
        for step, positions in steps(self.images, batch, seed=seed, epoch=epoch, start=start):
            draws = draw(len(positions), generator(seed, epoch, step))
            mine = part_of(rank, world, len(positions))
            ids = positions[mine].to(self._pixels.device, non_blocking=True)
            pixels = before_crop(self._pixels.index_select(0, ids), self._data)
            yield Batch(self._augment(pixels, draws[mine]), self._labels[ids], ids)

    def in_order(self, batch: int) -> Iterator[Batch]:
        """Every image once, not augmented."""
        for ids in torch.arange(self.images, device=self._pixels.device).split(batch):
            images = centre_crop(sized(self._pixels[ids], self._data), self._data.size)
            yield Batch(normalise(images, self._data.normalise), self._labels[ids], ids)


def sized(pixels: Tensor, data: DataRecipe) -> Tensor:
    """Resized as the recipe says, before any crop; square images of the right side are left as they are.

    Args:
        pixels: (n, 3, side, side), uint8.
    """
    side = data.resize or data.size
    if tuple(pixels.shape[2:]) == (side, side):
        return pixels
    return torch.cat([_interpolated(piece, side) for piece in pixels.split(PIECE)])


def before_crop(pixels: Tensor, data: DataRecipe) -> Tensor:
    """What is augmented: a random resized crop is of the images as they are, all else of resized ones."""
    return pixels if data.random_resized_crop < 1 else sized(pixels, data)


def _interpolated(pixels: Tensor, side: int) -> Tensor:
    """As torchvision resizes tensors; in floats, whose result does not depend on the processor's instructions."""
    floats = F.interpolate(pixels.float(), size=(side, side), mode="bilinear", antialias=True)
    return floats.round_().clamp_(0, 255).to(torch.uint8)
