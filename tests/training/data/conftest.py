"""Data sets made small, in the layouts they are published in."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest

from effbench.training.data.catalogue import dataset


@pytest.fixture
def read() -> Callable[..., Any]:
    """``read("cifar10", "test", root, 8)``: the training or test images of a set, listed."""
    return lambda name, part, root=None, size=8: dataset(name).read(part, root, size)


@pytest.fixture
def image() -> Callable[..., Path]:
    """``image(path, side, number)``: an image file of noise, told apart by its number; folders are made."""

    def write(path: Path, side: int | tuple[int, int] = 8, number: int = 0) -> Path:
        from PIL import Image

        width, height = (side, side) if isinstance(side, int) else side
        pixels = numpy.random.RandomState(number).randint(0, 256, (height, width, 3)).astype("uint8")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path

    return write


@pytest.fixture
def cifar(tmp_path: Path) -> Callable[..., Path]:
    """``cifar(each=4, kind="py")``: a root with CIFAR-10's files, so many images in each of the six batches.

    Image i of a file has label i mod 10, and its red, green and blue are constant: i, 2 i, 3 i.
    """

    def write(each: int = 4, kind: str = "py") -> Path:
        folder = tmp_path / f"cifar-10-batches-{kind}"
        folder.mkdir()
        planes = numpy.arange(each)[:, None] * numpy.array([1, 2, 3])
        data = numpy.repeat(planes, 1024, axis=1).astype("uint8")
        labels = [i % 10 for i in range(each)]
        for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
            if kind == "py":
                batch = {"batch_label": name, "labels": labels, "data": data, "filenames": ["a.png"] * each}
                (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
            else:
                records = numpy.concatenate([numpy.array(labels, dtype="uint8")[:, None], data], axis=1)
                (folder / f"{name}.bin").write_bytes(records.tobytes())
        return tmp_path

    return write


@pytest.fixture
def tiny(tmp_path: Path, image: Callable[..., Path]) -> Callable[..., Path]:
    """``tiny(wnids, each)``: a root with Tiny ImageNet's layout; validation image i is of class i mod classes."""

    def write(wnids: Sequence[str] = ("n02", "n01"), each: int = 3, side: int = 64) -> Path:
        base = tmp_path / "tiny-imagenet-200"
        for number, wnid in enumerate(wnids):
            for i in range(each):
                image(base / "train" / wnid / "images" / f"{wnid}_{i}.JPEG", side, 10 * number + i)
        lines = []
        for i in range(4):
            image(base / "val" / "images" / f"val_{i}.JPEG", side, 100 + i)
            lines.append(f"val_{i}.JPEG\t{wnids[i % len(wnids)]}\t0\t0\t62\t62\n")
        (base / "wnids.txt").write_text("\n".join(wnids) + "\n")
        (base / "val" / "val_annotations.txt").write_text("".join(lines))
        return tmp_path

    return write


@pytest.fixture
def classes(tmp_path: Path, image: Callable[..., Path]) -> Callable[..., Path]:
    """``classes({"train/cat": 3, "val/cat": 1})``: a root with so many images in each folder, 20 x 16 pixels."""

    def write(folders: dict[str, int], ending: str = "jpeg", side: Any = (20, 16)) -> Path:
        for number, (name, count) in enumerate(folders.items()):
            for i in range(count):
                image(tmp_path / name / f"{i:03}.{ending}", side, 1000 * number + i)
        return tmp_path

    return write
