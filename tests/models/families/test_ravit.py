"""RAViT: measured parameters, image sides and tokens of the branches, exits, what is refused."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from effbench.cost.convention import convention
from effbench.cost.formulas import ravit_layer_macs
from effbench.errors import SpecError
from effbench.models.families.ravit import branches, cost
from effbench.models.registry import resolve

RAVIT = convention("ravit")


@pytest.mark.parametrize(
    ("name", "params"),
    # measured on networks of timm's VisionTransformer branches
    [
        ("ravit_cifar10:1-3", 819_476),
        ("ravit_tiny_imagenet:2-0-3", 36_037_264),
        ("ravit_imagenet:1-1-8", 75_178_680),
        ("ravit_imagenet:1-1-10", 89_354_424),
    ],
)
def test_parameters(name, params):
    assert resolve(name).cost().params == params


def test_parameters_by_hand():
    # two ViTs of width 128 with 17 and 65 positions and 1 and 3 layers: class token 128, patch embedding 6,272, block
    # 198,272, norm 256, head 1,290 each
    shared = 128 + 6_272 + 256 + 1_290
    assert resolve("ravit_cifar10:1-3").cost().params == 2 * shared + (17 + 65) * 128 + 4 * 198_272


@pytest.mark.parametrize(
    ("name", "sides", "tokens"),
    [
        ("ravit_cifar10:1-3", (16, 32), (17, 65)),
        ("ravit_tiny_imagenet:2-0-3", (16, 32, 64), (17, 65, 257)),
        ("ravit_imagenet:1-1-8", (64, 128, 224), (17, 65, 197)),
        ("ravit_imagenet:8", (224,), (197,)),
    ],
)
def test_branches_see_the_papers_resolutions(name, sides, tokens):
    spec = resolve(name).spec
    assert (spec.sides, spec.tokens) == (sides, tokens)


def test_another_resize_factor_gives_other_sides():
    # 64 / 1.5 = 42.67 -> 44 in patches of 4; 64 / 2.25 = 28.4 -> 28
    assert resolve("ravit_tiny_imagenet:1-1-1,resize=1.5").spec.sides == (28, 44, 64)


@pytest.mark.parametrize("name", ["ravit_cifar10:0-3", "ravit_tiny_imagenet:0-0-4"])
def test_a_branch_of_no_layers_is_not_built(name):
    model = resolve(name)
    assert {path.split(".")[1] for path, _ in model.cost().items} == {str(len(model.spec.layers) - 1)}


def test_one_branch_is_a_plain_vit():
    # the ViT of the paper's tables, except that the branch's modules lie one level down
    assert resolve("ravit_cifar10:3").cost().by_kind() == resolve("vit_cifar10:3").cost().by_kind()


def test_coarse_branches_resize_the_image_and_the_finest_does_not():
    # 3·64² and 3·128² output elements
    assert resolve("ravit_imagenet:1-1-8").cost().of("antialias_elem") == 3 * (64**2 + 128**2)
    assert resolve("ravit_imagenet:8").cost().of("antialias_elem") == 0


def test_every_branch_ends_in_an_exit_with_its_own_head():
    model = resolve("ravit_imagenet:1-1-8")
    heads = [path for path, kind in model.cost().items if path.endswith("head") and kind == "mac_linear"]
    assert heads == ["branches.0.head", "branches.1.head", "branches.2.head"]
    assert len(model.exits()) == 3


def test_exit_costs_by_hand():
    # FLOPs of 2 layers on 17 tokens, then of 3 on 257 more; the empty middle branch is no exit
    first = 2 * 2 * ravit_layer_macs(17, 768)
    assert [RAVIT.total(counts) for counts in resolve("ravit_tiny_imagenet:2-0-3").exits()] == [
        first,
        first + 2 * 3 * ravit_layer_macs(257, 768),
    ]


def test_the_last_exit_is_the_whole_network():
    model = resolve("ravit_imagenet:1-1-8")
    assert model.exits()[-1] == model.cost()


def test_one_more_layer_costs_its_formula():
    costs = [RAVIT.total(resolve(f"ravit_imagenet:1-1-{layers}").cost()) for layers in (8, 9, 10)]
    assert costs[2] - costs[1] == costs[1] - costs[0] == 2 * ravit_layer_macs(197, 768)


@pytest.mark.parametrize("name", ["ravit", "macs", "fvcore"])
def test_a_broadcast_grid_of_layer_counts_equals_the_integers(name):
    chosen, axis = convention(name), np.arange(1, 4)
    spec = resolve("ravit_tiny_imagenet:1-1-1").spec
    grid = dataclasses.replace(spec, layers=(axis[:, None, None], axis[None, :, None], axis[None, None, :]))
    found = chosen.total(cost(grid))
    for index in np.ndindex(3, 3, 3):
        layers = tuple(int(axis[i]) for i in index)
        assert found[index] == chosen.total(cost(dataclasses.replace(spec, layers=layers)))


def test_layer_counts_of_0_in_an_array_cost_no_layers():
    # under the paper's convention a branch is its layers, so 0 in a column costs what a missing branch costs
    spec = resolve("ravit_cifar10:1-3").spec
    column = dataclasses.replace(spec, layers=(np.array([0, 1]), 3))
    one_by_one = [dataclasses.replace(spec, layers=(count, 3)) for count in (0, 1)]
    assert RAVIT.total(cost(column)).tolist() == [RAVIT.total(cost(s)) for s in one_by_one]


def test_arrays_of_sides_equal_the_integers():
    # sides whose coarse branches must be rounded to whole patches are among them
    spec, sides = resolve("ravit_imagenet:1-1-8").spec, [208, 224, 256, 448]
    columns = cost(dataclasses.replace(spec, image_size=np.array(sides)))
    for name in ("ravit", "macs", "fvcore"):
        chosen = convention(name)
        assert chosen.total(columns).tolist() == [chosen.total(cost(spec.resized(side))) for side in sides]


def test_parts_add_up_to_the_whole():
    spec = resolve("ravit_imagenet:1-1-8").spec
    assert sum(RAVIT.total(part) for part in branches(spec)) == RAVIT.total(cost(spec))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": ()}, "number of branches must be between 1 and 4, got 0"),
        ({"layers": (1, 1, 1, 1, 1)}, "number of branches must be between 1 and 4, got 5"),
        ({"layers": (0, 0)}, "at least one branch must have a layer"),
        ({"layers": (1, -1)}, "layers of a branch must be between 0 and 1000, got -1"),
        ({"layers": (1, 1001)}, "layers of a branch must be between 0 and 1000, got 1001"),
        ({"num_heads": 5}, "width 128 is not a multiple of num_heads 5"),
        ({"num_heads": 0}, "num_heads must be between 1 and 128, got 0"),
        ({"patch_size": 0}, "patch_size must be between 1 and 1024, got 0"),
        ({"image_size": 30}, "image size must be a multiple of 4, got 30; nearest: 28 or 32"),
        ({"resize": Fraction(1)}, "resize must be more than 1 and at most 16, got 1"),
        ({"resize": Fraction(17)}, "resize must be more than 1 and at most 16, got 17"),
        ({"coarse_scale": Fraction(1, 2)}, "coarse_scale must be at least 1 and below resize, got 0.5"),
        ({"coarse_scale": Fraction(2)}, "coarse_scale must be at least 1 and below resize, got 2"),
        # 8 / 4 = 2 pixels are half a patch, which rounds up to one patch of 4, the same as 8 / 2
        ({"layers": (1, 1, 1), "image_size": 8}, "3 branches would see 4, 4, 8 pixels"),
        ({"resize": Fraction(16), "image_size": 16}, "2 branches would see 0, 16 pixels"),
    ],
)
def test_impossible_networks_are_refused(changes, message):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(resolve("ravit_cifar10:1-3").spec, **changes).validate()
    assert str(caught.value).startswith(message)
