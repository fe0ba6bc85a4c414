"""Networks built without values are the networks built with them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from effbench.counting.counters.unfilled import Unfilled  # noqa: E402


def built(device: str) -> nn.Module:
    """Layers of every kind that initialises itself, and what people do to weights afterwards."""
    with torch.device(device), Unfilled():
        network = nn.Sequential(nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4), nn.Linear(5, 6), nn.LayerNorm(6), nn.GRU(6, 2))
        nn.init.trunc_normal_(network[2].weight, std=0.02)
        nn.init.zeros_(tensor=network[2].bias)
        network[2].weight.data.normal_(0, 1).mul_(2).clamp_(min=-1)
    return network


def test_names_shapes_and_types_are_those_of_a_network_with_values():
    seen = [{name: (t.shape, t.dtype) for name, t in built(place).state_dict().items()} for place in ("meta", "cpu")]
    assert seen[0] == seen[1]
    assert {t.device.type for t in built("meta").state_dict().values()} == {"meta"}


def test_values_on_a_real_device_are_the_same_as_ever():
    torch.manual_seed(0)
    inside = built("cpu").state_dict()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4), nn.Linear(5, 6), nn.LayerNorm(6), nn.GRU(6, 2))
    nn.init.trunc_normal_(network[2].weight, std=0.02)
    nn.init.zeros_(network[2].bias)
    network[2].weight.data.normal_(0, 1).mul_(2).clamp_(min=-1)
    assert all(torch.equal(inside[name], value) for name, value in network.state_dict().items())


def test_nothing_is_drawn_on_the_meta_device():
    class Seen(TorchDispatchMode):
        """Names of the operators that run."""

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            names.append(func.__name__)
            return func(*args, **(kwargs or {}))

    names: list[str] = []
    weight = torch.empty(3, 3, device="meta")
    with Seen(), Unfilled():
        assert nn.init.xavier_uniform_(weight) is weight
        assert weight.uniform_() is weight
        assert names == []
        torch.empty(3).uniform_()
    assert names == ["empty.memory_format", "uniform_.default"]


def test_weights_that_nobody_looks_at_are_not_filled_by_methods_and_other_tensors_are():
    with Unfilled(everywhere=True), torch.no_grad():
        weight = nn.Parameter(torch.zeros(4))
        assert weight.uniform_(1, 2).mul_(3) is weight
        assert torch.zeros(2).add_(1).tolist() == [1, 1]
    assert weight.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("inside", [True, False])
def test_a_trained_leaf_may_not_be_written_to(inside):
    weight = nn.Parameter(torch.empty(2, device="meta"))
    with Unfilled() if inside else torch.device("meta"), pytest.raises(RuntimeError, match="leaf Variable"):
        weight.mul_(2)


def test_what_depends_on_another_tensor_is_checked():
    with Unfilled(), pytest.raises(RuntimeError):
        torch.empty(2, 3, device="meta").add_(torch.empty(4, device="meta"))
