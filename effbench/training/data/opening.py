"""A part of a data set, opened: in the device's memory if it is small, else streamed from its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from effbench.errors import EffbenchError, UnknownName
from effbench.training.data import embedded, folders
from effbench.training.data.catalogue import PARTS, dataset
from effbench.training.data.cifar import cifar10
from effbench.training.data.decode import every_pixel
from effbench.training.data.listing import Files, Listing
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.resident import Resident, before_crop
from effbench.training.data.source import Source
from effbench.training.data.splits import held_out, others
from effbench.training.data.streamed import Streamed

RESIDENT_BYTES = 4 << 30
"""Most that a part of a set takes of the device's memory; larger, images are resized as they are used."""

ON_DISK: dict[str, Callable[[str, Path | None], Listing]] = {
    "cifar10": cifar10,
    "tiny-imagenet": folders.tiny_imagenet,
    "imagenet": folders.imagenet,
    "animals10": folders.animals10,
    "folder": folders.folder,
}


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
    device = torch.device(device)
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
    name = dataset(data.name).name
    if part == "test":
        return read_listing(name, "test", data.size, root)
    every = read_listing(name, "train", data.size, root)
    out = held_out(every.labels, data.calibration, f"{name}: calibration") if data.calibration else []
    return every.take(out if part == "calibration" else others(len(every.labels), out))


def read_listing(name: str, part: str, size: int, root: Path | None) -> Listing:
    """The training or test images, before any are held out."""
    if name == "digits":
        return embedded.digits(part)
    if name == "textures":
        return embedded.textures(part)
    if name == "generated":
        return embedded.generated(part, size)
    return ON_DISK[name](part, root)


def _kept(pixels: Tensor, data: DataRecipe) -> Tensor:
    """Resized once and for all, if that fits."""
    side = max(data.size, data.resize)
    return before_crop(pixels, data) if len(pixels) * 3 * side**2 <= RESIDENT_BYTES else pixels
