"""RAViTs with other layers, and the plain ViTs that are RAViTs."""

from __future__ import annotations

import pytest

from effbench.cost.convention import conventions
from effbench.errors import SpecError
from effbench.maps.networks import as_ravit, cost, renamed, with_layers
from effbench.models.registry import resolve

RAVIT = resolve("ravit_cifar10:1-3,width=64")


def test_other_layers_are_the_network_of_that_name():
    other = with_layers(RAVIT, (2, 0))
    assert (other.name, other.spec) == ("ravit_cifar10:2-0,width=64", resolve("ravit_cifar10:2-0,width=64").spec)


@pytest.mark.parametrize("under", conventions().values(), ids=str)
@pytest.mark.parametrize("layers", ["1-3-2", "0-3-2", "2-0-1", "0-0-4", "3-0-0"])
def test_the_branches_of_a_network_cost_what_it_costs_up_to_each_exit(under, layers):
    model = resolve(f"ravit_tiny_imagenet:{layers}")
    costs = [under.total(counts) for counts in model.exits()]
    present = [branch for branch, count in enumerate(model.spec.layers, start=1) if count]
    assert [cost(model.spec, model.spec.layers, branch, under.name) for branch in present] == costs
    assert cost(model.spec, model.spec.layers, "last", under.name) == costs[-1]


def test_no_layer_at_all_is_no_network():
    with pytest.raises(SpecError, match="at least one branch must have a layer"):
        with_layers(RAVIT, (0, 0))


@pytest.mark.parametrize("under", conventions().values(), ids=str)
def test_a_plain_vit_costs_what_its_ravit_costs(under):
    plain = resolve("vit_cifar10:4,width=64")
    same = as_ravit(plain, RAVIT)
    assert same is not None
    assert same.name == "ravit_cifar10:0-4,width=64"
    assert under.total(same.cost()) == under.total(plain.cost())


def test_a_plain_vit_computes_what_its_ravit_computes():
    torch = pytest.importorskip("torch")
    plain = resolve("vit_cifar10:2,width=64")
    same = as_ravit(plain, RAVIT)
    assert same is not None
    one, other = plain.build().eval(), same.build().eval()
    other.load_state_dict({f"branches.1.{name}": value for name, value in one.state_dict().items()})
    images = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        (logits,) = other(images)
        assert torch.equal(one(images), logits)


@pytest.mark.parametrize(
    "name",
    ["vit_cifar10:4", "vit_cifar10:4,width=64,num_heads=4", "vit_cifar10:4,width=64,class_token=no", "resnet50"],
)
def test_another_shape_is_another_network(name):
    assert as_ravit(resolve(name), RAVIT) is None


@pytest.mark.parametrize(
    ("name", "renamed_to"),
    [
        ("ravit_cifar10:1-3", "ravit_cifar10:2-0"),
        ("ravit_cifar10:1-3,width=64", "ravit_cifar10:2-0,width=64"),
        ("ravit_cifar10:layers=1-3,width=64,num_heads=4", "ravit_cifar10:2-0,width=64,num_heads=4"),
    ],
)
def test_a_name_with_other_layers(name, renamed_to):
    assert renamed(name, (2, 0)) == renamed_to
