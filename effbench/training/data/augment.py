"""Batched augmentation of uint8 images on their device, equal in distribution to torchvision's per-image transforms.

The order is that of a torchvision pipeline: random crop or random resized crop, flips, rotation, centre crop,
normalisation. So what a crop or a rotation leaves empty is black before it is normalised.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import pi

import torch
from torch import Tensor
from torch.nn import functional as F

from effbench.training.data.catalogue import normalisations
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.resized_crop import RESIZED_CROP_DRAWS, Boxes, random_boxes, resized_crop

DRAWS = 5 + RESIZED_CROP_DRAWS
"""Random numbers of an image: top, left, flip, vertical flip, angle, then those of a random resized crop."""


def draw(images: int, generator: torch.Generator) -> Tensor:
    """(images, DRAWS), uniform in [0, 1), on the CPU: the same for every device."""
    return torch.rand(images, DRAWS, generator=generator)


@dataclass(frozen=True)
class Augment:
    """What a recipe does to images when they are trained on."""

    data: DataRecipe

    def __call__(self, images: Tensor, draws: Tensor) -> Tensor:
        """(b, 3, H, W) of uint8 and (b, DRAWS) -> (b, 3, size, size), normalised fp32."""
        return normalise(self.moved(images, draws), self.data.normalise)

    def moved(self, images: Tensor, draws: Tensor) -> Tensor:
        """The same, not normalised: uint8."""
        draws = draws.to(images.device, non_blocking=True)
        if self.data.random_resized_crop < 1:
            cut = resized_crop(images.float(), self.boxes(draws, *images.shape[2:]), self.data.size)
            images = cut.round_().clamp_(0, 255).to(torch.uint8)
        elif self.data.crop_padding:
            images = self._cropped(images, draws)
        return self.turned(images, draws)

    def boxes(self, draws: Tensor, height: int, width: int) -> Boxes:
        """The random resized crops of images of that size."""
        return random_boxes(draws[:, 5:], height, width, self.data.random_resized_crop)

    def turned(self, images: Tensor, draws: Tensor) -> Tensor:
        """What comes after a random crop: flips, rotation, centre crop."""
        data = self.data
        if data.flip:
            images = flipped(images, draws[:, 2] < data.flip, axis=3)
        if data.vertical_flip:
            images = flipped(images, draws[:, 3] < data.vertical_flip, axis=2)
        if data.rotation:
            images = rotate(images.float(), (2 * draws[:, 4] - 1) * data.rotation).to(torch.uint8)
        return centre_crop(images, data.size)

    def _cropped(self, images: Tensor, draws: Tensor) -> Tensor:
        size, padding = self.data.size, self.data.crop_padding
        top, left = (whole(draws[:, axis], images.shape[2 + axis] + 2 * padding - size + 1) for axis in (0, 1))
        return crop(F.pad(images, [padding] * 4), top, left, size)


def whole(draws: Tensor, choices: int) -> Tensor:
    """Uniform numbers in [0, 1) as whole ones of 0 .. choices - 1."""
    return (draws * choices).long().clamp_(max=choices - 1)  # 1 - 2^-24 times choices may round up to choices


def crop(images: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    """Window of every image whose corner is (top, left): (b, c, H, W), (b,), (b,) -> (b, c, size, size).

    One copy per row of a window, not an index per pixel: a third of the time on a CPU.
    """
    count, channels, height, width = images.shape
    device = images.device
    corner = (torch.arange(count, device=device) * channels * height + top) * width + left
    line = torch.arange(channels, device=device)[:, None] * height + torch.arange(size, device=device)
    starts = (corner[:, None, None] + line * width).view(-1)  # of every row, in the images as one line of pixels
    rows = images.contiguous().view(-1).unfold(0, size, 1).index_select(0, starts)
    return rows.view(count, channels, size, size)


def flipped(images: Tensor, chosen: Tensor, axis: int) -> Tensor:
    """The chosen (b,) of (b, c, H, W) turned over along an axis."""
    count = len(images)
    return torch.cat([images, images.flip(axis)]).index_select(
        0, torch.arange(count, device=images.device) + count * chosen
    )


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Each counter-clockwise by its angle about its centre, nearest pixel, black outside: (b, c, H, W) floats, (b,)."""
    height, width = images.shape[2:]
    angle = degrees * (pi / 180)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x = torch.arange(width, device=images.device) - (width - 1) / 2
    y = (torch.arange(height, device=images.device) - (height - 1) / 2)[:, None]
    source_x, source_y = cos * x - sin * y, sin * x + cos * y  # (b, H, W): where each pixel comes from
    grid = torch.stack([source_x / (width / 2), source_y / (height / 2)], dim=-1)
    return F.grid_sample(images, grid, mode="nearest", align_corners=False)


def centre_crop(images: Tensor, size: int) -> Tensor:
    """The middle of (b, c, H, W), no smaller than size either way; rounds as torchvision does."""
    height, width = images.shape[2:]
    top, left = round((height - size) / 2), round((width - size) / 2)
    return images[:, :, top : top + size, left : left + size]


def normalise(images: Tensor, name: str) -> Tensor:
    """(value / 255 - mean) / std per channel: (b, 3, H, W), uint8 -> fp32."""
    scale, shift = _scale_and_shift(name, images.device)
    floats = images.to(torch.float32, memory_format=torch.contiguous_format)
    return floats.mul_(scale).add_(shift)


@cache
def _scale_and_shift(name: str, device: torch.device) -> tuple[Tensor, Tensor]:
    """(3, 1, 1) each; kept, so that a step copies nothing to the device but its random numbers."""
    with torch.inference_mode(False):
        mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in normalisations()[name])
        return (1 / (255 * std)).float().to(device), (-mean / std).float().to(device)
