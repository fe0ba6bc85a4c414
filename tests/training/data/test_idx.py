"""IDX files, in the layout of Fashion-MNIST."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from effbench.errors import EffbenchError
from effbench.training.data import places
from effbench.training.data.catalogue import DATASETS, dataset
from effbench.training.data.check import check
from effbench.training.data.idx import read

FASHION = DATASETS["fashion-mnist"]
NAMES = {part: ("t10k" if part == "test" else part) for part in ("train", "test")}


def content(values, kind=8):
    """An IDX file of these unsigned bytes."""
    shape = b"".join(length.to_bytes(4) for length in values.shape)
    return bytes([0, 0, kind, values.ndim]) + shape + values.astype("uint8").tobytes()


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """``fashion(each=12, packed=True)``: a root with the files; row r of image i is r + i, its label i mod 10."""
    monkeypatch.setitem(DATASETS, "fashion-mnist", replace(FASHION, system=""))

    def write(each=12, packed=True) -> Path:
        folder = tmp_path / "fashion-mnist"
        folder.mkdir(exist_ok=True)
        images = numpy.arange(each)[:, None, None] + numpy.arange(28)[:, None] + numpy.zeros((each, 28, 28))
        for name in NAMES.values():
            for kind, values in (("images-idx3", images), ("labels-idx1", numpy.arange(each) % 10)):
                plain = content(values)
                path = folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}"
                path.write_bytes(gzip.compress(plain) if packed else plain)
        return tmp_path

    return write


def path_of(root, kind, part="test"):
    return root / "fashion-mnist" / f"{NAMES[part]}-{kind}-ubyte.gz"


@pytest.mark.parametrize("packed", [True, False])
def test_images_are_grey_in_three_channels(fashion, packed):
    root = fashion(packed=packed)
    for part in NAMES:
        found = dataset("fashion-mnist").read(part, root, 28)
        assert found.images.shape == (12, 28, 28, 3)
        assert found.labels == [*range(10), 0, 1]
        assert found.images[2, 5, 0].tolist() == [7, 7, 7]
        assert found.classes[9] == "ankle boot"


def test_they_are_padded_to_the_size_of_the_recipe_and_never_cut(fashion):
    root = fashion()
    found = dataset("fashion-mnist").read("test", root, 32).images
    assert found.shape == (12, 32, 32, 3)
    assert (found[:, 2:30, 2:30] == dataset("fashion-mnist").read("test", root, 28).images).all()
    border = found.copy()
    border[:, 2:30, 2:30] = 0
    assert not border.any()
    assert dataset("fashion-mnist").read("test", root, 16).images.shape == (12, 28, 28, 3)


def test_a_package_of_the_system_is_found_by_itself_and_after_the_given_folder(fashion, tmp_path, monkeypatch):
    root = fashion()
    packaged = replace(FASHION, system=str(root))
    assert places.find(packaged, "train", None)[0] == root / "fashion-mnist"
    (tmp_path / "empty").mkdir()
    assert places.find(packaged, "train", tmp_path / "empty")[0] == root / "fashion-mnist"
    for given in (None, tmp_path / "empty"):
        with pytest.raises(EffbenchError, match="apt-get install dataset-fashion-mnist") as caught:
            places.find(replace(FASHION, system=str(tmp_path / "nowhere")), "train", given)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda whole: whole[:-3], "EOFError"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:-1]), r"announces 9,408 values and has 9,407"),
        (lambda whole: gzip.compress(gzip.decompress(whole) + b"\0"), r"announces 9,408 values and has more"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:7]), "no IDX file"),
        (lambda whole: b"", "it begins with , not with 00000803"),
        (lambda whole: b"\x1f\x8b" + b"garbage" * 9, "no IDX file"),
        (lambda whole: b"<html>not found</html>", "it begins with 3c68746d"),
        (lambda whole: whole[:20] + bytes(20) + whole[40:], "no IDX file"),
        (lambda whole: content(numpy.zeros((2, 28, 28)), kind=13), "it begins with 00000d03"),
        (lambda whole: content(numpy.zeros(5)), "it begins with 00000801"),
        (lambda whole: b"\0\0\x08\x03" + b"\xff" * 12, "it announces 4294967295 x 4294967295 x 4294967295 values"),
        (lambda whole: b"\0\0\x08\x03" + bytes(12), "it announces 0 x 0 x 0 values"),
        (lambda whole: content(numpy.zeros((12, 28, 27))), r"are 28 x 28, not \(28, 27\)"),
        (lambda whole: content(numpy.zeros((12, 32, 32))), r"are 28 x 28, not \(32, 32\)"),
        (lambda whole: content(numpy.zeros((11, 28, 28))), "has 12 labels for 11 images"),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it(fashion, damage, said):
    root = fashion()
    path = path_of(root, "images-idx3")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(EffbenchError, match=said) as caught:
        dataset("fashion-mnist").read("test", root, 32)
    assert "\n" not in str(caught.value)
    assert "t10k-" in str(caught.value)
    assert dataset("fashion-mnist").read("train", root, 32).labels  # the other part is whole
    found = check("fashion-mnist", "test", root)
    assert (found.images, len(found.files)) == (0, 1)


def test_labels_out_of_range_are_refused(fashion):
    root = fashion()
    path_of(root, "labels-idx1").write_bytes(content(numpy.arange(12)))
    with pytest.raises(EffbenchError, match="labels are 0 to 9, it has 11"):
        dataset("fashion-mnist").read("test", root, 32)


def test_a_whole_part_is_counted(fashion):
    found = check("fashion-mnist", "train", fashion())
    assert (found.images, found.expected, found.files) == (12, 60_000, ())


@pytest.mark.skipif(not (Path(FASHION.system) / "fashion-mnist").is_dir(), reason="dataset-fashion-mnist is not there")
def test_the_package_s_own_files_are_what_the_catalogue_says():
    train, test = (FASHION.read(part, None, 28) for part in NAMES)
    assert (len(train.labels), len(test.labels)) == (FASHION.train_images, FASHION.test_images)
    assert [test.labels.count(label) for label in range(10)] == [1000] * 10
    grey = train.images[..., 0] / 255
    assert FASHION.normalise == ((round(float(grey.mean()), 4),) * 3, (round(float(grey.std()), 4),) * 3)


def test_a_file_of_another_number_of_dimensions_is_refused(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(content(numpy.zeros(3)))
    assert read(path, 1).tolist() == [0, 0, 0]
    with pytest.raises(EffbenchError, match="not with 00000803"):
        read(path, 3)
