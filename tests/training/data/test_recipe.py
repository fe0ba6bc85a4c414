"""What a recipe may say of its images."""

from __future__ import annotations

import pytest

from effbench.errors import SpecError, UnknownName
from effbench.training.data.catalogue import normalisations
from effbench.training.data.recipe import DataRecipe
from effbench.training.data.source import steps_of


def test_the_papers_recipes_are_valid():
    DataRecipe(name="cifar10", size=32, crop_padding=4, flip=0.5, normalise="cifar10", calibration=0.1).validate()
    DataRecipe(name="imagenet", size=224, resize=256, flip=0.5, vertical_flip=0.5, rotation=15.0).validate()


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"batch": 0},
        {"workers": -1},
        {"crop_padding": 9},
        {"resize": 7},
        {"flip": 1.5},
        {"vertical_flip": -0.1},
        {"rotation": 181.0},
        {"calibration": 0.95},
        {"calibration": float("nan")},
        {"random_resized_crop": 0.0},
        {"random_resized_crop": 1.1},
    ],
)
def test_impossible_values_are_named(wrong):
    with pytest.raises(SpecError, match=f"data.{next(iter(wrong))}"):
        DataRecipe(**{"name": "digits", "size": 8} | wrong).validate()


def test_an_unknown_normalisation_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean imagenet"):
        DataRecipe(name="digits", size=8, normalise="imagnet").validate()
    assert all(std > 0 for _, stds in normalisations().values() for std in stds)


def test_an_epoch_has_full_batches_but_at_least_one():
    assert [steps_of(images, 10) for images in (3, 10, 19, 20)] == [1, 1, 1, 2]
