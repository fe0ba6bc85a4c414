"""What a data set holds before it is opened: pixels, or files that hold them; and which of them are held out.

Held out is by class, drawn with hashes, so the same on every machine and version.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import uint8
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Pixels:
    """Square images in memory.

    Attributes:
        images: (n, side, side, 3), uint8. labels: (n,). classes: names, in the order of the labels.
    """

    images: NDArray[uint8]
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


@dataclass(frozen=True)
class Broken:
    """A file that cannot be read, and why."""

    path: str
    reason: str


Listing = Pixels | Files


def held_out(labels: Sequence[int], share: float, draw: str, names: Sequence[Hashable] | None = None) -> list[int]:
    """Positions, in order, of ``ceil(share · n)`` images; of every class its share, to within one image.

    Args:
        labels: (n,). share: of all images, in [0, 1).
        draw: names the draw; another name draws others.
        names: (n,), what an image is drawn by: its file, say. Its position if not given.
    """
    exact = Fraction(str(share))
    classes = defaultdict(list)
    for position, label in enumerate(labels):
        classes[label].append(position)
    quotas = _quotas({label: len(members) for label, members in classes.items()}, exact)
    chosen = []
    for label, members in classes.items():
        members.sort(key=lambda i: (_hash(draw, i if names is None else names[i]), i))
        chosen += members[: quotas[label]]
    return sorted(chosen)


def others(count: int, positions: Sequence[int]) -> list[int]:
    """Those of 0 .. count - 1 that are not among the positions, in order."""
    out = set(positions)
    return [i for i in range(count) if i not in out]


def _quotas(counts: dict[int, int], share: Fraction) -> dict[int, int]:
    """Whole numbers that add up to ceil(share · total): largest remainders first, then the order of the labels."""
    quotas = {label: int(count * share) for label, count in counts.items()}
    missing = ceil(sum(counts.values()) * share) - sum(quotas.values())
    by_remainder = sorted(counts, key=lambda label: (-(counts[label] * share % 1), label))
    for label in by_remainder[:missing]:
        quotas[label] += 1
    return quotas


def _hash(draw: str, name: Hashable) -> bytes:
    return hashlib.sha256(f"{draw}\0{name}".encode()).digest()
