"""Sets that need no download: they come with scikit-learn and scikit-image, or are made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError, MissingExtra
from effbench.training.data.dataset import DataSet
from effbench.training.data.listing import Pixels, held_out, others

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.random import RandomState
    from numpy.typing import NDArray

PATCH = 32
TRAIN_SHARE = 0.6
"""Of the width of a photograph: training patches are from the left of it, test patches from the right."""

PHOTOGRAPHS_SHA256 = "7475d0b61ac5210f90e38248fff8795968648ccaa42fcb2b785f2f5ca4be89e9"
"""Of the pixels of all photographs, in their order."""

GRID = 4
NOISE = 60
"""Of generated images: coloured squares each way, and the largest change of a value from 0 to 255."""


def digits(dataset: DataSet, part: str, root: Path | None, size: int) -> Pixels:
    """Scikit-learn's handwritten digits: 8 x 8, grey in all three channels; stratified 80/20.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingExtra("data set digits", "scikit-learn", "train") from None
    found = load_digits()
    grey = (found.images * (255 / 16)).round().astype("uint8")  # 0 .. 16 as 0 .. 255
    labels = found.target.tolist()
    every = Pixels(grey[..., None].repeat(3, axis=3), labels, dataset.classes)
    test = held_out(labels, 0.2, "digits: test")
    return every.take(test if part == "test" else others(len(labels), test))


def textures(dataset: DataSet, part: str, root: Path | None, size: int) -> Pixels:
    """32 x 32 patches of ten photographs of scikit-image, which of them is the class; no two at the same place.

    Training patches may overlap each other, and test patches each other, but not one the other.

    Raises:
        MissingExtra: scikit-image is not installed. EffbenchError: it comes with other photographs.
    """
    import numpy

    each = (dataset.expected(part) or 0) // len(dataset.classes)
    random = numpy.random.RandomState(int(part == "test"))  # its stream is frozen, that of Generator is not
    patches = [_patches(_side(photograph, part), each, random) for photograph in photographs(dataset.classes)]
    labels = [label for label in range(len(patches)) for _ in range(each)]
    return Pixels(numpy.concatenate(patches), labels, dataset.classes)


def photographs(names: Sequence[str]) -> list[NDArray[uint8]]:
    """(H, W, 3) each, as scikit-image ships them."""
    import numpy

    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise MissingExtra("data set textures", "scikit-image", "train")
    from PIL import Image

    place = Path(spec.origin).parent / "data"
    absent = [name for name in names if not (place / f"{name}.png").is_file()]
    if absent:
        raise EffbenchError(
            f"this scikit-image comes without {absent[0]}.png, which textures needs: install 0.22 or newer"
        )
    found = [numpy.asarray(Image.open(place / f"{name}.png").convert("RGB")) for name in names]
    digest = hashlib.sha256(b"".join(photograph.tobytes() for photograph in found)).hexdigest()
    if digest != PHOTOGRAPHS_SHA256:
        raise EffbenchError("this scikit-image comes with other photographs than those textures is made of")
    return found


def generated(dataset: DataSet, part: str, root: Path | None, size: int) -> Pixels:
    """A coloured grid per class under noise, at any size: can be learnt, at no cost of reading."""
    import numpy

    classes, count = dataset.classes, dataset.expected(part) or 0
    grids = numpy.random.RandomState(0).randint(NOISE, 256 - NOISE, (len(classes), GRID, GRID, 3))
    cell = numpy.arange(size) * GRID // size
    random = numpy.random.RandomState(1 + int(part == "test"))
    labels = [i % len(classes) for i in range(count)]
    images = numpy.empty((count, size, size, 3), dtype="uint8")
    for image, label in zip(images, labels, strict=True):
        image[:] = grids[label][cell][:, cell] + random.randint(-NOISE, NOISE, (size, size, 3))
    return Pixels(images, labels, classes)


def _side(photograph: NDArray[uint8], part: str) -> NDArray[uint8]:
    border = int(TRAIN_SHARE * photograph.shape[1])
    return photograph[:, border:] if part == "test" else photograph[:, :border]


def _patches(region: NDArray[uint8], count: int, random: RandomState) -> NDArray[uint8]:
    """(count, 32, 32, 3), at different places."""
    import numpy

    rows, columns = (length - PATCH + 1 for length in region.shape[:2])
    places = random.choice(rows * columns, count, replace=False)
    return numpy.stack([region[p // columns :, p % columns :][:PATCH, :PATCH] for p in places])
