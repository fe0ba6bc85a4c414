"""What a data set holds, before it is split and opened: pixels, or files that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Pixels:
    """Square images in memory.

    Attributes:
        images: (n, side, side, 3), uint8. labels: (n,). classes: names, in the order of the labels.
    """

    images: Any  # a numpy array
    labels: Sequence[int]
    classes: tuple[str, ...]

    def take(self, positions: Sequence[int]) -> Pixels:
        """Some of them, in the order asked for."""
        return replace(self, images=self.images[list(positions)], labels=[self.labels[i] for i in positions])


@dataclass(frozen=True)
class Files:
    """Images of any size, on disk.

    Attributes:
        paths: (n,). labels: (n,). classes: names, in the order of the labels.
    """

    paths: Sequence[str]
    labels: Sequence[int]
    classes: tuple[str, ...]

    def take(self, positions: Sequence[int]) -> Files:
        """Some of them, in the order asked for."""
        return replace(self, paths=[self.paths[i] for i in positions], labels=[self.labels[i] for i in positions])


Listing = Pixels | Files
