"""Some images of a set, drawn at random and the same each time: to judge a network by, not to train it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from effbench.errors import EffbenchError, SpecError
from effbench.training.data.catalogue import dataset, normalisations
from effbench.training.data.folders import images_in
from effbench.training.data.listing import Files, Listing
from effbench.training.data.opening import listing, opened
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.source import Source, generator

PIECE = 32
"""Images that are read at once."""


@dataclass(frozen=True)
class Drawn:
    """Images of a set. Attributes: name: of the set, or its folder. source: the images. size: their side, pixels."""

    name: str
    source: Source
    size: int

    def each(self) -> Iterator[Tensor]:
        """Every image once, (1, 3, size, size), normalised, in the same order each time."""
        for batch in self.source.in_order(PIECE):
            yield from batch.images.split(1)


def drawn(place: str | Path, count: int | None, *, most: int, size: int, root: Path) -> Drawn:
    """Images of the test part, each as likely to be drawn as any other.

    Args:
        place: name of a set, or a folder: of this the images in test/ or val/ where it has one, else all below it.
        count: images; None: ``most``, or all of a smaller set.
        size: side of the images, to which those of another size are resized.
        root: folder of the sets that are named.

    Raises:
        SpecError: fewer images than ``count``. EffbenchError: files that are missing or damaged; no images.
    """
    data = _recipe(place, size)
    data.validate()
    listed = _folder(place) if isinstance(place, Path) else listing(data, "test", root)
    total = len(listed.labels)
    if count is not None and count > total:
        raise SpecError(f"--images {count}: {place} has {total} images to test with")
    taken = torch.randperm(total, generator=generator(0))[: most if count is None else count]
    return Drawn(str(place), opened(listed.take(sorted(taken.tolist())), data, torch.device("cpu")), size)


def _recipe(place: str | Path, size: int) -> DataRecipe:
    """Images as a training sees them that changes nothing else: of sets of any sides, the middle of each."""
    name = "folder" if isinstance(place, Path) else place
    own = name if name in normalisations() else "half"
    return DataRecipe(name=name, size=size, resize=0 if dataset(name).side else size, normalise=own, workers=0)


def _folder(place: Path) -> Listing:
    """The images of a folder; what they show does not matter."""
    part = next((place / name for name in ("test", "val") if (place / name).is_dir()), place)
    paths = images_in(part)
    if not paths:
        raise EffbenchError(f"no images below {part}: give a folder of image files, or the name of a set")
    return Files(paths, [0] * len(paths), ("",))
