"""Accuracies of our own trainings: of the same model, data set and size, and never of two recipes together."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from effbench.claims.load import paper
from effbench.claims.tables.accuracy import accuracy

ONE_THREE = paper("ravit").claim("table1.ours-1-3.top1")


def test_the_mean_over_seeds_is_exact(training):
    run = accuracy(ONE_THREE, [training(top1=right) for right in (80, 81, 83)])
    assert run is not None
    assert run.percent == Fraction(244, 3)
    assert run.words == "measured, 3 seeds, 400 epochs at 32²"


def test_top5_is_another_metric(training):
    run = accuracy(dataclasses.replace(ONE_THREE, metric="top5"), [training()])
    assert run is not None
    assert run.percent == 99


@pytest.mark.parametrize("other", [{"dataset": "digits"}, {"model": "ravit_cifar10:1-3,width=64"}, {"size": 64}])
def test_another_data_set_model_or_size_says_nothing(training, other):
    assert accuracy(ONE_THREE, [training(**other)]) is None


def test_of_two_recipes_the_longer_one_counts_alone(training):
    short = [training(top1=70, epochs=1, recipe={"epochs": 1}) for _ in range(3)]
    run = accuracy(ONE_THREE, [*short, training(top1=90, recipe={"epochs": 400})])
    assert run is not None
    assert (run.percent, len(run.runs)) == (90, 1)


@pytest.mark.parametrize("id", ["table1.ours-1-3-ee-0-05.top1", "table1.ours-1-3.flops"])
def test_a_figure_at_a_threshold_and_a_cost_have_none_of_ours(training, id):
    claim = paper("ravit").claim(id)
    assert accuracy(claim, [training(model=claim.model)]) is None


def test_without_trainings_there_is_none():
    assert accuracy(ONE_THREE, []) is None
