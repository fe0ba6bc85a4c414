"""Images and labels as IDX files, plain or gzipped: the format of MNIST and its successors.

http://yann.lecun.com/exdb/mnist/, "The IDX file format": two zero bytes, the type of the values (8: unsigned byte), the
number of dimensions, each of these as four bytes, most significant first, then the values.
"""

from __future__ import annotations

import gzip
import zlib
from io import BufferedIOBase
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError
from effbench.training.data.dataset import DataSet
from effbench.training.data.listing import Broken, Pixels
from effbench.training.data.places import find

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray

BYTES = b"\x00\x00\x08"
"""How a file of unsigned bytes begins."""

MOST = 1 << 30
"""Values that are read of a file; a header that announces more is taken for garbage."""


def idx(dataset: DataSet, part: str, root: Path | None, size: int) -> Pixels:
    """A file of grey images and one of their labels; grey in all three channels, padded with black up to ``size``.

    Raises:
        EffbenchError: files that are missing, or not what they should be.
    """
    base, layout = find(dataset, part, root)
    grey, labels = _pair(dataset, *(base / name for name in layout.wanted(part)))
    return Pixels(_padded(grey, size)[..., None].repeat(3, axis=3), labels, dataset.classes)


def damaged(dataset: DataSet, part: str, root: Path | None) -> tuple[int, list[Broken]]:
    """Images of the part, or the file that cannot be read."""
    base, layout = find(dataset, part, root)
    paths = [base / name for name in layout.wanted(part)]
    broken = []
    for path, dimensions in zip(paths, (3, 1), strict=True):
        try:
            read(path, dimensions)
        except EffbenchError as error:
            broken.append(Broken(str(path), str(error)))
    if broken:
        return 0, broken
    try:
        return len(_pair(dataset, *paths)[1]), []
    except EffbenchError as error:
        return 0, [Broken(str(paths[1]), str(error))]


def read(path: Path, dimensions: int) -> NDArray[uint8]:
    """The unsigned bytes of an IDX file with so many dimensions.

    Raises:
        EffbenchError: anything else.
    """
    import numpy

    try:
        with _open(path) as file:
            if (start := file.read(4)) != BYTES + bytes([dimensions]):
                raise _no_idx(path, f"it begins with {start.hex()}, not with {(BYTES + bytes([dimensions])).hex()}")
            shape = [int.from_bytes(file.read(4)) for _ in range(dimensions)]
            if not 0 < prod(shape) <= MOST:
                raise _no_idx(path, f"it announces {' x '.join(map(str, shape))} values")
            values = file.read(prod(shape) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _no_idx(path, f"{type(error).__name__}: {error}") from None
    if len(values) != prod(shape):
        more = "more" if len(values) > prod(shape) else f"{len(values):,}"
        raise _no_idx(path, f"it announces {prod(shape):,} values and has {more}")
    return numpy.frombuffer(values, dtype="uint8").reshape(shape)


def _open(path: Path) -> BufferedIOBase:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.GzipFile(path) if packed else path.open("rb")


def _pair(dataset: DataSet, images: Path, labels: Path) -> tuple[NDArray[uint8], list[int]]:
    grey, numbers = read(images, 3), read(labels, 1).tolist()
    if grey.shape[1] != grey.shape[2] or dataset.side not in (None, grey.shape[1]):
        raise _no_idx(images, f"images of {dataset.name} are {dataset.side} x {dataset.side}, not {grey.shape[1:]}")
    if len(grey) != len(numbers):
        raise _no_idx(labels, f"it has {len(numbers):,} labels for {len(grey):,} images")
    if dataset.num_classes is not None and max(numbers) >= dataset.num_classes:
        raise _no_idx(labels, f"labels are 0 to {dataset.num_classes - 1}, it has {max(numbers)}")
    return grey, numbers


def _padded(grey: NDArray[uint8], size: int) -> NDArray[uint8]:
    """(n, side, side) in the middle of (n, size, size); as they are if they are no smaller."""
    import numpy

    missing = max(0, size - grey.shape[1])
    before = missing // 2
    return numpy.pad(grey, ((0, 0), *[(before, missing - before)] * 2))


def _no_idx(path: Path, reason: str) -> EffbenchError:
    return EffbenchError(f"{path} is no IDX file as wanted here: {reason}; get it again")
