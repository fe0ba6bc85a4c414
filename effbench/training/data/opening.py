"""A part of a data set, opened: in the device's memory if it is small, else streamed from its files."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from effbench.errors import EffbenchError, UnknownName
from effbench.training.data.catalogue import dataset
from effbench.training.data.dataset import PARTS
from effbench.training.data.decode import every_pixel
from effbench.training.data.listing import Files, Listing, held_out, others
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.resident import Resident, before_crop
from effbench.training.data.source import Source
from effbench.training.data.streamed import Streamed

RESIDENT_BYTES = 4 << 30
"""Most that a part of a set takes of the device's memory; larger, images are resized as they are used."""


def open_part(data: DataRecipe, part: str, *, root: Path | None, device: str | torch.device, seed: int = 0) -> Source:
    """The images of a part.

    Args:
        part: train, calibration or test.
        root: folder of the data set, or of several.
        seed: of the run; the split into parts is the same for every seed.

    Raises:
        EffbenchError: an unknown name; files that are missing or damaged; a part without images.
    """
    listed = listing(data, part, root)
    if not len(listed.labels):
        raise EffbenchError(
            f"part {part} of data set {data.name} has no images: data.calibration is {data.calibration:g}"
        )
    return opened(listed, data, torch.device(device))


def opened(listed: Listing, data: DataRecipe, device: torch.device) -> Source:
    """Images that are listed, as the recipe has them; errors as above."""
    if isinstance(listed, Files):
        side = dataset(data.name).side
        if side is None or len(listed.labels) * 3 * side**2 > RESIDENT_BYTES:
            return Streamed(listed, data, device)
        pixels = every_pixel(listed.paths, side, data.workers)
    else:
        pixels = torch.from_numpy(listed.images).permute(0, 3, 1, 2).contiguous()
    return Resident(_kept(pixels, data).to(device), listed.labels, listed.classes, data)


def listing(data: DataRecipe, part: str, root: Path | None) -> Listing:
    """The images of a part, not yet read if they are files."""
    if part not in PARTS:
        raise UnknownName("part of a data set", part, PARTS)
    if part == "test":
        return dataset(data.name).read("test", root, data.size)
    every = dataset(data.name).read("train", root, data.size)
    out = held_out(every.labels, data.calibration, f"{data.name}: calibration") if data.calibration else []
    return every.take(out if part == "calibration" else others(len(every.labels), out))


def _kept(pixels: Tensor, data: DataRecipe) -> Tensor:
    """Resized once and for all, if that fits."""
    side = max(data.size, data.resize)
    return before_crop(pixels, data) if len(pixels) * 3 * side**2 <= RESIDENT_BYTES else pixels
