"""Many RAViTs as one network: the losses, gradients and steps of each are those of its own."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402 - after the check for torch

from effbench.models.registry import resolve  # noqa: E402
from effbench.training.loop.classify import exit_loss  # noqa: E402
from effbench.training.loop.optimiser import make_optimiser, parameter_groups  # noqa: E402
from effbench.training.loop.ragged.stack import Stack, exit_losses  # noqa: E402
from effbench.training.loop.recipe import Optimiser  # noqa: E402

TWO = [f"{a}-{b}" for a in range(3) for b in range(3) if a + b]
THREE = ["1-0-2", "0-1-1", "2-1-0", "1-1-1", "0-0-3", "3-0-0"]
STEPS = 5


def cells(layers, width=16, **more):
    """The networks of some cells, each with its own weights."""
    options = ",".join(f"{key}={value}" for key, value in {"width": width, "num_heads": 2, **more}.items())
    models = [resolve(f"ravit_cifar10:{one},{options}") for one in layers]
    networks = []
    for seed, model in enumerate(models):
        torch.manual_seed(seed)
        networks.append(model.build())
    return networks, [model.spec.layers for model in models]


def batches(count, images=8, side=32, dtype=None):
    draw = torch.Generator().manual_seed(1)
    return [
        (torch.randn(images, 3, side, side, generator=draw, dtype=dtype), torch.randint(10, (images,), generator=draw))
        for _ in range(count)
    ]


def is_linear(network, name):
    path, _, last = name.rpartition(".")
    return last == "weight" and isinstance(network.get_submodule(path), torch.nn.Linear)


def weights_of(networks, stack, given):
    """αᵢ of the exits that each network has, as (cells, lanes)."""
    table = torch.zeros(stack.count, len(stack.lanes))
    for cell, network in enumerate(networks):
        for exit, branch in enumerate(network.branches):
            lane = [lane.branch for lane in stack.lanes].index(int(branch))
            table[cell, lane] = given[exit]
    return table


@pytest.mark.parametrize("layers", [TWO, THREE], ids=["two branches", "three branches"])
@pytest.mark.parametrize(
    "optimiser", [Optimiser(weight_decay=0.1), Optimiser(name="sgd", lr=0.05)], ids=lambda o: o.name
)
def test_losses_are_those_of_separate_trainings(layers, optimiser):
    alphas, smoothing = (0.5, 1.0, 0.25), 0.1
    networks, depths = cells(layers)
    stack = Stack(networks, depths)
    table = weights_of(networks, stack, alphas)
    device = torch.device("cpu")
    one = make_optimiser(stack, optimiser, device)
    own = [make_optimiser(network, optimiser, device) for network in networks]
    for images, labels in batches(STEPS):
        together = exit_losses(stack, stack(images), labels, table, smoothing)
        together.sum().backward()
        apart = []
        for network in networks:
            exits = network(images)
            apart.append(exit_loss(exits, labels, alphas[: len(exits)], smoothing))
            apart[-1].backward()
        for each in (one, *own):
            each.step()
            each.zero_grad()
        torch.testing.assert_close(together, torch.stack(apart), rtol=1e-6, atol=1e-6)


def test_gradients_are_those_of_separate_networks_in_double_precision():
    networks, depths = cells(THREE)
    stack = Stack(networks, depths).double()
    ((images, labels),) = batches(1, dtype=torch.float64)
    total = sum(
        torch.nn.functional.cross_entropy(lane.flatten(0, 1), labels.repeat(len(lane))) * len(lane)
        for lane in stack(images)
    )
    total.backward()
    for cell, network in enumerate(networks):
        exits = network.double()(images)
        sum(torch.nn.functional.cross_entropy(logits, labels) for logits in exits).backward()
        for name, parameter in network.named_parameters():
            branch = next(lane for lane in stack.lanes if name.startswith(f"branches.{lane.branch}."))
            stacked = stack.get_parameter(name).grad[branch.cells.index(cell)]
            stacked = stacked.mT if is_linear(network, name) else stacked
            torch.testing.assert_close(stacked, parameter.grad, rtol=1e-9, atol=1e-12)


def test_what_was_stacked_is_unstacked():
    networks, depths = cells(TWO)
    stack = Stack(networks, depths)
    for cell, network in enumerate(networks):
        found = stack.cell(cell)
        assert found.keys() == network.state_dict().keys()
        assert all(torch.equal(found[name], value) for name, value in network.state_dict().items())


def test_one_cell_reaches_no_other():
    networks, depths = cells(TWO)
    stack = Stack(networks, depths)
    ((images, labels),) = batches(1)
    ones = torch.ones(stack.count, len(stack.lanes))
    lost = TWO.index("1-2")
    exit_losses(stack, stack(images), labels, ones, 0.0)[lost].backward()
    lane = next(lane for lane in stack.lanes if lane.branch == 1)
    gradient = stack.get_parameter("branches.1.head.weight").grad
    touched = [cell for row, cell in enumerate(lane.cells) if gradient[row].abs().sum() > 0]
    assert touched == [lost]


def test_the_same_parameters_decay():
    networks, depths = cells(["2-2"])
    stack = Stack(networks, depths)

    def decayed(network):
        names = {id(parameter): name for name, parameter in network.named_parameters()}
        return [{names[id(p)] for p in group["params"]} for group in parameter_groups(network, 0.1)]

    assert decayed(stack) == decayed(networks[0])


def test_explicit_attention_gives_the_same():
    networks, depths = cells(["1-1", "2-1"])
    stack = Stack(networks, depths)
    ((images, _),) = batches(1)
    fused = stack(images)
    for module in stack.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False
    for a, b in zip(fused, stack(images), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


class Operators(TorchDispatchMode):
    """Counts operators that do more than look at memory in another way."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if not func.is_view:
            self.found[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


def operators(networks, loss):
    """Of a training step: forward and backward passes and the optimisers' steps; their first makes their state."""
    optimisers = [make_optimiser(network, Optimiser(), torch.device("cpu")) for network in networks]
    for counted in (nullcontext(), Operators()):
        with counted:
            for network, optimiser in zip(networks, optimisers, strict=True):
                loss(network).backward()
                optimiser.step()
                optimiser.zero_grad()
    return sum(counted.found.values())


def test_a_heatmap_of_64_cells_takes_a_twentieth_of_the_operators():
    networks, depths = cells([f"{a}-{b}" for a in range(1, 9) for b in range(1, 9)], width=4)
    stack = Stack(networks, depths)
    ((images, labels),) = batches(1, images=2)
    ones = torch.ones(stack.count, len(stack.lanes))
    together = operators([stack], lambda network: exit_losses(stack, network(images), labels, ones, 0.0).sum())
    apart = operators(networks, lambda network: exit_loss(network(images), labels, (1.0, 1.0), 0.0))
    # 8 + 8 layers run once where 8 * (1 + ... + 8) * 2 = 576 do: 36 times as many, and embeddings, heads and losses 64
    print(f"operators of a step: {apart} apart, {together} together")
    assert together < 950
    assert apart / together > 20
