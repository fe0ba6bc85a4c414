"""Random resized crops of a whole batch: boxes as torchvision draws them, resampled by two products of matrices."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

ATTEMPTS = 10
RATIOS = (3 / 4, 4 / 3)
"""Of torchvision's RandomResizedCrop: attempts before the centre is taken, and aspect ratios."""

RESIZED_CROP_DRAWS = 2 * ATTEMPTS + 2
"""Random numbers of an image: an area and a ratio of every attempt, then top and left."""


class Boxes(NamedTuple):
    """Crops in whole pixels, (b,) each."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor


def random_boxes(draws: Tensor, height: int, width: int, smallest: float) -> Boxes:
    """The first attempt of each image that fits into it; the whole or a centre crop if none does.

    Args:
        draws: (b, RESIZED_CROP_DRAWS), uniform. smallest: share of the area that the smallest crop has.
    """
    area = height * width * (smallest + (1 - smallest) * draws[:, :ATTEMPTS])
    ratio = torch.exp(log(RATIOS[0]) + log(RATIOS[1] / RATIOS[0]) * draws[:, ATTEMPTS : 2 * ATTEMPTS])
    widths, heights = (area * ratio).sqrt().round().long(), (area / ratio).sqrt().round().long()
    fits = (widths > 0) & (widths <= width) & (heights > 0) & (heights <= height)
    first = fits.int().argmax(1, keepdim=True)  # the first of the largest
    found = fits.any(1)
    fallback = _fallback(height, width)
    h = torch.where(found, heights.gather(1, first)[:, 0], fallback[0])
    w = torch.where(found, widths.gather(1, first)[:, 0], fallback[1])
    top, left = (
        torch.where(found, _whole(draws[:, 2 * ATTEMPTS + axis], room + 1), torch.div(room, 2, rounding_mode="floor"))
        for axis, room in enumerate((height - h, width - w))
    )
    return Boxes(top, left, h, w)


def resized_crop(images: Tensor, boxes: Boxes, size: int) -> Tensor:
    """Every box, bilinear with antialiasing: (b, c, H, W) floats -> (b, c, size, size)."""
    rows = _weights(boxes.top, boxes.height, size, images.shape[2])
    columns = _weights(boxes.left, boxes.width, size, images.shape[3])
    channels = [rows.bmm(channel).bmm(columns.transpose(1, 2)) for channel in images.unbind(1)]
    return torch.stack(channels, dim=1)  # by channel: a product that broadcasts copies the weights for each


def _weights(start: Tensor, length: Tensor, size: int, side: int) -> Tensor:
    """(b, size, side): how much of each pixel of a side is in each pixel of the resized crop; rows add up to 1.

    A triangle as wide as a pixel of the result, or of the image where that is wider, about where the pixel came from.
    """
    scale = (length / size)[:, None, None]
    wide = scale.clamp(min=1.0)
    pixel = torch.arange(side, device=start.device)
    centre = start[:, None, None] + scale * (torch.arange(size, device=start.device)[:, None] + 0.5)
    weights = (1 - (pixel + 0.5 - centre).abs() / wide).clamp_(min=0.0)
    inside = (pixel >= start[:, None]) & (pixel < (start + length)[:, None])
    weights = weights * inside[:, None]
    return weights / weights.sum(2, keepdim=True)


def _fallback(height: int, width: int) -> tuple[int, int]:
    """Height and width of the largest centre crop whose ratio is allowed."""
    ratio = width / height
    if ratio < RATIOS[0]:
        return round(width / RATIOS[0]), width
    if ratio > RATIOS[1]:
        return height, round(height * RATIOS[1])
    return height, width


def _whole(draws: Tensor, choices: Tensor) -> Tensor:
    return torch.minimum((draws * choices).long(), choices - 1)
