"""Runs of a store: those on one data set, of one recipe but for layers and seeds."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.errors import EffbenchError, UnknownName
from effbench.maps.grid import trained_grid
from effbench.maps.planned import planned_layers
from effbench.maps.selection import read_trainings, select
from effbench.training import recipes

RECIPE = """
source = "a test"
model = "ravit_cifar10:{b1}-{b2},width=64"
[data]
name = "textures"
size = 32
[training]
epochs = EPOCHS
[sweep]
b1 = [0, 1]
b2 = [1, 4]
"""


def layers_of(selected):
    return [network.layers for network in selected.networks]


def rights(selected, layers):
    """Test images that each run of a network got right."""
    return [run.exits[-1].top1 for run in selected.runs[layers]]


def test_runs_of_other_data_sets_are_left_out(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"1-2": [90]}, dataset="digits")
    assert layers_of(select(read_trainings(path, "digits"))) == [(1, 2)]


def test_the_network_is_that_of_the_recipe_s_image_side(trained_store):
    # 64² in patches of 4: 16² = 256 of them and the class token; half the side for the coarse branch.
    (network,) = select(read_trainings(trained_store({"1-1": [60]}, size=64), "textures")).networks
    assert network.model.spec.tokens == (65, 257)


def test_models_that_are_no_ravit_are_named(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"4": [60]}, model="vit_cifar10:{}")
    assert select(read_trainings(path, "textures")).others == ("vit_cifar10:4",)


def test_a_plain_vit_of_the_same_recipe_and_shape_is_on_the_map(trained_store):
    trained_store({"1-3": [60]})
    path = trained_store({"4": [70]}, model="vit_cifar10:{},width=64")
    found = select(read_trainings(path, "textures"))
    assert layers_of(found) == [(1, 3), (0, 4)]
    assert (found.plain, found.others) == (("vit_cifar10:4,width=64",), ())


def test_a_plain_vit_of_another_recipe_is_not(trained_store):
    trained_store({"1-3": [60]})
    path = trained_store({"4": [70]}, model="vit_cifar10:{},width=64", epochs=9)
    found = select(read_trainings(path, "textures"))
    assert (layers_of(found), found.others) == ([(1, 3)], ("vit_cifar10:4,width=64",))


def test_a_plain_vit_does_not_mix_with_the_ravit_it_is(trained_store):
    trained_store({"1-3": [60], "0-4": [61]})
    path = trained_store({"4": [70, 71]}, model="vit_cifar10:{},width=64")
    found = select(read_trainings(path, "textures"))
    assert [rights(found, layers) for layers in ((1, 3), (0, 4))] == [[60], [61]]
    assert found.others == ("vit_cifar10:4,width=64",)


def test_a_store_without_a_ravit_is_an_error_that_names_what_it_has(trained_store):
    path = trained_store({"4": [60]}, model="vit_cifar10:{}")
    with pytest.raises(EffbenchError, match="the store has none; it has vit_cifar10:4"):
        select(read_trainings(path, "textures"))


def test_two_recipes_are_an_error_that_says_how_to_choose(trained_store):
    trained_store({"1-1": [60]}, experiment="short")
    path = trained_store({"1-1": [70]}, experiment="long", epochs=9)
    found = read_trainings(path, "textures")
    choose = (
        r"2 recipes besides layers, which differ in training.epochs \(1, 9\): choose with --experiment long or short"
    )
    with pytest.raises(EffbenchError, match=choose):
        select(found)
    assert rights(select(found, experiment="long"), (1, 1)) == [70]
    assert rights(select(found, where={"training.epochs": "1"}), (1, 1)) == [60]


def test_of_two_recipes_the_one_with_more_networks_is_the_map(trained_store):
    trained_store({"1-1": [60, 61], "1-2": [62]}, experiment="short")
    path = trained_store({"1-1": [70, 71, 72]}, experiment="long", epochs=9)
    found = select(read_trainings(path, "textures"))
    assert {layers: len(runs) for layers, runs in found.runs.items()} == {(1, 1): 2, (1, 2): 1}
    assert found.other_recipes == {"long": 1}


def test_networks_of_another_width_are_another_recipe(trained_store):
    trained_store({"1-1": [60]})
    path = trained_store({"1-1": [70]}, model="ravit_cifar10:{},width=32")
    found = read_trainings(path, "textures")
    with pytest.raises(EffbenchError, match=r"differ in model.width \(32, 64\): choose with --where KEY=VALUE"):
        select(found)
    assert [one.model.spec.width for one in select(found, where={"model.width": "32"}).networks] == [32]


def test_what_is_written_otherwise_and_means_the_same_is_one_recipe(trained_store):
    # 128 is the width of ravit_cifar10 itself, and layers= is what stands first in a name.
    trained_store({"1-1": [60]}, model="ravit_cifar10:{}")
    path = trained_store({"1-2": [60]}, model="ravit_cifar10:width=128,layers={}")
    assert layers_of(select(read_trainings(path, "textures"))) == [(1, 1), (1, 2)]


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
        select(read_trainings(trained_store({"1-1": [60]}), "textures"), **options)


def test_a_missing_store_says_how_one_is_made(tmp_path):
    with pytest.raises(EffbenchError, match=r"no file .*results\.jsonl; make it with effbench sweep experiments/"):
        read_trainings(tmp_path / "results.jsonl", "textures")


def test_a_store_of_other_data_sets_names_them(trained_store):
    with pytest.raises(EffbenchError, match="has no run on digits; it has: textures"):
        read_trainings(trained_store({"1-1": [60]}), "digits")


def test_seeds_that_another_experiment_added_are_of_the_same_recipe(trained_store):
    trained_store({"1-1": [60]}, experiment="first")
    path = trained_store({"1-1": [None, 61]}, experiment="more")
    found = read_trainings(path, "textures")
    assert (rights(select(found), (1, 1)), select(found).experiments) == ([60, 61], ["first", "more"])
    assert rights(select(found, experiment="more"), (1, 1)) == [61]


@pytest.fixture
def selected(trained_store, tmp_path, monkeypatch):
    """The run of a store whose experiment is a recipe with that many epochs."""
    monkeypatch.setattr(recipes, "FOLDERS", (tmp_path,))

    def select_with(epochs):
        (tmp_path / "a_sweep.toml").write_text(RECIPE.replace("EPOCHS", str(epochs)))
        return select(read_trainings(trained_store({"1-1": [60]}), "textures"))

    return select_with


def test_a_map_shows_what_the_sweep_has_yet_to_train(selected):
    runs = selected(epochs=1)
    planned = planned_layers(runs)
    assert planned == {(0, 1), (0, 4), (1, 1), (1, 4)}
    grid = trained_grid(runs, convention("ravit"), planned=planned)
    assert (grid.axes.rows, grid.axes.cols) == ((0, 1), (1, 4))
    assert [cell.name for cell in grid.cells if cell.status == "missing"] == ["0-1", "0-4", "1-4"]


def test_a_recipe_that_was_changed_since_is_not_the_plan_of_these_runs(selected):
    assert planned_layers(selected(epochs=2)) == frozenset()


def test_runs_of_no_known_recipe_have_no_plan(selected, tmp_path):
    runs = selected(epochs=1)
    (tmp_path / "a_sweep.toml").unlink()
    assert planned_layers(runs) == frozenset()
