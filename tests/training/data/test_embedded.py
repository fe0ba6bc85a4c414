"""Sets that need no download."""

from __future__ import annotations

from collections import Counter

import numpy
import pytest

from effbench.errors import EffbenchError
from effbench.training.data import embedded
from effbench.training.data.catalogue import DATASETS


def test_digits_are_all_of_scikit_learns_split_by_class(read):
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    train, test = read("digits", "train"), read("digits", "test")
    assert (train.images.shape, test.images.shape) == ((1437, 8, 8, 3), (360, 8, 8, 3))
    theirs = load_digits()
    whole = Counter(theirs.target.tolist())
    assert Counter([*train.labels, *test.labels]) == whole
    assert all(abs(count - whole[label] / 5) < 1 for label, count in Counter(test.labels).items())
    # values 0 .. 16 of the originals come back: round(16 / 255 · round(255 / 16 · v)) = v
    back = numpy.rint(numpy.concatenate([train.images, test.images])[..., 0] * (16 / 255))
    assert sorted(map(bytes, back.astype("uint8"))) == sorted(map(bytes, theirs.images.astype("uint8")))


def test_textures_have_as_many_patches_of_every_photograph(read):
    pytest.importorskip("skimage")
    for part, each in (("train", 500), ("test", 100)):
        found = read("textures", part)
        assert found.images.shape == (10 * each, 32, 32, 3)
        assert found.images.dtype == "uint8"
        assert Counter(found.labels) == dict.fromkeys(range(10), each)
        assert found.classes == DATASETS["textures"].classes
        assert len({image.tobytes() for image in found.images}) >= 0.99 * 10 * each  # some skies are one colour
        assert (found.images == read("textures", part).images).all()


def test_training_and_test_patches_share_no_pixel(read, monkeypatch):
    # photographs whose red is the column and green the row, in units of 2: patches then say where they are from
    pytest.importorskip("skimage")
    rows, columns = numpy.mgrid[0:400, 0:500] // 2
    photograph = numpy.stack([columns, rows, columns], axis=-1).astype("uint8")
    monkeypatch.setattr(embedded, "photographs", lambda names: [photograph] * 10)
    train, test = (read("textures", part).images for part in ("train", "test"))
    assert train[..., 0].max() < 150  # columns 0 .. 299, the left 60 % of 500
    assert test[..., 0].min() >= 150
    for images in (train, test):
        assert images[..., 1].min() < 5  # the whole height is used
        assert images[..., 1].max() > 194


def test_other_photographs_than_expected_are_refused(read, monkeypatch):
    pytest.importorskip("skimage")
    monkeypatch.setattr(embedded, "PHOTOGRAPHS_SHA256", "0" * 64)
    with pytest.raises(EffbenchError, match="other photographs"):
        read("textures", "train")


def test_a_missing_photograph_is_named():
    pytest.importorskip("skimage")
    with pytest.raises(EffbenchError, match=r"without no_such\.png"):
        embedded.photographs(("astronaut", "no_such"))


@pytest.mark.parametrize(
    ("name", "module", "package"), [("digits", "sklearn", "scikit-learn"), ("textures", "skimage", "scikit-image")]
)
def test_a_missing_package_is_said(monkeypatch, read, name, module, package):
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, f"{module}.datasets", None)
    with pytest.raises(EffbenchError, match=f"needs {package}: python -m pip install {package}"):
        read(name, "train")


@pytest.mark.parametrize("side", [3, 8, 50])
def test_generated_images_have_any_size(read, side):
    train, test = read("generated", "train", size=side), read("generated", "test", size=side)
    assert train.images.shape == (1024, side, side, 3)
    assert test.images.shape == (256, side, side, 3)
    assert max(Counter(train.labels).values()) - min(Counter(train.labels).values()) <= 1
    assert (train.images == read("generated", "train", size=side).images).all()


def test_generated_images_can_be_learnt(read):
    train, test = read("generated", "train", size=16), read("generated", "test", size=16)
    means = [train.images[numpy.array(train.labels) == label].mean(0) for label in range(10)]
    distances = [((test.images - mean) ** 2).sum((1, 2, 3)) for mean in means]
    assert (numpy.argmin(distances, 0) == test.labels).mean() > 0.95
    assert len({image.tobytes() for image in numpy.concatenate([train.images, test.images])}) == 1280


@pytest.mark.parametrize("name", ["digits", "textures", "generated"])
def test_the_catalogue_says_what_there_is(read, name):
    pytest.importorskip("sklearn")
    pytest.importorskip("skimage")
    known = DATASETS[name]
    for part, count in (("train", known.train_images), ("test", known.test_images)):
        found = read(name, part, size=4 if name == "generated" else 8)
        assert len(found.labels) == len(found.images) == count
        assert set(found.labels) == set(range(known.num_classes))
        assert found.classes == known.classes
        assert known.side in (None, found.images.shape[1])
