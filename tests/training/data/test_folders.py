"""Sets of image files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy
import pytest

from effbench.errors import EffbenchError
from effbench.training.data import folders
from effbench.training.data.catalogue import DATASETS
from effbench.training.data.folders import META, TRUTH

ANIMALS = dict(zip(DATASETS["animals10"].layouts[0].train, DATASETS["animals10"].classes, strict=True))
"""Folder, which ends in /, and class."""


def names(files) -> list[tuple[str, str]]:
    """Class and file of every image."""
    return [(files.classes[label], Path(path).name) for path, label in zip(files.paths, files.labels, strict=True)]


def test_tiny_imagenet_is_labelled_by_folder_and_by_annotation(read, tiny):
    root = tiny(wnids=("n02", "n01"), each=2)
    train, test = read("tiny-imagenet", "train", root), read("tiny-imagenet", "test", root)
    assert train.classes == test.classes == ("n01", "n02")
    assert names(train) == [("n01", "n01_0.JPEG"), ("n01", "n01_1.JPEG"), ("n02", "n02_0.JPEG"), ("n02", "n02_1.JPEG")]
    assert names(test) == [("n02", "val_0.JPEG"), ("n01", "val_1.JPEG"), ("n02", "val_2.JPEG"), ("n01", "val_3.JPEG")]
    assert all(Path(path).is_file() for path in (*train.paths, *test.paths))


@pytest.mark.parametrize("line", ["val_0.JPEG\tn99\t0", "val_0.JPEG", ""])
def test_a_wrong_annotation_is_named_by_its_line(read, tiny, line):
    root = tiny()
    table = root / "tiny-imagenet-200" / "val" / "val_annotations.txt"
    table.write_text(f"val_1.JPEG\tn01\t0\n{line}\n")
    with pytest.raises(EffbenchError, match=r"val_annotations.txt, line 2: wanted FILE"):
        read("tiny-imagenet", "test", root)


def test_no_annotation_leaves_the_folder(read, tiny, tmp_path):
    root = tiny()
    table = root / "tiny-imagenet-200" / "val" / "val_annotations.txt"
    table.write_text("../../../secret.JPEG\tn01\n")
    with pytest.raises(EffbenchError, match=r"val_annotations.txt: image '../../../secret.JPEG' cannot be used as a"):
        read("tiny-imagenet", "test", root)
    (root / "tiny-imagenet-200" / "wnids.txt").write_text("../n01\n")
    with pytest.raises(
        EffbenchError, match=r"wnids.txt: class '../n01' cannot be used as a file name: it has a separator"
    ):
        read("tiny-imagenet", "train", root)


def test_animals_are_split_by_file_name(read, classes):
    root = classes({f"raw-img/{name}": 10 for name in ANIMALS})
    train, test = read("animals10", "train", root), read("animals10", "test", root)
    assert train.classes == test.classes == tuple(ANIMALS.values())
    assert Counter(test.labels) == dict.fromkeys(range(10), 2)
    assert sorted([*train.paths, *test.paths]) == sorted(map(str, (root / "raw-img").rglob("*.jpeg")))
    assert Path(test.paths[0]).parent.name == "cane"
    assert test.classes[test.labels[0]] == "dog"


def test_the_split_of_animals_does_not_depend_on_where_they_lie(read, classes, tmp_path):
    root = classes({f"raw-img/{name}": 5 for name in ANIMALS})
    first = names(read("animals10", "test", root))
    (root / "raw-img").rename(root / "moved")
    (root / "elsewhere").mkdir()
    (root / "moved").rename(root / "elsewhere" / "raw-img")
    assert names(read("animals10", "test", root / "elsewhere")) == first


def test_imagenet_with_a_folder_per_class(read, classes):
    root = classes({"train/n03": 1, "train/n01": 2, "val/n03": 2, "val/n01": 1}, ending="JPEG")
    for part, expected in (("train", [2, 1]), ("test", [1, 2])):
        files = read("imagenet", part, root)
        assert files.classes == ("n01", "n03")
        assert files.labels == [label for label, count in enumerate(expected) for _ in range(count)]


def devkit(root: Path, truth: list[int]) -> None:
    """Three leaves and the class above them; ids are not in the order of the WordNet ids."""
    from scipy.io import savemat

    kinds = [("ILSVRC2012_ID", "i4"), ("WNID", "O"), ("num_children", "i4")]
    synsets = numpy.array([(1, "n30", 0), (2, "n10", 0), (3, "n20", 0), (4, "n00", 3)], dtype=kinds)
    (root / TRUTH).parent.mkdir(parents=True)
    (root / TRUTH).write_text("".join(f"{ident}\n" for ident in truth))
    savemat(root / META, {"synsets": synsets})


def flat(root: Path, image, count: int) -> Path:
    for i in range(1, count + 1):
        image(root / "val" / f"ILSVRC2012_val_{i:08}.JPEG", 8, i)
    return root


def test_flat_validation_images_are_labelled_by_the_devkit(read, tmp_path, image):
    pytest.importorskip("scipy")
    root = flat(tmp_path, image, 4)
    devkit(root, [1, 2, 3, 1])
    files = read("imagenet", "test", root)
    assert files.classes == ("n10", "n20", "n30")
    assert files.labels == [2, 0, 1, 2]  # ids 1, 2, 3 are n30, n10, n20
    assert Path(files.paths[1]).name == "ILSVRC2012_val_00000002.JPEG"


def test_flat_validation_images_need_the_devkit_and_as_many_labels(read, tmp_path, image):
    pytest.importorskip("scipy")
    root = flat(tmp_path, image, 4)
    with pytest.raises(EffbenchError, match=r"labelled by the devkit, which lacks .*ground_truth.txt, .*meta.mat"):
        read("imagenet", "test", root)
    devkit(root, [1, 2])
    with pytest.raises(EffbenchError, match=r"has 4 images, .* has 2 labels"):
        read("imagenet", "test", root)


@pytest.mark.parametrize("truth", [[9], ["x"]])
def test_a_devkit_of_something_else_is_refused(read, tmp_path, image, truth):
    pytest.importorskip("scipy")
    devkit(flat(tmp_path, image, 1), truth)
    with pytest.raises(EffbenchError, match=r"ground_truth.txt, line 1: .* is no class of"):
        read("imagenet", "test", tmp_path)


def test_a_damaged_meta_file_is_refused(read, tmp_path, image):
    pytest.importorskip("scipy")
    devkit(flat(tmp_path, image, 1), [1])
    (tmp_path / META).write_bytes(b"no MATLAB")
    with pytest.raises(EffbenchError, match=r"meta.mat is no meta.mat of ImageNet"):
        read("imagenet", "test", tmp_path)


@pytest.mark.parametrize("test", ["test", "val"])
def test_any_folder_has_a_test_or_a_validation_folder(read, classes, test):
    root = classes({"train/b": 1, "train/a": 2, f"{test}/a": 1, f"{test}/b": 1})
    (root / "train" / "a" / "notes.txt").write_text("no image")
    assert names(read("folder", "train", root)) == [("a", "000.jpeg"), ("a", "001.jpeg"), ("b", "000.jpeg")]
    assert names(read("folder", "test", root)) == [("a", "000.jpeg"), ("b", "000.jpeg")]


def test_classes_of_the_test_folder_are_those_of_the_training(read, classes):
    root = classes({"train/a": 1, "train/b": 1, "test/a": 1, "test/b": 1, "test/c": 1})
    with pytest.raises(EffbenchError, match=r"test/c is of no class of .*train"):
        read("folder", "test", root)


@pytest.mark.parametrize("lacks", ["train", "test"])
def test_a_class_without_images_is_named(read, classes, lacks):
    root = classes({"train/a": 1, "train/b": 1, "test/a": 1, "test/b": 1})
    (root / lacks / "b" / "000.jpeg").unlink()
    with pytest.raises(EffbenchError, match=f"class b has no images in .*{lacks}.b: the data set is not complete"):
        read("folder", lacks, root)


def test_a_training_folder_without_classes_is_refused(read, tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(EffbenchError, match="has no folders: one per class is wanted"):
        read("folder", "train", tmp_path)


def test_images_are_found_below_and_in_any_case(tmp_path):
    for name in ("b.PNG", "a.jpg", "sub/c.Jpeg", "d.txt", "e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [Path(path).name for path in folders.images_in(tmp_path)] == ["a.jpg", "b.PNG", "c.Jpeg"]
