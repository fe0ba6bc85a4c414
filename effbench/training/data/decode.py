"""An image file becomes pixels; one that cannot is named, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy
import torch
from PIL import Image
from torch import Tensor

from effbench.errors import EffbenchError
from effbench.training.data.augment import Augment, centre_crop
from effbench.training.data.listing import Broken
from effbench.training.data.picture import picture
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.resized_crop import Boxes


def plain(path: str, data: DataRecipe) -> Tensor | Broken:
    """(3, size, size) of uint8, as it is judged: resized, then its centre."""
    image = picture(path)
    return image if isinstance(image, Broken) else centre_crop(_tensor(_sized(image, data))[None], data.size)[0]


def augmented(path: str, data: DataRecipe, draws: Tensor) -> Tensor | Broken:
    """(3, size, size) of uint8, as it is trained on.

    Args:
        draws: (1, augment.DRAWS).
    """
    image, augment = picture(path), Augment(data)
    if isinstance(image, Broken):
        return image
    if data.random_resized_crop < 1:
        image = _boxed(image, augment.boxes(draws, image.height, image.width), data.size)
        return augment.turned(_tensor(image)[None], draws)[0]
    return augment.moved(_tensor(_sized(image, data))[None], draws)[0]


def every_pixel(paths: Sequence[str], side: int, threads: int) -> Tensor:
    """(n, 3, side, side) of uint8: the images as they are, which must all have that size.

    Raises:
        EffbenchError: some cannot be read, or have another size: how many, and the first.
    """

    def read(path: str) -> Tensor | Broken:
        image = picture(path)
        if isinstance(image, Broken) or image.size == (side, side):
            return image if isinstance(image, Broken) else _tensor(image)
        return Broken(path, f"it has {image.width} x {image.height} pixels, not {side} x {side}")

    with ThreadPoolExecutor(max(1, threads)) as pool:  # Pillow decodes without holding Python's lock
        found = list(pool.map(read, paths))
    return torch.stack(whole_ones(found))


def whole_ones(found: Iterable[Tensor | Broken]) -> list[Tensor]:
    """All of them.

    Raises:
        EffbenchError: some are broken: how many, and the first.
    """
    found = list(found)
    broken = [one for one in found if isinstance(one, Broken)]
    if broken:
        raise EffbenchError(
            f"{len(broken)} of {len(found)} images cannot be read, the first is {broken[0].path}: {broken[0].reason}. "
            "effbench data check names them all"
        )
    return [one for one in found if not isinstance(one, Broken)]


def _sized(image: Image.Image, data: DataRecipe) -> Image.Image:
    """Shorter side to ``resize`` if the recipe has one, else straight to the size."""
    if not data.resize:
        return _resized(image, data.size, data.size)
    short = min(image.size)
    return _resized(image, *(int(data.resize * length / short) for length in image.size))


def _resized(image: Image.Image, width: int, height: int) -> Image.Image:
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BILINEAR)


def _boxed(image: Image.Image, boxes: Boxes, size: int) -> Image.Image:
    top, left, height, width = (int(value) for value in boxes)
    cut = image.crop((left, top, left + width, top + height))
    return _resized(cut, size, size)


def _tensor(image: Image.Image) -> Tensor:
    """(3, H, W) of uint8."""
    return torch.from_numpy(numpy.array(image)).permute(2, 0, 1)
