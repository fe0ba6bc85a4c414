"""Axes, cells, and the recipe of a cell."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import SpecError, UnknownName
from effbench.training.sweep.axes import axes_of, cells_of, recipe_keys, shown, table_of


def cells(table):
    return cells_of(table, axes_of(table))


def test_the_cells_of_the_module_s_own_example():
    # 3 x 3 x 2 = 18 combinations, of which b1=0, b2=0 with either rate are left out: 16.
    table = tomllib.loads(
        """
        model = "ravit_cifar10:{b1}-{b2},width=64"
        [sweep]
        b1 = [0, 1, 2]
        b2 = [0, 1, 2]
        optimiser.lr = [1e-3, 3e-3]
        exclude = [{ b1 = 0, b2 = 0 }]
        """
    )
    found = cells(table)
    assert list(axes_of(table)) == ["b1", "b2", "optimiser.lr"]
    assert len(found) == 16
    assert found[0] == {"b1": 0, "b2": 1, "optimiser.lr": 1e-3}
    assert found[1] == {"b1": 0, "b2": 1, "optimiser.lr": 3e-3}


def test_a_dotted_key_in_quotes_is_the_same_axis():
    assert axes_of(tomllib.loads('[sweep]\n"optimiser.lr" = [1.0]')) == axes_of(
        tomllib.loads("[sweep]\noptimiser.lr = [1.0]")
    )


def test_values_stand_in_the_model_s_name_and_in_the_recipe():
    table = {"model": "m:{b1}-{b2}", "optimiser": {"name": "sgd"}, "sweep": {"b1": [1]}}
    cell = {"b1": 1, "b2": [2, 3], "optimiser.lr": 0.5, "training.epochs": 7}
    assert table_of(table, cell) == {
        "model": "m:1-2-3",
        "optimiser": {"name": "sgd", "lr": 0.5},
        "training": {"epochs": 7},
    }
    assert table["optimiser"] == {"name": "sgd"}  # the file's own table is as it was


def test_models_may_be_an_axis():
    table = {"model": "a", "sweep": {"model": ["b", "c"]}}
    assert [table_of(table, cell)["model"] for cell in cells(table)] == ["b", "c"]


def test_a_recipe_without_a_sweep_is_one_cell():
    assert cells({"model": "m"}) == [{}]
    assert shown({}) == "the one cell"


def test_a_cell_is_shown_as_it_is_written():
    assert shown({"b1": 1, "loss.exit_weights": [1, 2]}) == "b1=1, loss.exit_weights=1-2"


def test_keys_that_may_be_axes_are_those_of_the_recipe():
    keys = recipe_keys()
    assert {"model", "data.size", "optimiser.lr", "training.epochs", "schedule.warmup"} <= set(keys)
    assert not {"name", "source", "data"} & set(keys)


@pytest.mark.parametrize(
    ("sweep", "error", "message"),
    [
        ({"b": [1]}, UnknownName, "unknown axis of the sweep 'b'; did you mean b1"),
        ({"b1": [1], "optimizer.lr": [1]}, UnknownName, "did you mean optimiser.lr"),
        ({"b1": [1], "data": {"sise": [8]}}, UnknownName, "did you mean data.size"),
        ({}, SpecError, "the model has {b1} but the table sweep gives b1 no values"),
        ({"b1": 3}, SpecError, "sweep.b1 must be a list of one or more values, got 3"),
        ({"b1": []}, SpecError, "sweep.b1 must be a list of one or more values, got []"),
        ({"b1": [1, 2, 1]}, SpecError, "sweep.b1 has a value twice"),
        ({"b1": [1], "training.seeds": [[1]]}, SpecError, "the seeds are no axis"),
        ({"b1": [1], "exclude": "0-0"}, SpecError, "sweep.exclude must be a list of cells"),
        ({"b1": [1], "exclude": [{}]}, SpecError, "sweep.exclude must be a list of cells"),
        ({"b1": [1], "exclude": [{"b3": 0}]}, UnknownName, "unknown axis in sweep.exclude 'b3'; did you mean b1"),
        ({"b1": [1], "exclude": [{"b1": 2}]}, SpecError, "sweep.exclude: no cell has b1=2"),
        ({"b1": list(range(1001)), "data.size": list(range(1000))}, SpecError, "1,001,000 cells; at most 1,000,000"),
        ([1], SpecError, "sweep must be a table, got [1]"),
    ],
)
def test_what_is_wrong_is_said(sweep, error, message):
    with pytest.raises(error) as caught:
        cells({"model": "ravit_cifar10:{b1}-1", "sweep": sweep})
    assert message in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(["data.size", "optimiser.lr", "training.epochs"]),
        st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True),
    )
)
def test_every_combination_is_a_cell_once(axes):
    found = cells({"model": "m", "sweep": axes})
    product = 1
    for values in axes.values():
        product *= len(values)
    assert len({tuple(cell.items()) for cell in found}) == len(found) == product
    assert all(cell[axis] in values for cell in found for axis, values in axes.items())
