"""The data sets as data."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.training.data.catalogue import DATASETS, dataset, register

NAMES = [
    "digits",
    "textures",
    "generated",
    "cifar10",
    "fashion-mnist",
    "tiny-imagenet",
    "imagenet",
    "animals10",
    "folder",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_set_fits_together(name):
    known = dataset(name)
    assert known.name == name
    assert known.about
    assert known.get
    assert all(callable(resolve_name(code)) for code in (known.reader, known.checker) if code)
    if known.classes:
        assert len(set(known.classes)) == known.num_classes
    for layout in known.layouts:
        assert layout.wanted("calibration") == layout.wanted("train") == layout.train
        assert layout.wanted("test") == layout.test


def test_the_names_are_those_of_the_recipes():
    assert list(DATASETS) == NAMES


def test_folders_of_animals_are_in_the_order_of_their_names():
    folders = dataset("animals10").layouts[0].train
    assert list(folders) == sorted(folders)


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown data set 'cifar-10'; did you mean cifar10\?"):
        dataset("cifar-10")


def test_a_name_is_registered_once():
    with pytest.raises(EffbenchError, match="data set 'digits' is registered twice"):
        register(dataset("digits"))
