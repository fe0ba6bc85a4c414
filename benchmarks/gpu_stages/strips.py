"""CIFAR-10 from strips: lossless WebP images of 500 pictures each, which may arrive in parts, and made-up batches.

A folder holds ``train-000.webp`` to ``train-099.webp``, ``test-000.webp`` to ``test-019.webp`` (32 pixels wide, 500
pictures below one another) and ``train-labels.bin`` and ``test-labels.bin`` (a byte a picture), or some of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from effbench.errors import EffbenchError
from effbench.training.data.catalogue import DATASETS
from effbench.training.data.check import check
from effbench.training.data.cifar import CLASSES, SIDE, VALUES
from effbench.training.data.places import find

FOLDER = "cifar-10-batches-bin"
PICTURES = 500
"""Of a strip."""

WHOLE = {"train": 100, "test": 20}
"""Part -> strips of the whole data set."""

BATCHES = {"train": [f"data_batch_{k}.bin" for k in range(1, 6)], "test": ["test_batch.bin"]}


def cifar10_root(folders: Sequence[Path], work: Path, strips: Mapping[str, int] = WHOLE) -> Path:
    """The folder that effbench reads CIFAR-10 from: one that was given, or one that is made of the strips so far.

    Strips are copied to ``work``, so that those of an earlier call count in a later one.

    Raises:
        EffbenchError: what is still missing, or which strip is damaged.
    """
    ready = next((folder for folder in (*folders, work) if _whole(folder, strips)), None)
    if ready is not None:
        return ready
    cache = work / "strips"
    gather(folders, cache)
    absent = missing(cache, strips)
    if absent:
        raise EffbenchError(f"CIFAR-10 is not complete: {absent}; the strips so far are kept in {cache}")
    unpack(cache, work / FOLDER, strips)
    _whole(work, strips)
    return work


def gather(folders: Sequence[Path], cache: Path) -> None:
    """Copy strips and labels that are not in the cache yet; each is whole there or not there."""
    cache.mkdir(parents=True, exist_ok=True)
    for folder in folders:
        for path in (*sorted(folder.glob("*.webp")), *sorted(folder.glob("*-labels.bin"))):
            if not (cache / path.name).exists():
                part = cache / f".{path.name}.part"
                shutil.copyfile(path, part)
                part.replace(cache / path.name)


def missing(cache: Path, strips: Mapping[str, int]) -> str:
    """What is not in the cache, in words; empty if nothing is."""
    said = []
    for part, count in strips.items():
        absent = [k for k in range(count) if not (cache / f"{part}-{k:03}.webp").is_file()]
        if absent:
            said.append(f"{len(absent)} of {count} strips {part} ({_ranges(absent)})")
        if not (cache / f"{part}-labels.bin").is_file():
            said.append(f"{part}-labels.bin")
    return ", ".join(said) and f"missing are {', '.join(said)}"


def unpack(cache: Path, folder: Path, strips: Mapping[str, int]) -> None:
    """Write the strips as binary batches; the folder appears when all of it is written."""
    part_folder = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part_folder, ignore_errors=True)
    part_folder.mkdir(parents=True)
    for part, count in strips.items():
        records = _records(cache, part, count)
        for name, batch in zip(BATCHES[part], np.array_split(records, len(BATCHES[part])), strict=True):
            batch.tofile(part_folder / name)
    part_folder.rename(folder)


def make_batches(folder: Path, each: int) -> Path:
    """Binary batches of ``each`` random pictures, to time trainings with; no result of them is kept."""
    made = folder / FOLDER
    if not made.is_dir():
        part = made.with_name(f"{FOLDER}.part")
        part.mkdir(parents=True, exist_ok=True)
        draw = np.random.default_rng(0)
        for name in (*BATCHES["train"], *BATCHES["test"]):
            records = draw.integers(0, 256, (each, 1 + VALUES), dtype=np.uint8)
            records[:, 0] %= CLASSES
            records.tofile(part / name)
        part.rename(made)
    return folder


def make_strips(folder: Path, strips: Mapping[str, int]) -> None:
    """Strips of pictures of one colour each, in the layout that is read."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    for part, count in strips.items():
        for k in range(count):
            colours = draw.integers(0, 256, (PICTURES, 1, 1, 3), dtype=np.uint8)
            pixels = np.broadcast_to(colours, (PICTURES, SIDE, SIDE, 3)).reshape(-1, SIDE, 3)
            Image.fromarray(pixels).save(folder / f"{part}-{k:03}.webp", lossless=True)
        labels = np.arange(count * PICTURES, dtype=np.int64) % CLASSES
        labels.astype(np.uint8).tofile(folder / f"{part}-labels.bin")


def _whole(folder: Path, strips: Mapping[str, int]) -> bool:
    """Whether effbench can read every picture from there.

    Raises:
        EffbenchError: it has all files, and they are not those of the whole set.
    """
    for part, count in strips.items():
        try:
            find(DATASETS["cifar10"], part, folder)
        except EffbenchError:
            return False
        found = check("cifar10", part, folder)
        if found.files or found.images != count * PICTURES:
            raise EffbenchError(f"{folder}, {part}: {found.images} pictures can be read, not {count * PICTURES}")
    return True


def _records(cache: Path, part: str, count: int) -> Any:
    """(n, 3073) of uint8: the label, then 1,024 values each of red, green and blue."""
    labels = np.fromfile(cache / f"{part}-labels.bin", np.uint8)
    pixels = np.concatenate([_pictures(cache / f"{part}-{k:03}.webp") for k in range(count)])
    if len(labels) != len(pixels):
        raise EffbenchError(f"{part}-labels.bin has {len(labels)} labels for {len(pixels)} pictures")
    planes = pixels.transpose(0, 3, 1, 2).reshape(len(pixels), VALUES)
    return np.concatenate([labels[:, None], planes], axis=1)


def _pictures(path: Path) -> Any:
    """(500, 32, 32, 3) of uint8."""
    from PIL import Image

    try:
        with Image.open(path) as strip:
            pixels = np.asarray(strip.convert("RGB"))
    except (OSError, ValueError) as error:
        raise EffbenchError(f"{path} cannot be read: {error}; remove it and give it again") from None
    if pixels.shape != (PICTURES * SIDE, SIDE, 3):
        raise EffbenchError(f"{path} is {pixels.shape[1]} x {pixels.shape[0]} pixels, not {SIDE} x {PICTURES * SIDE}")
    return pixels.reshape(PICTURES, SIDE, SIDE, 3)


def _ranges(numbers: Sequence[int]) -> str:
    """0-3, 7."""
    starts = [n for n in numbers if n - 1 not in numbers]
    ends = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))
