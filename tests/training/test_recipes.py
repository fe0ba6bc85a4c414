"""Recipes by name, and what they will cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from effbench.errors import EffbenchError, SpecError, UnknownName
from effbench.models.registry import resolve
from effbench.training import recipes
from effbench.training.loop.recipe_file import recipe_of
from effbench.training.recipes import exit_macs, find_recipe, plan_of, read_recipe

RECIPE = 'source = "s"\nmodel = "{}"\n[data]\nname = "digits"\nsize = 32\nbatch = 100\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text(RECIPE.format("ravit_cifar10:1-3"))
    monkeypatch.setattr(recipes, "FOLDERS", (tmp_path,))
    return tmp_path


def test_a_name_is_looked_for_and_a_path_is_taken(folder):
    assert find_recipe("mine") == folder / "mine.toml"
    assert find_recipe("elsewhere/x.toml") == Path("elsewhere/x.toml")
    with pytest.raises(UnknownName, match="unknown recipe 'mina'; did you mean mine"):
        find_recipe("mina")


def test_what_is_here_comes_before_what_is_installed(folder, tmp_path, monkeypatch):
    (tmp_path / "installed").mkdir()
    for name in ("mine", "more"):
        (tmp_path / "installed" / f"{name}.toml").touch()
    monkeypatch.setattr(recipes, "FOLDERS", (folder, tmp_path / "installed"))
    assert find_recipe("mine") == folder / "mine.toml"
    assert find_recipe("more") == tmp_path / "installed" / "more.toml"


def test_nowhere_to_look(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "FOLDERS", (tmp_path / "none",))
    with pytest.raises(EffbenchError, match="there is no folder experiments here"):
        find_recipe("mine")


def test_a_recipe_is_called_as_its_file_and_may_be_changed(folder):
    recipe = read_recipe("mine", ["training.epochs=7"])
    assert (recipe.name, recipe.training.epochs) == ("mine", 7)


def test_places_that_a_sweep_fills(folder):
    (folder / "grid.toml").write_text(RECIPE.format("ravit_cifar10:{a}-1"))
    with pytest.raises(SpecError, match=r"effbench sweep .*grid.toml trains every cell of it, --set model=NAME one"):
        read_recipe("grid")
    assert read_recipe("grid", ["model=ravit_cifar10:2-1"]).model == "ravit_cifar10:2-1"


def test_the_cost_of_every_exit_is_cumulative(folder):
    """RAViT 1-3 on 32²: its last exit costs what the model does."""
    first, last = exit_macs(read_recipe("mine"))
    counts = [counts.by_kind() for counts in resolve("ravit_cifar10:1-3").exits()]
    products = [sum(n for kind, n in kinds.items() if kind.startswith("mac_")) for kinds in counts]
    assert [first, last] == products


def test_a_plan_of_digits(folder):
    """1,437 training images are 14 batches of 100; 3 epochs of them."""
    plan = plan_of(read_recipe("mine", ["training.epochs=3"]))
    assert (plan.images, plan.steps, len(plan.exits)) == (1437, 42, 2)
    assert plan.flops == pytest.approx(3 * 2 * plan.exits[-1] * 1437 * 3, rel=0.01)  # and the bias additions


def test_a_batch_larger_than_the_set_is_one_step(folder):
    assert plan_of(read_recipe("mine", ["data.batch=2000", "training.epochs=5"])).steps == 5


def test_a_codec_has_no_exits():
    table = {
        "source": "s",
        "model": "bmshj2018_factorized:1",
        "task": "compress",
        "data": {"name": "digits", "size": 32, "normalise": "none"},
    }
    assert exit_macs(recipe_of(table, "r")) == ()


def test_every_committed_recipe_is_possible():
    """Keys, values, model and cost; those with places are a sweep's."""
    files = sorted((Path(__file__).parents[2] / "experiments").glob("*.toml"))
    assert files
    for path in files:
        if "{" not in path.read_text().split("[", 1)[0]:
            plan_of(read_recipe(str(path)))
