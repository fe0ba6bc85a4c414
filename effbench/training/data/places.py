"""Where the files of a data set are: found, or said what is wanted where. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.training.data.dataset import DataSet, Layout

NAMED = 4
"""Missing files that an error names."""


def find(dataset: DataSet, part: str, root: Path | None) -> tuple[Path, Layout]:
    """The folder that has everything the part is read from, and how it lies there.

    It is ``root`` or ``root/NAME``, or the folder of that name that the archive unpacks to inside either, or itself; or
    that of the operating system (``DataSet.system``).

    Raises:
        EffbenchError: something is missing: which files are wanted where, and how to get them.
    """
    roots = [folder for folder in (root, dataset.system and Path(dataset.system)) if folder]
    places = [(layout, base) for at in roots for layout in dataset.layouts for base in _bases(dataset, layout, at)]
    for layout, base in places:
        if not missing(layout, base, part):
            return base, layout
    if root is None:
        wanted = _list(
            [str(Path("DIR") / layout.folder / name) for layout in dataset.layouts[:1] for name in layout.wanted(part)]
        )
        raise EffbenchError(
            f"data set {dataset.name} is read from disk: give its folder, --data DIR, with {wanted}. {how(dataset)}"
        )
    layout, base = min(places, key=lambda place: _share_missing(place[0], place[1], part))
    raise EffbenchError(
        f"data set {dataset.name} is not there: {_list([str(base / name) for name in missing(layout, base, part)])} "
        f"missing{_other_layouts(dataset, layout, part)}. {how(dataset)}"
    )


def require_there(dataset: DataSet, root: Path | None) -> None:
    """Raise EffbenchError unless all that training and its test read is there; see ``find``."""
    for part in ("train", "test") if dataset.layouts else ():
        find(dataset, part, root)


def missing(layout: Layout, base: Path, part: str) -> list[str]:
    """Files and folders that are wanted but not there."""
    return [
        name
        for name in layout.wanted(part)
        if not ((base / name).is_dir() if name.endswith("/") else (base / name).is_file())
    ]


def how(dataset: DataSet) -> str:
    """How to get it, as a sentence."""
    return f"To get it: {dataset.get}"


def _bases(dataset: DataSet, layout: Layout, root: Path) -> list[Path]:
    bases = [root / layout.folder, root / dataset.name / layout.folder]
    return bases if Path(root).resolve().name != layout.folder else [root, *bases]


def _share_missing(layout: Layout, base: Path, part: str) -> float:
    return len(missing(layout, base, part)) / len(layout.wanted(part))


def _other_layouts(dataset: DataSet, layout: Layout, part: str) -> str:
    others = [str(Path(o.folder) / o.wanted(part)[0]) for o in dataset.layouts if o.wanted(part) != layout.wanted(part)]
    return f" (or {', '.join(others)} ...)" if others else ""


def _list(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
