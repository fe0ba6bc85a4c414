"""Sets that need no download: they come with scikit-learn and scikit-image, or are made."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError, MissingExtra
from effbench.training.data.catalogue import DATASETS, PHOTOGRAPHS
from effbench.training.data.listing import Pixels
from effbench.training.data.splits import held_out, others

PATCH = 32
TRAIN_SHARE = 0.6
"""Of the width of a photograph: training patches are from the left of it, test patches from the right."""

PHOTOGRAPHS_SHA256 = "7475d0b61ac5210f90e38248fff8795968648ccaa42fcb2b785f2f5ca4be89e9"
"""Of the pixels of all photographs, in their order."""

GRID = 4
NOISE = 60
"""Of generated images: coloured squares each way, and the largest change of a value from 0 to 255."""


def digits(part: str) -> Pixels:
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
    every = Pixels(grey[..., None].repeat(3, axis=3), labels, DATASETS["digits"].classes)
    test = held_out(labels, 0.2, "digits: test")
    return every.take(test if part == "test" else others(len(labels), test))


def textures(part: str) -> Pixels:
    """32 x 32 patches of ten photographs of scikit-image, which of them is the class; no two at the same place.

    Training patches may overlap each other, and test patches each other, but not one the other.

    Raises:
        MissingExtra: scikit-image is not installed. EffbenchError: it comes with other photographs.
    """
    import numpy

    each = _count("textures", part) // len(PHOTOGRAPHS)
    random = numpy.random.RandomState(int(part == "test"))  # its stream is frozen, that of Generator is not
    patches = [_patches(_side(photograph, part), each, random) for photograph in photographs()]
    labels = [label for label in range(len(PHOTOGRAPHS)) for _ in range(each)]
    return Pixels(numpy.concatenate(patches), labels, PHOTOGRAPHS)


def photographs() -> list[Any]:
    """(H, W, 3) of uint8 each, as scikit-image ships them."""
    import numpy

    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise MissingExtra("data set textures", "scikit-image", "train")
    from PIL import Image

    place = Path(spec.origin).parent / "data"
    absent = [name for name in PHOTOGRAPHS if not (place / f"{name}.png").is_file()]
    if absent:
        raise EffbenchError(
            f"this scikit-image comes without {absent[0]}.png, which textures needs: install 0.22 or newer"
        )
    found = [numpy.asarray(Image.open(place / f"{name}.png").convert("RGB")) for name in PHOTOGRAPHS]
    digest = hashlib.sha256(b"".join(photograph.tobytes() for photograph in found)).hexdigest()
    if digest != PHOTOGRAPHS_SHA256:
        raise EffbenchError("this scikit-image comes with other photographs than those textures is made of")
    return found


def generated(part: str, side: int) -> Pixels:
    """A coloured grid per class under noise, at any size: can be learnt, at no cost of reading."""
    import numpy

    classes, count = DATASETS["generated"].classes, _count("generated", part)
    grids = numpy.random.RandomState(0).randint(NOISE, 256 - NOISE, (len(classes), GRID, GRID, 3))
    cell = numpy.arange(side) * GRID // side
    random = numpy.random.RandomState(1 + int(part == "test"))
    labels = [i % len(classes) for i in range(count)]
    images = numpy.empty((count, side, side, 3), dtype="uint8")
    for image, label in zip(images, labels, strict=True):
        image[:] = grids[label][cell][:, cell] + random.randint(-NOISE, NOISE, (side, side, 3))
    return Pixels(images, labels, classes)


def _count(name: str, part: str) -> int:
    dataset = DATASETS[name]
    return (dataset.test_images if part == "test" else dataset.train_images) or 0


def _side(photograph: Any, part: str) -> Any:
    border = int(TRAIN_SHARE * photograph.shape[1])
    return photograph[:, border:] if part == "test" else photograph[:, :border]


def _patches(region: Any, count: int, random: Any) -> Any:
    """(count, 32, 32, 3), at different places."""
    import numpy

    rows, columns = (length - PATCH + 1 for length in region.shape[:2])
    places = random.choice(rows * columns, count, replace=False)
    return numpy.stack([region[p // columns :, p % columns :][:PATCH, :PATCH] for p in places])
