"""Accuracies of our own trainings: of the same model, data set and size, and never of two recipes together."""

from __future__ import annotations

from fractions import Fraction

import pytest

from effbench.claims.load import paper
from effbench.claims.tables.accuracy import Accuracies, read
from effbench.errors import EffbenchError

ONE_THREE = paper("ravit").claim("table1.ours-1-3.top1")
MINE = {"model": "ravit_cifar10:{}", "dataset": "cifar10"}


def test_the_mean_over_seeds_is_exact(trained_store):
    run = read([trained_store({"1-3": [80, 81, 83]}, **MINE)]).of(ONE_THREE)
    assert run is not None
    assert run.percent == Fraction(244, 3)
    assert run.words == "measured, 3 seeds, 1 epochs at 32²"


def test_top5_is_another_metric(trained_store):
    import dataclasses

    runs = read([trained_store({"1-3": [80]}, **MINE)])
    run = runs.of(dataclasses.replace(ONE_THREE, metric="top5"))
    assert run is not None
    assert run.percent == 99


@pytest.mark.parametrize(
    "other",
    [{"dataset": "digits"}, {"model": "ravit_cifar10:{},width=64"}, {"size": 64}],
)
def test_another_data_set_model_or_size_says_nothing(trained_store, other):
    assert read([trained_store({"1-3": [80]}, **{**MINE, **other})]).of(ONE_THREE) is None


def test_failed_runs_say_nothing(trained_store):
    assert read([trained_store({"1-3": [None]}, **MINE)]).of(ONE_THREE) is None


def test_of_two_recipes_the_longer_one_counts_alone(trained_store):
    trained_store({"1-3": [70, 70, 70]}, epochs=1, **MINE)
    run = read([trained_store({"1-3": [90]}, epochs=400, **MINE)]).of(ONE_THREE)
    assert run is not None
    assert (run.percent, len(run.runs)) == (90, 1)


def test_a_figure_at_a_threshold_has_none_of_ours(trained_store):
    runs = read([trained_store({"1-3": [80]}, **MINE)])
    assert runs.of(paper("ravit").claim("table1.ours-1-3-ee-0-05.top1")) is None


def test_costs_are_not_measured(trained_store):
    runs = read([trained_store({"1-3": [80]}, **MINE)])
    assert runs.of(paper("ravit").claim("table1.ours-1-3.flops")) is None


def test_without_stores_there_is_none():
    assert Accuracies().of(ONE_THREE) is None


def test_a_store_that_is_missing_or_foreign_is_an_error(tmp_path):
    with pytest.raises(EffbenchError, match="no store"):
        read([tmp_path / "none.jsonl"])
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"kind":"profile"}\n')
    with pytest.raises(EffbenchError, match=r"foreign\.jsonl, line 1"):
        read([foreign])
