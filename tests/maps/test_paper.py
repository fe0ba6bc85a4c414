"""The map of layer counts: every cell is the cost of the RAViT it names."""

from __future__ import annotations

import pytest

from effbench.cost.convention import convention
from effbench.errors import SpecError, UnknownName
from effbench.maps.paper import PRESETS, paper_grid, published
from effbench.models.registry import resolve

RAVIT, MACS = convention("ravit"), convention("macs")


@pytest.mark.parametrize("dataset", PRESETS)
@pytest.mark.parametrize("priced", [RAVIT, MACS], ids=["ravit", "macs"])
def test_a_cell_is_the_cost_of_its_model(dataset, priced):
    grid = paper_grid(dataset, priced, max_layers=3)
    costs = [0 if cell.model is None else priced.total(resolve(cell.model).cost()) for cell in grid.cells]
    assert [cell.cost for cell in grid.cells] == costs


@pytest.mark.parametrize(
    ("dataset", "fixed", "name"),
    [
        ("cifar10", None, "ravit_cifar10:1-3"),
        ("tiny-imagenet", None, "ravit_tiny_imagenet:1-3-3"),  # the paper fixes the third branch at 3
        ("imagenet", None, "ravit_imagenet:1-3-8"),  # and at 8
        ("imagenet", {3: 0}, "ravit_imagenet:1-3-0"),
        ("imagenet", {1: 2}, "ravit_imagenet:2-1-3"),
        ("imagenet", {2: 5}, "ravit_imagenet:1-5-3"),
    ],
)
def test_rows_and_columns_are_the_branches_that_are_not_fixed(dataset, fixed, name):
    assert paper_grid(dataset, RAVIT, fixed=fixed, max_layers=3).cells[7].model == name


def test_a_network_without_a_layer_is_no_model():
    grid = paper_grid("cifar10", RAVIT, max_layers=1)
    assert (grid.cells[0].model, grid.cells[0].cost) == (None, 0)


def test_with_layers_in_the_fixed_branch_every_cell_is_a_model():
    grid = paper_grid("imagenet", RAVIT, max_layers=1)
    assert grid.cells[0].model == "ravit_imagenet:0-0-8"


def test_the_paper_s_1_3_is_81_percent_of_the_4_layer_vit():
    # 6 832 640 + 3 · 27 722 240 = 89 999 360 of 110 888 960.
    grid = paper_grid("cifar10", RAVIT)
    assert (grid.baseline.model, grid.baseline.cost) == ("vit_cifar10:4", 110_888_960)
    assert grid.cells[12].cost == 89_999_360
    assert grid.percent(89_999_360) == pytest.approx(81.16, abs=0.005)


@pytest.mark.parametrize(
    ("dataset", "baseline"),
    [("cifar10", "vit_cifar10:4"), ("tiny-imagenet", "vit_tiny_imagenet:4"), ("imagenet", "vit_imagenet:12")],
)
def test_the_baseline_is_the_vit_of_100_percent_in_the_paper_s_table(dataset, baseline):
    grid = paper_grid(dataset, RAVIT, max_layers=1)
    assert grid.baseline.model == baseline
    assert grid.baseline.cost == RAVIT.total(resolve(baseline).cost())


def test_another_baseline_changes_the_percentages_only():
    usual, other = paper_grid("cifar10", RAVIT), paper_grid("cifar10", RAVIT, baseline_layers=8)
    assert other.cells == usual.cells
    assert other.percent(89_999_360) == pytest.approx(usual.percent(89_999_360) / 2)


def test_layers_cost_the_same_wherever_they_are_added():
    # Without patch embedding and head a layer more of a branch adds the same everywhere: the map is a plane.
    grid = paper_grid("cifar10", RAVIT, max_layers=4)
    values = grid.axes.lines([cell.cost for cell in grid.cells])
    assert {values[i + 1][j] - values[i][j] for i in range(4) for j in range(5)} == {6_832_640}
    assert {values[i][j + 1] - values[i][j] for i in range(5) for j in range(4)} == {27_722_240}


@pytest.mark.parametrize(
    ("name", "dataset", "beside"),
    [
        ("ravit_cifar10:2-0", "cifar10", {"0-4": "84.3", "1-3": "84.9"}),
        ("ravit_cifar10:2-0,width=64", "cifar10", {}),
        ("ravit_cifar10:2-0", "tiny-imagenet", {}),
        ("ravit_cifar10:2-0", "textures", {}),
    ],
)
def test_printed_accuracies_stand_beside_networks_of_the_paper_s_shape(name, dataset, beside):
    printed = {"vit_cifar10:4": "84.3", "ravit_cifar10:1-3": "84.9"}
    assert published(resolve(name).spec, dataset, printed) == beside


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"max_layers": 0}, "max-layers must be between 1 and 64, got 0"),
        ({"max_layers": 65}, "max-layers must be between 1 and 64, got 65"),
        ({"fixed": {4: 1}}, "branch to fix must be between 1 and 3, got 4"),
        ({"fixed": {0: 1}}, "branch to fix must be between 1 and 3, got 0"),
        ({"fixed": {3: 1001}}, "layers of branch 3 must be between 0 and 1000, got 1001"),
        ({"fixed": {1: 1, 2: 1}}, "imagenet has 3 branches, so 1 must be fixed with --fix, not 2"),
        ({"baseline_layers": 0}, "vit_imagenet:0: depth must be between 1 and 1000"),
    ],
)
def test_options_that_cannot_be_are_errors(options, problem):
    with pytest.raises(SpecError, match=problem):
        paper_grid("imagenet", RAVIT, **options)


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(UnknownName, match="unknown data set 'cifar100'; did you mean cifar10"):
        paper_grid("cifar100", RAVIT)
