"""From a recipe to its trials."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.training.loop.recipe_file import recipe_of
from effbench.training.recipes import training_flops
from effbench.training.sweep.plan import plan, plan_file


def test_cells_times_seeds(small):
    assert [trial.name for trial in small.trials] == [
        "b1=0, b2=1, seed 0",
        "b1=0, b2=1, seed 1",
        "b1=1, b2=0, seed 0",
        "b1=1, b2=0, seed 1",
        "b1=1, b2=1, seed 0",
        "b1=1, b2=1, seed 1",
    ]
    assert small.trials[0].recipe.model == "ravit_cifar10:0-1,width=16,num_heads=2"
    assert (small.name, small.seeds, len(small.cells)) == ("small", (0, 1), 3)


def test_a_trial_is_called_by_what_determines_its_result(small, table):
    # The key of a cell is that of the recipe a person would write for it alone.
    alone = recipe_of(table(model="ravit_cifar10:0-1,width=16,num_heads=2"), "another name")
    assert small.trials[1].key == alone.key(1)
    assert len({trial.key for trial in small.trials}) == 6


def test_seeds_and_limit_are_chosen(table):
    sweep = plan(table(), "small", seeds=[7], limit=2)
    assert [(trial.cell, trial.seed) for trial in sweep.trials] == [({"b1": 0, "b2": 1}, 7), ({"b1": 1, "b2": 0}, 7)]


def test_a_file_gives_the_sweep_its_name(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text('source = "s"\nmodel = "ravit_cifar10:1-1"\ndata = { name = "digits", size = 32 }\n')
    sweep = plan_file(path)
    assert (sweep.name, sweep.cells, sweep.seeds) == ("grid", ({},), (0,))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep": {"b1": [0, 1], "b2": [0, 1]}}, "1 of 4 cells cannot be trained: b1=0, b2=0 ("),
        ({"data": {"name": "digits", "size": 18}}, "3 of 3 cells cannot be trained"),
        ({"model": "ravit_cifar:{b1}-{b2}"}, "did you mean ravit_cifar10"),
        ({"optimiser": {"learning_rate": 1}}, "unknown key of optimiser 'learning_rate'"),
        ({"training": {"seeds": [-1]}}, "training.seeds must be one or more different numbers from 0"),
        ({"sweep": {"b1": [1], "b2": [1], "exclude": [{"b1": 1}]}}, "sweep.exclude leaves no cell"),
        (
            {"sweep": {"b1": [1], "b2": [1], "training.compile": [True, False]}},
            "training.compile=yes, seed 0 and b1=1, b2=1, training.compile=no, seed 0 are the same training",
        ),
        ({"sweep": {"b1": [1], "b2": [1], "optimiser.lr": ["fast"]}}, "optimiser.lr must be a number, got 'fast'"),
    ],
)
def test_what_cannot_be_is_found_before_anything_runs(changes, message, table):
    with pytest.raises(EffbenchError) as caught:
        plan(table(**changes), "small")
    assert message in str(caught.value)


def test_many_impossible_cells_are_counted_and_the_first_named(table):
    sizes = {"b1": [1], "b2": [1], "data.size": [9, 10, 11, 13, 14, 15, 17, 16]}
    with pytest.raises(SpecError) as caught:
        plan(table(sweep=sizes), "small")
    assert str(caught.value).startswith("7 of 8 cells cannot be trained: b1=1, b2=1, data.size=9 (")
    assert " and 2 more; sweep.exclude leaves cells out" in str(caught.value)


@pytest.mark.parametrize("limit", [0, 4])
def test_a_limit_is_between_one_and_all(limit, table):
    with pytest.raises(SpecError, match="limit must be between 1 and 3"):
        plan(table(), "small", limit=limit)


def test_an_unknown_model_of_an_axis_is_named(table):
    with pytest.raises(SpecError, match="did you mean vit_cifar10"):
        plan(table(model="x", sweep={"model": ["vit_cifar:3"]}), "small")


def test_cost_is_three_forward_passes_of_every_image(table):
    # RAViT 1-3 at 32 pixels, 128 wide. Per layer 12 L D^2 + 2 L^2 D MACs: 3,416,320 of 17 tokens, 13,861,120 of 65.
    # Patch embedding 16 * 48 * 128 + 64 * 48 * 128 = 491,520, heads 2 * 128 * 10 = 2,560. In all 45,493,760 MACs.
    recipe = recipe_of(
        table(model="ravit_cifar10:1-3", data={"name": "digits", "size": 32}, training={"epochs": 2}), "x"
    )
    assert training_flops(recipe) == 3 * 2 * 45_493_760 * 1437 * 2


def test_a_codec_has_no_known_cost(table):
    recipe = recipe_of(table(model="bmshj2018_factorized:1", task="compress"), "x")
    assert training_flops(recipe) is None


def test_a_codec_is_not_looked_for_among_the_models(table):
    data = {"name": "digits", "size": 32, "normalise": "none"}
    codec = table(model="bmshj2018_factorized:1", task="compress", data=data, sweep={})
    assert len(plan(codec, "codec").trials) == 2
    with pytest.raises(SpecError, match="needs a quality"):
        plan({**codec, "model": "bmshj2018_factorized"}, "codec")


def test_an_unknown_key_of_a_recipe_names_the_nearest(table):
    with pytest.raises(UnknownName, match="did you mean data"):
        plan({**table(), "dat": 1}, "small")
