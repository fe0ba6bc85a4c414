"""The data sets as data."""

from __future__ import annotations

import pytest

from effbench.errors import UnknownName
from effbench.training.data.catalogue import ANIMALS, DATASETS, PARTS, dataset


def test_the_names_are_those_of_the_recipes():
    assert list(DATASETS) == [
        "digits",
        "textures",
        "generated",
        "cifar10",
        "tiny-imagenet",
        "imagenet",
        "animals10",
        "folder",
    ]
    assert all(known.name == name for name, known in DATASETS.items())


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_said_of_a_set_fits_together(name):
    known = dataset(name)
    assert known.about
    assert known.get
    if known.classes:
        assert len(set(known.classes)) == known.num_classes
    for layout in known.layouts:
        assert layout.wanted("calibration") == layout.wanted("train") == layout.train
        assert layout.wanted("test") == layout.test


def test_folders_of_animals_are_in_the_order_of_their_names():
    assert list(ANIMALS) == sorted(ANIMALS)
    assert PARTS == ("train", "calibration", "test")


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown data set 'cifar-10'; did you mean cifar10\?"):
        dataset("cifar-10")
