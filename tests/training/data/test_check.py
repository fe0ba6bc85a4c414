"""Damaged files, named and counted."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from effbench.errors import EffbenchError, UnknownName
from effbench.training.data.check import check


def test_damaged_images_are_all_named(classes):
    root = classes({"train/a": 4, "train/b": 4, "test/a": 2, "test/b": 2})
    for name in ("a/001.jpeg", "b/000.jpeg"):
        (root / "train" / name).write_bytes(b"no image")
    told = []
    found = check("folder", "train", root, threads=2, tell=lambda left, part: told.append((left, part)))
    assert found.images == 6
    assert [broken.path for broken in found.files] == [str(root / "train" / n) for n in ("a/001.jpeg", "b/000.jpeg")]
    assert {broken.reason for broken in found.files} == {"it is no image"}
    assert not found.whole
    assert told == [(1, "train")]
    assert check("folder", "test", root).whole


def test_damaged_batches_are_named_and_the_others_counted(cifar):
    root = cifar(each=3, kind="bin")
    (root / "cifar-10-batches-bin" / "data_batch_4.bin").write_bytes(b"x")
    found = check("cifar10", "train", root)
    assert found.images == 12
    assert [broken.path for broken in found.files] == [str(root / "cifar-10-batches-bin" / "data_batch_4.bin")]
    assert "1 bytes" in found.files[0].reason


def test_a_set_with_too_few_images_is_not_whole(cifar):
    found = check("cifar10", "test", cifar(each=3))
    assert (found.images, found.expected, found.files) == (3, 10_000, ())
    assert not found.whole


def test_embedded_sets_are_whole():
    pytest.importorskip("sklearn")
    for part, images in (("train", 1437), ("test", 360)):
        found = check("digits", part, None)
        assert (found.images, found.whole) == (images, True)


def test_bad_input(tmp_path):
    with pytest.raises(UnknownName):
        check("nothing", "train", tmp_path)
    with pytest.raises(UnknownName, match="calibration"):
        check("digits", "calibration", tmp_path)
    with pytest.raises(EffbenchError, match="is not there"):
        check("folder", "train", tmp_path)
