"""Runs of a store: those on one data set, of one recipe but for layers and seeds."""

from __future__ import annotations

import json

import pytest

from effbench.errors import EffbenchError, UnknownName
from effbench.maps.trained_runs import read_runs, select


def layers_of(selected):
    return [run.spec.layers for run in selected.runs]


def test_runs_of_other_data_sets_are_left_out(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"1-2": [90]}, dataset="digits")
    assert layers_of(select(read_runs(path, "digits"))) == [(1, 2)]


def test_a_failed_run_that_was_tried_again_counts_as_done(trained_store):
    trained_store({"1-1": [None]})
    path = trained_store({"1-1": [60]})
    (run,) = select(read_runs(path, "textures")).runs
    assert run.outcome.status == "done"


def test_a_failure_after_success_does_not_count(trained_store):
    trained_store({"1-1": [60]})
    (run,) = select(read_runs(trained_store({"1-1": [None]}), "textures")).runs
    assert run.outcome.exits[-1].top1 == 60


def test_the_network_is_that_of_the_recipe_s_image_side(trained_store):
    # 64² in patches of 4: 16² = 256 of them and the class token; half the side for the coarse branch.
    (run,) = select(read_runs(trained_store({"1-1": [60]}, size=64), "textures")).runs
    assert run.spec.tokens == (65, 257)


def test_models_that_are_no_ravit_are_named(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"4": [60]}, model="vit_cifar10:{}")
    assert select(read_runs(path, "textures")).others == ("vit_cifar10:4",)


def test_a_plain_vit_of_the_same_recipe_and_shape_is_on_the_map(trained_store):
    trained_store({"1-3": [60]})
    path = trained_store({"4": [70]}, model="vit_cifar10:{},width=64")
    found = select(read_runs(path, "textures"))
    assert layers_of(found) == [(1, 3), (0, 4)]
    assert (found.plain, found.others) == (("vit_cifar10:4,width=64",), ())


def test_a_plain_vit_of_another_recipe_is_not(trained_store):
    trained_store({"1-3": [60]})
    path = trained_store({"4": [70]}, model="vit_cifar10:{},width=64", epochs=9)
    found = select(read_runs(path, "textures"))
    assert (layers_of(found), found.others) == ([(1, 3)], ("vit_cifar10:4,width=64",))


def test_a_plain_vit_does_not_mix_with_the_ravit_it_is(trained_store):
    trained_store({"1-3": [60], "0-4": [61]})
    path = trained_store({"4": [70, 71]}, model="vit_cifar10:{},width=64")
    found = select(read_runs(path, "textures"))
    assert [run.outcome.exits[-1].top1 for run in found.runs] == [60, 61]
    assert found.others == ("vit_cifar10:4,width=64",)


def test_a_store_without_a_ravit_is_an_error_that_names_what_it_has(trained_store):
    path = trained_store({"4": [60]}, model="vit_cifar10:{}")
    with pytest.raises(EffbenchError, match="the store has none; it has vit_cifar10:4"):
        select(read_runs(path, "textures"))


def test_two_recipes_are_an_error_that_says_how_to_choose(trained_store):
    trained_store({"1-1": [60]}, experiment="short")
    path = trained_store({"1-1": [70]}, experiment="long", epochs=9)
    found = read_runs(path, "textures")
    choose = (
        r"2 recipes besides layers, which differ in training.epochs \(1, 9\): choose with --experiment long or short"
    )
    with pytest.raises(EffbenchError, match=choose):
        select(found)
    assert select(found, experiment="long").runs[0].outcome.exits[-1].top1 == 70
    assert select(found, where={"training.epochs": "1"}).runs[0].outcome.exits[-1].top1 == 60


def test_of_two_recipes_the_one_with_more_networks_is_the_map(trained_store):
    trained_store({"1-1": [60, 61], "1-2": [62]}, experiment="short")
    path = trained_store({"1-1": [70, 71, 72]}, experiment="long", epochs=9)
    found = select(read_runs(path, "textures"))
    assert layers_of(found) == [(1, 1), (1, 1), (1, 2)]
    assert found.other_recipes == {"long": 1}


def test_networks_of_another_width_are_another_recipe(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"1-1": [70]}, model="ravit_cifar10:{},width=32")
    found = read_runs(path, "textures")
    with pytest.raises(EffbenchError, match=r"differ in model.width \(32, 64\): choose with --where KEY=VALUE"):
        select(found)
    assert [run.spec.width for run in select(found, where={"model.width": "32"}).runs] == [32]


def test_what_is_written_otherwise_and_means_the_same_is_one_recipe(trained_store):
    # 128 is the width of ravit_cifar10 itself, and layers= is what stands first in a name.
    trained_store({"1-1": [60]}, model="ravit_cifar10:{}")
    path = trained_store({"1-2": [60]}, model="ravit_cifar10:width=128,layers={}")
    assert layers_of(select(read_runs(path, "textures"))) == [(1, 1), (1, 2)]


@pytest.mark.parametrize(
    ("options", "kind", "problem"),
    [
        ({"experiment": "a_swep"}, UnknownName, "unknown experiment of this store 'a_swep'; did you mean a_sweep"),
        ({"where": {"training.epoch": "1"}}, UnknownName, "unknown recipe key 'training.epoch'; .*training.epochs"),
        ({"where": {"training.epochs": "2"}}, EffbenchError, "no run has training.epochs=2; there is 1"),
    ],
)
def test_a_choice_that_leaves_nothing_is_an_error(trained_store, options, kind, problem):
    with pytest.raises(kind, match=problem):
        select(read_runs(trained_store({"1-1": [60]}), "textures"), **options)


def test_a_missing_store_says_how_one_is_made(tmp_path):
    with pytest.raises(EffbenchError, match=r"no file .*results\.jsonl; make it with effbench sweep experiments/"):
        read_runs(tmp_path / "results.jsonl", "textures")


def test_a_store_of_other_data_sets_names_them(trained_store):
    with pytest.raises(EffbenchError, match="has no run on digits; it has: textures"):
        read_runs(trained_store({"1-1": [60]}), "digits")


@pytest.mark.parametrize("line", ['{"kind": "visit"}', "[]", "no JSON"])
def test_a_line_that_is_no_training_is_an_error(trained_store, line):
    path = trained_store({"1-1": [60]})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(EffbenchError, match="line 2"):
        read_runs(path, "textures")


def test_a_run_without_its_data_is_an_error(trained_store):
    path = trained_store({"1-1": [60]})
    entry = json.loads(path.read_text())
    del entry["recipe"]["data"]["size"]
    path.write_text(json.dumps(entry) + "\n")
    with pytest.raises(EffbenchError, match="does not say what it was trained on"):
        read_runs(path, "textures")


def test_a_line_that_a_crash_left_unfinished_counts_for_nothing(trained_store):
    path = trained_store({"1-1": [60]})
    path.write_text(path.read_text() + '{"kind": "training", "mod')
    assert len(read_runs(path, "textures")) == 1
