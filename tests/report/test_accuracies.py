"""Trainings of ours as the tables take them: read from stores of sweeps."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from effbench.errors import EffbenchError
from effbench.report.accuracies import trainings

MINE = {"model": "ravit_cifar10:{}", "dataset": "cifar10", "epochs": 400}


def test_a_finished_training_has_its_accuracies_and_what_it_was_made_by(trained_store):
    (one,) = trainings([trained_store({"1-3": [80]}, **MINE)])
    assert (one.model, one.dataset, one.size, one.epochs, one.seed) == ("ravit_cifar10:1-3", "cifar10", 32, 400, 0)
    assert (one.top1, one.top5) == (Fraction(80), Fraction(99))
    assert one.recipe["data"]["name"] == "cifar10"
    assert (one.experiment, one.store.endswith("results.jsonl")) == ("a_sweep", True)


def test_the_folder_of_a_sweep_is_its_store(trained_store):
    path = trained_store({"1-3": [80, 81]}, **MINE)
    assert trainings([path.parent]) == trainings([path])


def test_failed_runs_say_nothing(trained_store):
    assert trainings([trained_store({"1-3": [None]}, **MINE)]) == []


def test_a_store_that_is_missing_or_foreign_is_an_error(tmp_path):
    with pytest.raises(EffbenchError, match="no store"):
        trainings([tmp_path / "none.jsonl"])
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"kind":"profile"}\n')
    with pytest.raises(EffbenchError, match=r"foreign\.jsonl, line 1"):
        trainings([foreign])


def test_a_run_that_does_not_say_what_it_was_trained_on_is_an_error(trained_store):
    path = trained_store({"1-3": [80]}, **MINE)
    entry = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**entry, "recipe": {"data": {}}}) + "\n", encoding="utf-8")
    with pytest.raises(EffbenchError, match="line 1 is not a training of a sweep"):
        trainings([path])
