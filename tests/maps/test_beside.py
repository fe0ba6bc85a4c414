"""Trainings beside the accuracies that the paper's tables print."""

from __future__ import annotations

import pytest

from effbench.maps.beside import beside_paper, beside_table
from effbench.stats.binomial import wilson
from effbench.training.sweep.runs import trainings

pytest.importorskip("scipy")

PRINTED = {"vit_cifar10:3": "82.3", "ravit_cifar10:1-3": "84.9"}


@pytest.fixture
def rows(trained_store):
    """Several schedules of the paper's networks, and networks that are none of them."""
    paper = {"model": "ravit_cifar10:{}", "dataset": "cifar10"}
    trained_store({"1-3": [80]}, epochs=100, **paper)
    trained_store({"1-3": [60, 64], "0-3": [50], "2-2": [99]}, epochs=12, **paper)
    trained_store({"1-3": [30]}, dataset="cifar10", epochs=400)  # narrower than the paper's
    path = trained_store({"3": [70]}, model="vit_cifar10:{}", dataset="cifar10", epochs=60)
    return beside_paper(trainings([path]), "cifar10", PRINTED)


def test_every_schedule_of_a_published_network_is_a_row_of_its_own(rows):
    assert [(one.model, one.epochs, one.seeds, one.published_percent) for one in rows] == [
        ("ravit_cifar10:0-3", 12, (0,), "82.3"),
        ("vit_cifar10:3", 60, (0,), "82.3"),
        ("ravit_cifar10:1-3", 12, (0, 1), "84.9"),
        ("ravit_cifar10:1-3", 100, (0,), "84.9"),
    ]
    assert {one.published_epochs for one in rows} == {400}


def test_an_interval_is_over_seeds_or_of_the_images(rows):
    found = {(one.model, one.epochs): one for one in rows}
    two, one = found["ravit_cifar10:1-3", 12], found["ravit_cifar10:1-3", 100]
    # t(0.975; 1) = 12.706, deviation 2.828 points: 62 +- 25.4
    assert (two.accuracy, two.low, two.high) == pytest.approx((0.62, 0.62 - 0.25412, 0.62 + 0.25412), abs=1e-4)
    assert (one.low, one.high) == wilson(80, 100)


def test_the_table_says_that_short_schedules_are_not_the_paper_s(rows):
    assert "12, 60, 100 epochs are not 400: those are other trainings." in beside_table(rows, "cifar10", "table")
    assert beside_paper([], "textures", PRINTED) == []
