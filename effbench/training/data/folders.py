"""Sets of image files, listed: ImageNet, Tiny ImageNet, Animals-10, and any with a folder per class."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError, MissingExtra
from effbench.files.file_name import inside, require_file_name
from effbench.training.data.dataset import DataSet
from effbench.training.data.listing import Files, held_out, others
from effbench.training.data.places import find

if TYPE_CHECKING:
    from numpy import void
    from numpy.typing import NDArray

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".tif", ".tiff")
"""Endings of image files, in any case; other files are not images."""

TRUTH = "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
META = "ILSVRC2012_devkit_t12/data/meta.mat"
"""Devkit of ImageNet: labels of its validation images where they lie flat in one folder, as the archive has them."""


def folder(dataset: DataSet, part: str, root: Path | None, size: int) -> Files:
    """train/CLASS/ and test/CLASS/ or val/CLASS/; the classes are those of train/, where there is one.

    Raises:
        EffbenchError: as all of this module: files that are missing, a class without images.
    """
    base, layout = find(dataset, part, root)
    place = base / layout.wanted(part)[0]
    classes = _folders(base / "train") if (base / "train").is_dir() else _folders(place)
    if not classes:
        raise EffbenchError(f"{place} has no folders: one per class is wanted, with its images in it")
    unknown = sorted(set(_folders(place)) - set(classes))
    if unknown:
        raise EffbenchError(f"{place / unknown[0]} is of no class of {base / 'train'}")
    return by_class({name: place / name for name in classes})


def imagenet(dataset: DataSet, part: str, root: Path | None, size: int) -> Files:
    """ImageNet-1K, labels in the order of the WordNet ids; a flat val/ is labelled by the devkit beside it."""
    base, _ = find(dataset, part, root)
    if part == "test" and not _folders(base / "val"):
        return flat_validation(base)
    return folder(dataset, part, root, size)


def tiny_imagenet(dataset: DataSet, part: str, root: Path | None, size: int) -> Files:
    """Tiny ImageNet, labels in the order of the WordNet ids."""
    base, _ = find(dataset, part, root)
    classes = tuple(sorted((base / "wnids.txt").read_text(encoding="utf-8", errors="replace").split()))
    if not classes:
        raise EffbenchError(f"{base / 'wnids.txt'} must have a WordNet id per line")
    for name in classes:
        require_file_name(name, f"{base / 'wnids.txt'}: class")
    if part == "test":
        return _annotated(base / "val", classes)
    return by_class({name: base / "train" / name / "images" for name in classes})


def animals10(dataset: DataSet, part: str, root: Path | None, size: int) -> Files:
    """Animals-10, which has no official split: a fifth of each class is the test part, drawn by file name."""
    base, layout = find(dataset, part, root)
    every = by_class({name: base / folder for name, folder in zip(dataset.classes, layout.train, strict=True)})
    names = [f"{Path(path).parent.name}/{Path(path).name}" for path in every.paths]
    test = held_out(every.labels, 0.2, "animals10: test", names)
    return every.take(test if part == "test" else others(len(names), test))


def by_class(folders: Mapping[str, Path]) -> Files:
    """The images of one folder per class, in the order given, then by name.

    Raises:
        EffbenchError: a folder is missing or has none.
    """
    paths: list[str] = []
    labels: list[int] = []
    for label, (name, place) in enumerate(folders.items()):
        found = images_in(place)
        if not found:
            raise EffbenchError(f"class {name} has no images in {place}: the data set is not complete")
        paths += found
        labels += [label] * len(found)
    return Files(paths, labels, tuple(folders))


def images_in(place: Path) -> list[str]:
    """Paths of the image files in a folder and those below it, by name."""
    return sorted(
        f"{above}{os.sep}{name}"  # a million of them: texts are lighter than paths
        for above, _, names in os.walk(place)
        for name in names
        if name.lower().endswith(IMAGES)
    )


def _folders(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir() if entry.is_dir())


def _annotated(place: Path, classes: Sequence[str]) -> Files:
    """Tiny ImageNet's validation images: a line per image, ``FILE<tab>WNID<tab>...`` in val_annotations.txt."""
    labels = {name: label for label, name in enumerate(classes)}
    table = place / "val_annotations.txt"
    lines = [line.split("\t") for line in table.read_text(encoding="utf-8", errors="replace").splitlines()]
    wrong = [number for number, line in enumerate(lines, start=1) if len(line) < 2 or line[1] not in labels]
    if wrong or not lines:
        raise EffbenchError(f"{table}, line {wrong[0] if wrong else 1}: wanted FILE<tab>WNID of wnids.txt")
    paths = [str(inside(place / "images", line[0], f"{table}: image")) for line in lines]
    return Files(paths, [labels[line[1]] for line in lines], tuple(classes))


def flat_validation(base: Path) -> Files:
    """val/ILSVRC2012_val_00000001.JPEG and so on: line i of the devkit's ground truth is the ILSVRC id of image i.

    Raises:
        EffbenchError: no devkit, or one of other images.
    """
    absent = [str(base / name) for name in (TRUTH, META) if not (base / name).is_file()]
    if absent:
        raise EffbenchError(
            f"{base / 'val'} has no folders; its images are labelled by the devkit, which lacks {', '.join(absent)}. "
            "Unpack ILSVRC2012_devkit_t12.tar.gz there, or sort val/ into one folder per class"
        )
    paths = sorted(str(path) for path in (base / "val").glob("ILSVRC2012_val_*.JPEG"))
    truth = (base / TRUTH).read_text(encoding="utf-8", errors="replace").split()
    if len(paths) != len(truth):
        raise EffbenchError(f"{base / 'val'} has {len(paths)} images, {base / TRUTH} has {len(truth)} labels")
    wnids = _wnids(base / META)
    classes = tuple(sorted(wnids.values()))
    labels = {str(ident): classes.index(wnid) for ident, wnid in wnids.items()}
    wrong = [number for number, ident in enumerate(truth, start=1) if ident not in labels]
    if wrong:
        raise EffbenchError(f"{base / TRUTH}, line {wrong[0]}: {truth[wrong[0] - 1]!r} is no class of {META}")
    return Files(paths, [labels[ident] for ident in truth], classes)


def _wnids(path: Path) -> dict[int, str]:
    """ILSVRC2012_ID -> WordNet id, of the classes that have none below them: those images are labelled with."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise MissingExtra("the devkit of ImageNet", "scipy", "train") from None
    try:
        synsets: NDArray[void] = loadmat(path, squeeze_me=True)["synsets"]
        leaves = [row for row in synsets if int(row["num_children"]) == 0]
        return {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in leaves}
    except Exception as error:  # scipy raises many kinds on a damaged file
        raise EffbenchError(f"{path} is no meta.mat of ImageNet: {type(error).__name__}: {error}") from None
