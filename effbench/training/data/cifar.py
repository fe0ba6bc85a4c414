"""CIFAR-10 as its authors publish it: pickled batches, read without running what a pickle can ask for, or binary ones.

https://www.cs.toronto.edu/~kriz/cifar.html, Dataset layout.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError
from effbench.training.data.dataset import DataSet
from effbench.training.data.listing import Broken, Pixels
from effbench.training.data.places import find

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray

SIDE = 32
CHANNELS = 3
VALUES = CHANNELS * SIDE * SIDE
CLASSES = 10


def cifar10(dataset: DataSet, part: str, root: Path | None, size: int) -> Pixels:
    """The training or test batches, in their order.

    Raises:
        EffbenchError: files that are missing, or not what they should be.
    """
    import numpy

    batches = [read_batch(path) for path in _batches(dataset, part, root)]
    images = numpy.concatenate([images for images, _ in batches])
    labels = [label for _, labels in batches for label in labels]
    return Pixels(images, labels, dataset.classes)


def damaged(dataset: DataSet, part: str, root: Path | None) -> tuple[int, list[Broken]]:
    """Images in the batches that can be read, and the batches that cannot."""
    images, broken = 0, []
    for path in _batches(dataset, part, root):
        try:
            images += len(read_batch(path)[1])
        except EffbenchError as error:
            broken.append(Broken(str(path), str(error)))
    return images, broken


def _batches(dataset: DataSet, part: str, root: Path | None) -> list[Path]:
    base, layout = find(dataset, part, root)
    return [base / name for name in layout.wanted(part)]


def read_batch(path: Path) -> tuple[NDArray[uint8], list[int]]:
    """Images (n, 32, 32, 3) of uint8, and labels, of a file of either kind.

    Raises:
        EffbenchError: anything else.
    """
    read = _binary if path.suffix == ".bin" else _pickled
    values, labels = read(path)
    if len(labels) != len(values) or not all(isinstance(i, int) and 0 <= i < CLASSES for i in labels):
        raise _damaged(path, f"{len(values)} images need as many labels from 0 to {CLASSES - 1}")
    return values.reshape(-1, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1), labels


def _binary(path: Path) -> tuple[NDArray[uint8], list[int]]:
    import numpy

    content = numpy.frombuffer(path.read_bytes(), dtype="uint8")
    if not len(content) or len(content) % (1 + VALUES):
        raise _damaged(path, f"{len(content)} bytes are no whole number of records of {1 + VALUES}")
    records = content.reshape(-1, 1 + VALUES)
    return records[:, 1:], records[:, 0].tolist()


def _pickled(path: Path) -> tuple[NDArray[uint8], list[int]]:
    import numpy

    try:
        with path.open("rb") as file:
            content = _Arrays(file, encoding="latin1").load()
    except EffbenchError as error:
        raise _damaged(path, str(error)) from None
    except Exception as error:  # a damaged pickle raises anything
        raise _damaged(path, f"{type(error).__name__}: {error}") from None
    images, labels = (content.get(key) if isinstance(content, dict) else None for key in ("data", "labels"))
    if not (isinstance(images, numpy.ndarray) and images.dtype == "uint8" and images.shape[1:] == (VALUES,)):
        raise _damaged(path, f"data must be (n, {VALUES}) of uint8")
    if not isinstance(labels, list):
        raise _damaged(path, "labels must be a list")
    return images, labels


class _Arrays(pickle.Unpickler):
    """Reads texts, numbers, lists, dictionaries and numpy arrays of numbers; refuses to import anything else."""

    def find_class(self, module: str, name: str) -> object:
        """What the pickle may call."""
        import numpy

        allowed: dict[tuple[str, str], object] = {
            ("numpy", "ndarray"): numpy.ndarray,
            ("numpy", "dtype"): _dtype,
            ("numpy.core.multiarray", "_reconstruct"): numpy.zeros(0).__reduce__()[0],  # moved in numpy 2
            ("numpy._core.multiarray", "_reconstruct"): numpy.zeros(0).__reduce__()[0],
            ("_codecs", "encode"): _latin1,
        }
        if (module, name) not in allowed:
            raise EffbenchError(f"it asks for {module}.{name}, which no batch of CIFAR-10 needs")
        return allowed[module, name]


def _dtype(code: str, align: int, copy: int) -> object:
    """A type of numbers: the official files say 0 and 1 where numpy now wants False and True."""
    import numpy

    return numpy.dtype(code, bool(align), bool(copy))


def _latin1(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes in the protocol of Python 2."""
    if encoding != "latin1":
        raise EffbenchError(f"it asks for the encoding {encoding!r}")
    return text.encode("latin1")


def _damaged(path: Path, reason: str) -> EffbenchError:
    return EffbenchError(f"{path} is no batch of CIFAR-10: {reason}; unpack its archive again")
