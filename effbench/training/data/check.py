"""Every file of a data set read once: how many images there are, and which files are damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError, UnknownName
from effbench.training.data.catalogue import DATASETS, dataset
from effbench.training.data.cifar import read_batch
from effbench.training.data.decode import Broken, picture
from effbench.training.data.listing import Files
from effbench.training.data.opening import read_listing
from effbench.training.data.places import find, present

CHECKED_PARTS = ("train", "test")
PIECE = 1000
"""Files between two looks at the progress."""

Tell = Callable[[int, str], None]
"""Told how many pieces are left, and of which part."""


@dataclass(frozen=True)
class Checked:
    """A part of a data set.

    Attributes:
        images: that can be read. expected: of the whole set as it is published; None where there is no such number.
        broken: files that cannot be read.
    """

    part: str
    images: int
    expected: int | None
    broken: tuple[Broken, ...]

    @property
    def whole(self) -> bool:
        """Nothing is damaged and nothing is missing."""
        return not self.broken and self.expected in (None, self.images)


def check(
    name: str, part: str, root: Path | None, *, threads: int = 4, tell: Tell = lambda left, part: None
) -> Checked:
    """Read the training or the test images.

    Raises:
        EffbenchError: no such data set or part, or files that are missing: that is said before anything is read.
    """
    if part not in CHECKED_PARTS:
        raise UnknownName("part that can be checked", part, CHECKED_PARTS)
    known = dataset(name)
    expected = known.test_images if part == "test" else known.train_images
    if name == "cifar10":
        images, broken = _batches(part, root)
    else:
        listed = read_listing(name, part, known.side or 1, root)
        paths = listed.paths if isinstance(listed, Files) else []
        broken = _unreadable(paths, threads, lambda left: tell(left, part))
        images = len(listed.labels) - len(broken)
    return Checked(part, images, expected, tuple(broken))


def _batches(part: str, root: Path | None) -> tuple[int, list[Broken]]:
    """Images in the batches of CIFAR-10 that can be read, and those that cannot."""
    base = find(DATASETS["cifar10"], part, root)
    images, broken = 0, []
    for name in present(DATASETS["cifar10"], part, base).wanted(part):
        try:
            images += len(read_batch(base / name)[1])
        except EffbenchError as error:
            broken.append(Broken(str(base / name), str(error)))
    return images, broken


def _unreadable(paths: Sequence[str], threads: int, tell: Callable[[int], None]) -> list[Broken]:
    starts = range(0, len(paths), PIECE)
    broken: list[Broken] = []
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for done, start in enumerate(starts):
            tell(len(starts) - done)
            broken += [found for found in pool.map(_broken, paths[start : start + PIECE]) if found is not None]
    return broken


def _broken(path: str) -> Broken | None:
    found = picture(path)
    return found if isinstance(found, Broken) else None
