"""The map of trained networks: what stands in a cell, which branches are axes, what a network costs."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.errors import SpecError
from effbench.maps.flops import Stored
from effbench.maps.grid import networks, trained_grid
from effbench.maps.selection import read_trainings, select
from effbench.models.registry import resolve

RAVIT, MACS = convention("ravit"), convention("macs")
TINY = {"model": "ravit_tiny_imagenet:{}", "dataset": "tiny-imagenet", "size": 64}


def grid(path, under=RAVIT, **options):
    dataset = options.pop("dataset", "textures")
    return trained_grid(select(read_trainings(path, dataset)), under, **options)


def test_rows_are_the_first_branch_and_columns_the_second(trained_store):
    found = grid(trained_store({"0-2": [60], "1-0": [50], "1-2": [70], "3-2": [80]}))
    assert (found.axes.row_branch, found.axes.col_branch) == (1, 2)
    assert (found.axes.rows, found.axes.cols) == ((0, 1, 3), (0, 2))
    assert [[cell.status for cell in line] for line in found.axes.lines(found.cells)] == [
        ["no model", "trained"],
        ["trained", "trained"],
        ["missing", "trained"],
    ]
    assert [cell.mean for cell in found.cells if cell.status == "trained"] == [0.6, 0.5, 0.7, 0.8]


def test_the_mean_is_over_the_seeds_that_finished(trained_store):
    (cell,) = grid(trained_store({"1-1": [60, None, 63]})).cells
    assert (cell.status, dict(cell.right), cell.mean) == ("trained", {0: 60, 2: 63}, pytest.approx(0.615))
    assert dict(cell.failed) == {1: "the loss is NaN"}


def test_a_cell_that_failed_with_every_seed_is_failed(trained_store):
    found = grid(trained_store({"1-1": [60], "1-2": [None, None]}))
    assert [cell.status for cell in found.cells] == ["trained", "failed"]


def test_a_network_costs_what_the_registry_says_trained_or_not(trained_store):
    found = grid(trained_store({"1-2": [60], "3-1": [70]}), MACS)
    for cell in found.cells:
        assert cell.cost == MACS.total(resolve(cell.model).cost())
    assert found.cells[3].model == "ravit_cifar10:3-2,width=64"


def test_the_cost_is_that_of_the_trained_image_side(trained_store):
    found = grid(trained_store({"1-2": [60]}, size=64))
    assert found.cells[0].cost == RAVIT.total(resolve("ravit_cifar10:1-2,width=64").at_size(64).cost())


def test_the_baseline_is_a_plain_vit_of_the_same_shape(trained_store):
    found = grid(trained_store({"1-2": [60]}), baseline_layers=5)
    # Priced by the paper's convention, n layers of the last branch are the n-layer ViT: 5 to 1 + 2 layers.
    assert found.baseline.cost == RAVIT.total(resolve("vit_cifar10:5,width=64").cost())
    assert found.percent(found.baseline.cost) == 100


def test_the_exit_of_a_branch(trained_store):
    path = trained_store({"1-2": [60], "0-1": [50], "2-0": [40]})
    first = grid(path, exit=1)
    assert [[cell.status for cell in line] for line in first.axes.lines(first.cells)] == [
        ["no model", "no exit", "no exit"],
        ["missing", "missing", "trained"],
        ["trained", "missing", "missing"],
    ]
    cell = first.cells[5]
    assert (cell.right[0], cell.cost) == (50, RAVIT.total(resolve("ravit_cifar10:1-0,width=64").cost()))
    second = grid(path, exit=2)
    assert second.cells[5].right == {0: 60}
    assert second.cells[6].status == "no exit"
    assert second.cells[1].right == {0: 50}  # its only exit, which is that of branch 2


def test_max_layers_shows_what_was_not_begun(trained_store):
    selected = select(read_trainings(trained_store({"1-1": [60], "1-4": [70, 71]}), "textures"))
    found = trained_grid(selected, RAVIT, max_layers=2)
    assert found.axes.rows == found.axes.cols == (0, 1, 2)
    assert Stored(store="", selected=selected, grid=found).outside == 2
    assert sum(cell.status == "missing" for cell in found.cells) == 7


def test_of_three_branches_the_one_that_does_not_vary_is_fixed(trained_store):
    found = grid(trained_store({"0-1-3": [30], "2-0-3": [40]}, **TINY), dataset="tiny-imagenet")
    assert (found.axes.row_branch, found.axes.col_branch, found.axes.fixed) == (1, 2, {3: 3})
    assert found.cells[2].name == "2-0-3"


def test_of_branches_that_do_not_vary_the_finest_is_fixed(trained_store):
    found = grid(trained_store({"1-1-3": [30]}, **TINY), dataset="tiny-imagenet")
    assert found.axes.fixed == {3: 3}


def test_another_branch_is_fixed_on_request(trained_store):
    path = trained_store({"0-1-3": [30], "2-0-3": [40], "2-1-2": [35]}, **TINY)
    found = grid(path, dataset="tiny-imagenet", fixed={1: 2})
    axes = found.axes
    assert (axes.row_branch, axes.col_branch, axes.rows, axes.cols) == (2, 3, (0, 1), (2, 3))
    with pytest.raises(
        SpecError, match=r"1 must be fixed with --fix, not 0 \(layers trained: branch 1: 0, 2; branch 2"
    ):
        grid(path, dataset="tiny-imagenet")


def test_what_the_paper_fixes_is_fixed_where_every_branch_varies(trained_store):
    path = trained_store({"0-1-3": [30], "2-0-3": [40], "2-1-2": [35]}, **TINY)
    assert grid(path, dataset="tiny-imagenet", usual={3: 3}).axes.fixed == {3: 3}
    assert grid(path, dataset="tiny-imagenet", usual={3: 3}, fixed={1: 2}).axes.fixed == {1: 2}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"exit": 3}, "exit must be between 1 and 2, got 3"),
        ({"exit": 0}, "exit must be between 1 and 2, got 0"),
        ({"max_layers": 0}, "max-layers must be between 1 and 64, got 0"),
        ({"baseline_layers": 0}, "baseline-layers must be between 1 and 1000, got 0"),
        ({"fixed": {1: 1}}, "a map has two axes: these networks have 2 branches, so 0 must be fixed"),
        ({"fixed": {3: 1}}, "branch to fix must be between 1 and 2, got 3"),
    ],
)
def test_what_the_networks_cannot_have_is_an_error(trained_store, options, problem):
    with pytest.raises(SpecError, match=problem):
        grid(trained_store({"1-1": [60]}), **options)


def test_layers_that_no_run_has_are_an_error(trained_store):
    with pytest.raises(SpecError, match="no run has 9 in branch 3"):
        grid(trained_store({"0-1-3": [30]}, **TINY), dataset="tiny-imagenet", fixed={3: 9})


def test_one_branch_is_no_map(trained_store):
    with pytest.raises(SpecError, match="these networks have one branch"):
        grid(trained_store({"3": [30]}))


def test_networks_are_all_of_the_runs_on_the_map_or_not(trained_store):
    path = trained_store({"0-1-3": [30], "0-1-2": [40]}, **TINY)
    assert [cell.name for cell in networks(select(read_trainings(path, "tiny-imagenet")), RAVIT)] == ["0-1-2", "0-1-3"]
