"""Where files are looked for, and what is said when they are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from effbench.errors import EffbenchError
from effbench.training.data.catalogue import DATASETS
from effbench.training.data.dataset import PARTS
from effbench.training.data.places import find, missing

CIFAR = DATASETS["cifar10"]
ON_DISK = [name for name, known in DATASETS.items() if known.layouts]


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    """No package of the operating system has brought a data set."""
    for name in ON_DISK:
        monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], system=""))


@pytest.mark.parametrize("inside", ["", "cifar10", "cifar-10-batches-py"])
def test_found_in_the_root_below_the_name_or_as_the_folder_itself(cifar, inside):
    root = cifar()
    base = root / "cifar-10-batches-py"
    if inside == "cifar10":
        base = root / "cifar10" / "cifar-10-batches-py"
        base.parent.mkdir()
        (root / "cifar-10-batches-py").rename(base)
    given = root / inside if inside.startswith("cifar-") else root
    assert find(CIFAR, "train", given) == (base, CIFAR.layouts[0])


def test_a_part_needs_its_own_files_only(cifar):
    root = cifar()
    (root / "cifar-10-batches-py" / "data_batch_3").unlink()
    assert find(CIFAR, "test", root)[0].name == "cifar-10-batches-py"
    for part in ("train", "calibration"):
        with pytest.raises(EffbenchError, match=r"data_batch_3 missing"):
            find(CIFAR, part, root)


def test_the_most_complete_layout_is_the_one_complained_about(cifar):
    root = cifar(kind="bin")
    (root / "cifar-10-batches-bin" / "data_batch_2.bin").unlink()
    with pytest.raises(EffbenchError) as caught:
        find(CIFAR, "train", root)
    assert f"not there: {root / 'cifar-10-batches-bin' / 'data_batch_2.bin'} missing" in str(caught.value)


@pytest.mark.parametrize("name", ON_DISK)
@pytest.mark.parametrize("part", PARTS)
def test_an_empty_folder_gets_every_path_and_where_to_get_it(tmp_path, name, part):
    with pytest.raises(EffbenchError) as caught:
        find(DATASETS[name], part, tmp_path)
    message = str(caught.value)
    first = DATASETS[name].layouts[0]
    assert str(tmp_path / first.folder / first.wanted(part)[0]) in message
    assert DATASETS[name].get in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ON_DISK)
def test_no_folder_given_asks_for_one(name):
    with pytest.raises(
        EffbenchError, match=f"data set {name} is read from disk: give its folder, --data DIR, with DIR"
    ):
        find(DATASETS[name], "train", None)


def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path):
    tiny = DATASETS["tiny-imagenet"].layouts[0]
    (tmp_path / "train").touch()
    (tmp_path / "wnids.txt").mkdir()
    assert missing(tiny, tmp_path, "train") == ["wnids.txt", "train/"]


def test_a_root_that_does_not_exist_is_an_error_like_any_other():
    with pytest.raises(EffbenchError, match="no/such/folder/cifar-10-batches-py"):
        find(CIFAR, "train", Path("no/such/folder"))
