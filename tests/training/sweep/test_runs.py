"""Recipes with the runs of their seeds, from stores of sweeps."""

from __future__ import annotations

import json

import pytest

from effbench.errors import EffbenchError
from effbench.training.sweep.runs import trainings


def rights(training):
    """Seed -> test images it got right at the last exit; None for a failed run."""
    return {run.seed: run.exits[-1].top1 if run.done else None for run in training.runs}


def test_seeds_of_one_recipe_are_together_in_the_order_of_the_store(trained_store):
    trained_store({"1-1": [60, None], "1-2": [70]})
    first, second, other = trainings([trained_store({"1-1": [80]}, epochs=9)])
    assert [rights(one) for one in (first, second, other)] == [{0: 60, 1: None}, {0: 70}, {0: 80}]
    assert (first.model, first.dataset, first.size, first.epochs) == ("ravit_cifar10:1-1,width=64", "textures", 32, 1)
    assert (other.recipe["training"]["epochs"], other.epochs) == (9, 9)
    assert first.runs[1].reason == "the loss is NaN"
    assert [run.seed for run in first.judged] == [0]


def test_a_run_that_was_tried_again_counts_as_done(trained_store):
    trained_store({"1-1": [None]})
    trained_store({"1-1": [60]})
    (found,) = trainings([trained_store({"1-1": [None]})])
    assert rights(found) == {0: 60}


def test_of_two_that_are_done_the_first_counts_whatever_store_it_is_in(trained_store, tmp_path):
    one = trained_store({"1-1": [60]}).rename(tmp_path / "one.jsonl")
    other = trained_store({"1-1": [61, 62]})
    (found,) = trainings([one, other])
    assert (rights(found), [run.file for run in found.runs]) == ({0: 60, 1: 62}, [one, other])
    assert rights(trainings([other.parent, one])[0]) == {0: 61, 1: 62}  # a folder stands for its store


def test_what_is_kept_of_the_first_run_is_of_the_line_that_counts(trained_store):
    path = trained_store({"1-1": [None]})
    path.write_text(path.read_text().replace('"conditions":{}', '"conditions":{"cpu":"the first"}'))
    path = trained_store({"1-1": [60]})
    path.write_text(path.read_text().replace('"conditions":{}', '"conditions":{"cpu":"the second"}'))
    assert [run.conditions for run in trainings([path])[0].runs] == [{"cpu": "the second"}]


def test_recipes_whose_keys_are_in_another_order_are_one(trained_store):
    path = trained_store({"1-1": [60, 61]})
    first, second = map(json.loads, path.read_text().splitlines())
    second["recipe"] = dict(reversed(second["recipe"].items()))
    path.write_text("".join(json.dumps(one) + "\n" for one in (first, second)))
    assert [rights(one) for one in trainings([path])] == [{0: 60, 1: 61}]


def test_a_store_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(EffbenchError, match=r"no store .*none\.jsonl"):
        trainings([tmp_path / "none.jsonl"])


@pytest.mark.parametrize("line", ['{"kind": "visit"}', "[]", "no JSON"])
def test_a_line_that_is_not_a_training_is_an_error(trained_store, line):
    path = trained_store({"1-1": [60]})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(EffbenchError, match="line 2"):
        trainings([path])


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["recipe"]["data"].pop("size"),
        lambda entry: entry.pop("seed"),
        lambda entry: entry.update(exits=[{"images": 100}]),
        lambda entry: entry["exits"][0].update(top1=101),
        lambda entry: entry["exits"][0].update(top1="60"),
    ],
    ids=["no image side", "no seed", "no metrics", "more right than judged", "text"],
)
def test_a_training_with_a_value_that_cannot_be_is_an_error(trained_store, change):
    path = trained_store({"1-1": [60]})
    entry = json.loads(path.read_text())
    change(entry)
    path.write_text(json.dumps(entry) + "\n")
    with pytest.raises(EffbenchError, match=r"line 1 is (not a training|no result of a sweep)"):
        trainings([path])


def test_a_line_that_a_crash_left_unfinished_counts_for_nothing(trained_store):
    path = trained_store({"1-1": [60]})
    path.write_text(path.read_text() + '{"kind": "training", "mod')
    assert [rights(one) for one in trainings([path])] == [{0: 60}]
