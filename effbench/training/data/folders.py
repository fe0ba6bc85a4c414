"""Sets of image files, listed: ImageNet, Tiny ImageNet, Animals-10, and any with a folder per class."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.file_name import inside, require_file_name
from effbench.training.data.catalogue import ANIMALS, DATASETS
from effbench.training.data.devkit import flat_validation
from effbench.training.data.listing import Files
from effbench.training.data.places import find, present
from effbench.training.data.splits import held_out, others

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".tif", ".tiff")
"""Endings of image files, in any case; other files are not images."""


def folder(part: str, root: Path | None) -> Files:
    """train/CLASS/ and test/CLASS/ or val/CLASS/; the classes are those of train/, where there is one.

    Raises:
        EffbenchError: as all of this module: files that are missing, a class without images.
    """
    return _folder_per_class("folder", part, root)


def imagenet(part: str, root: Path | None) -> Files:
    """ImageNet-1K, labels in the order of the WordNet ids; a flat val/ is labelled by the devkit beside it."""
    base = find(DATASETS["imagenet"], part, root)
    if part == "test" and _is_flat(base / "val"):
        return flat_validation(base)
    return _folder_per_class("imagenet", part, root)


def tiny_imagenet(part: str, root: Path | None) -> Files:
    """Tiny ImageNet, labels in the order of the WordNet ids."""
    base = find(DATASETS["tiny-imagenet"], part, root)
    classes = tuple(sorted((base / "wnids.txt").read_text(encoding="utf-8", errors="replace").split()))
    if not classes:
        raise EffbenchError(f"{base / 'wnids.txt'} must have a WordNet id per line")
    for name in classes:
        require_file_name(name, f"{base / 'wnids.txt'}: class")
    if part == "test":
        return _annotated(base / "val", classes)
    return by_class({name: base / "train" / name / "images" for name in classes})


def animals10(part: str, root: Path | None) -> Files:
    """Animals-10, which has no official split: a fifth of each class is the test part, drawn by file name."""
    base = find(DATASETS["animals10"], part, root)
    every = by_class({ANIMALS[name]: base / name for name in ANIMALS})
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


def _folder_per_class(name: str, part: str, root: Path | None) -> Files:
    base = find(DATASETS[name], part, root)
    place = base / present(DATASETS[name], part, base).wanted(part)[0]
    classes = _folders(base / "train") if (base / "train").is_dir() else _folders(place)
    if not classes:
        raise EffbenchError(f"{place} has no folders: one per class is wanted, with its images in it")
    unknown = sorted(set(_folders(place)) - set(classes))
    if unknown:
        raise EffbenchError(f"{place / unknown[0]} is of no class of {base / 'train'}")
    return by_class({name: place / name for name in classes})


def _folders(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir() if entry.is_dir())


def _is_flat(place: Path) -> bool:
    return not _folders(place)


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
