"""CIFAR-10 that arrives in parts."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("numpy")
pytest.importorskip("torch")
pytest.importorskip("PIL")

import numpy as np
from gpu_stages import strips
from PIL import Image

from effbench.errors import EffbenchError
from effbench.training.data.catalogue import DATASETS
from effbench.training.data.cifar import cifar10

COUNTS = {"train": 5, "test": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    strips.make_strips(folder, COUNTS)
    return folder


@pytest.fixture
def halves(made, tmp_path):
    """The strips split over two folders."""
    for name, files in (("a", sorted(made.iterdir())[::2]), ("b", sorted(made.iterdir())[1::2])):
        (tmp_path / name).mkdir()
        for file in files:
            shutil.copy(file, tmp_path / name)
    return tmp_path / "a", tmp_path / "b"


def test_strips_of_two_calls_make_the_pictures_and_labels(made, halves, tmp_path):
    first, second = halves
    with pytest.raises(EffbenchError, match=r"missing are 2 of 5 strips train \(\d, \d\), train-labels.bin") as said:
        strips.cifar10_root([first], tmp_path / "work", COUNTS)
    assert "kept in" in str(said.value)
    shutil.rmtree(first)  # as the next call has it
    root = strips.cifar10_root([second], tmp_path / "work", COUNTS)
    for part, count in COUNTS.items():
        found = cifar10(DATASETS["cifar10"], part, root, 32)
        pixels = [np.asarray(Image.open(made / f"{part}-{k:03}.webp").convert("RGB")) for k in range(count)]
        assert np.array_equal(found.images, np.concatenate(pixels).reshape(-1, 32, 32, 3))
        assert found.labels == [i % 10 for i in range(500 * count)]
    shutil.rmtree(second)
    assert strips.cifar10_root([], tmp_path / "work", COUNTS) == root  # once made, it is there


def test_folders_of_one_call_are_read_together(halves, tmp_path):
    assert strips.cifar10_root(halves, tmp_path / "work", COUNTS) == tmp_path / "work"


def test_binary_batches_are_used_where_they_are_if_they_are_whole(halves, tmp_path):
    given = strips.cifar10_root(halves, tmp_path / "given", COUNTS)
    assert strips.cifar10_root([given], tmp_path / "work", COUNTS) == given
    batch = given / strips.FOLDER / "data_batch_2.bin"
    batch.write_bytes(batch.read_bytes()[: 3073 * 7])
    with pytest.raises(EffbenchError, match="2007 pictures can be read, not 2500"):
        strips.cifar10_root([given], tmp_path / "work", COUNTS)


@pytest.mark.parametrize("damage", ["cut", "size"])
def test_a_damaged_strip_is_named(halves, tmp_path, damage):
    path = next(folder / "train-002.webp" for folder in halves if (folder / "train-002.webp").exists())
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:20])
    else:
        Image.new("RGB", (32, 64)).save(path, lossless=True)
    with pytest.raises(EffbenchError, match=r"train-002.webp (cannot be read|is 32 x 64 pixels)"):
        strips.cifar10_root(halves, tmp_path / "work", COUNTS)
    assert not (tmp_path / "work" / strips.FOLDER).exists()


def test_ranges_of_numbers():
    assert strips._ranges([0, 1, 2, 5, 7, 8]) == "0-2, 5, 7-8"
