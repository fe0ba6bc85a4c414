"""Every file of a data set read once: how many images there are, and which files are damaged. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

from effbench.errors import UnknownName
from effbench.training.data.catalogue import dataset
from effbench.training.data.dataset import Checker
from effbench.training.data.listing import Broken, Files

CHECKED_PARTS = ("train", "test")
PIECE = 1000
"""Files between two looks at the progress."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A part of a data set.

    Attributes:
        images: how many can be read. expected: of the whole set as it is published; None where there is no such number.
        files: those that cannot be read.
    """

    part: str
    images: int
    expected: int | None
    files: tuple[Broken, ...]

    def plain(self) -> dict[str, object]:
        """What JSON and CSV hold."""
        damaged = [{"file": broken.path, "reason": broken.reason} for broken in self.files]
        counts = {"part": self.part, "images": self.images, "expected": self.expected}
        return {**counts, "damaged": len(damaged), "files": damaged}

    @property
    def whole(self) -> bool:
        """Nothing is damaged and nothing is missing."""
        return not self.files and self.expected in (None, self.images)


def check(
    name: str,
    part: str,
    root: Path | None,
    *,
    threads: int = 4,
    tell: Callable[[int, str], None] = lambda left, part: None,
) -> Checked:
    """Read the training or the test images.

    Args:
        tell: called with how many pieces are left, and of which part.

    Raises:
        EffbenchError: no such data set or part, or files that are missing: that is said before anything is read.
    """
    if part not in CHECKED_PARTS:
        raise UnknownName("part that can be checked", part, CHECKED_PARTS)
    known = dataset(name)
    if known.checker:
        checker: Checker = resolve_name(known.checker)
        images, broken = checker(known, part, root)
    else:
        listed = known.read(part, root, known.side or 1)
        broken = _unreadable(listed.paths, threads, lambda left: tell(left, part)) if isinstance(listed, Files) else []
        images = len(listed.labels) - len(broken)
    return Checked(part=part, images=images, expected=known.expected(part), files=tuple(broken))


def _unreadable(paths: Sequence[str], threads: int, tell: Callable[[int], None]) -> list[Broken]:
    starts = range(0, len(paths), PIECE)
    broken: list[Broken] = []
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for done, start in enumerate(starts):
            tell(len(starts) - done)
            broken += [found for found in pool.map(_broken, paths[start : start + PIECE]) if found is not None]
    return broken


def _broken(path: str) -> Broken | None:
    """Why the image cannot be read; the pixels of the others are not kept."""
    from effbench.training.data.picture import picture

    found = picture(path)
    return found if isinstance(found, Broken) else None
