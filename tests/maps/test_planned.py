"""Networks that a map of a sweep's store shows as missing."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.maps.planned import planned_layers
from effbench.maps.trained_grid import trained_grid
from effbench.maps.trained_runs import read_runs, select
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


@pytest.fixture
def selected(trained_store, tmp_path, monkeypatch):
    """The run of a store whose experiment is a recipe with that many epochs."""
    monkeypatch.setattr(recipes, "FOLDERS", (tmp_path,))

    def select_with(epochs):
        (tmp_path / "a_sweep.toml").write_text(RECIPE.replace("EPOCHS", str(epochs)))
        return select(read_runs(trained_store({"1-1": [60]}), "textures"))

    return select_with


def test_a_map_shows_what_the_sweep_has_yet_to_train(selected):
    runs = selected(epochs=1)
    planned = planned_layers(runs)
    assert planned == {(0, 1), (0, 4), (1, 1), (1, 4)}
    grid = trained_grid(runs, convention("ravit"), planned=planned)
    assert (grid.rows, grid.cols) == ((0, 1), (1, 4))
    assert [cell.name for cell in grid.all_cells if cell.status == "missing"] == ["0-1", "0-4", "1-4"]


def test_a_recipe_that_was_changed_since_is_not_the_plan_of_these_runs(selected):
    assert planned_layers(selected(epochs=2)) == frozenset()


def test_runs_of_no_known_recipe_have_no_plan(selected, tmp_path):
    runs = selected(epochs=1)
    (tmp_path / "a_sweep.toml").unlink()
    assert planned_layers(runs) == frozenset()
