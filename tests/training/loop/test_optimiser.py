"""How weights change: what is trained and decays, the learning rate and the moving average, by hand."""

from __future__ import annotations

from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from torch import nn  # noqa: E402

from effbench.models.registry import resolve  # noqa: E402
from effbench.training.loop.optimiser import Average, decays, make_optimiser, parameter_groups, share  # noqa: E402
from effbench.training.loop.recipe import Optimiser, Schedule  # noqa: E402

CPU = torch.device("cpu")


def names(network, group):
    chosen = {id(parameter) for parameter in group["params"]}
    return {name for name, parameter in network.named_parameters() if id(parameter) in chosen}


def test_biases_norms_and_embeddings_do_not_decay():
    network = resolve("ravit_cifar10:0-1,width=8,num_heads=2").build()
    decayed, plain = parameter_groups(network, 0.05)
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.05, 0.0)
    block = "branches.1.blocks.0"
    assert names(network, decayed) == {
        "branches.1.patch_embed.proj.weight",
        *(f"{block}.{part}.weight" for part in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")),
        "branches.1.head.weight",
    }
    assert {"branches.1.cls_token", "branches.1.pos_embed", f"{block}.norm1.weight"} < names(network, plain)
    assert len(names(network, decayed)) + len(names(network, plain)) == len(list(network.parameters()))


@pytest.mark.parametrize(
    ("name", "dimensions", "decayed"),
    [("head.weight", 2, True), ("head.bias", 1, False), ("a.cls_token", 3, False), ("pos_embed", 3, False)],
)
def test_decay_is_decided_by_name_and_shape(name, dimensions, decayed):
    assert decays(name, dimensions) is decayed


def test_a_module_may_exempt_its_own():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.ones(2, 2))

        def no_weight_decay(self):
            return {"table"}

    network = nn.Sequential(Scaled(), nn.Linear(2, 2, bias=False))
    decayed, plain = parameter_groups(network, 0.1)
    assert (names(network, decayed), names(network, plain)) == ({"1.weight"}, {"0.table"})


def test_frozen_parameters_are_not_given_to_the_optimiser():
    network = nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 2))
    groups = parameter_groups(network, 0.1)
    assert {name for group in groups for name in names(network, group)} == {"1.weight", "1.bias"}


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)]
)
def test_every_optimiser_is_fused_and_has_the_recipe_s_numbers(name, kind):
    recipe = Optimiser(name=name, lr=0.5, betas=(0.1, 0.2), momentum=0.3, weight_decay=0.7)
    made = make_optimiser(nn.Linear(2, 2), recipe, CPU)
    assert type(made) is kind
    assert made.defaults["fused"] is True
    assert [(group["lr"], group["weight_decay"]) for group in made.param_groups] == [(0.5, 0.7), (0.5, 0.0)]
    wanted = {"momentum": 0.3} if name == "sgd" else {"betas": (0.1, 0.2)}
    assert {key: made.param_groups[0][key] for key in wanted} == wanted


def test_decay_is_decoupled_for_adamw():
    """Without a gradient AdamW shrinks a weight by lr · decay: 1 - 0.1 · 0.5 = 0.95; the bias stays."""
    layer = nn.Linear(1, 1)
    nn.init.ones_(layer.weight)
    nn.init.ones_(layer.bias)
    made = make_optimiser(layer, Optimiser(lr=0.1, weight_decay=0.5), CPU)
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    made.step()
    assert layer.weight.item() == pytest.approx(0.95)
    assert layer.bias.item() == 1.0


def test_weights_follow_and_whole_numbers_are_taken_over():
    """Decay 0.9: from 1 towards 2 is 0.9 · 1 + 0.1 · 2 = 1.1, then 0.9 · 1.1 + 0.1 · 2 = 1.19."""
    network = nn.BatchNorm1d(1)
    average = Average(network, 0.9)
    nn.init.constant_(network.weight, 2.0)
    network.running_var.fill_(2.0)
    network.num_batches_tracked.fill_(7)
    for value in (1.1, 1.19):
        average.follow(network)
        assert average.network.weight.item() == pytest.approx(value)
        assert average.network.running_var.item() == pytest.approx(value)
    assert average.network.num_batches_tracked.item() == 7


def test_the_average_is_not_trained_and_is_in_evaluation_mode():
    average = Average(nn.Linear(1, 1).train(), 0.5).network
    assert not average.training
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_warm_up_is_linear_and_ends_at_the_peak():
    """0.4 epochs of 10 steps are 4 steps: 1/4, 2/4, 3/4, 4/4."""
    assert [share(Schedule(warmup=0.4), step, 20, 10) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]


def test_the_cosine_falls_from_the_peak_to_the_final_share():
    """4 steps of warm-up of 20: the cosine begins at step 4 and is half way at step 12; step 20 is never made."""
    schedule = Schedule(warmup=0.4, final=0.1)
    assert share(schedule, 4, 20, 10) == 1.0
    assert share(schedule, 12, 20, 10) == pytest.approx(0.55)  # 0.1 + 0.9 / 2
    assert share(schedule, 19, 20, 10) == pytest.approx(0.1 + 0.9 * (1 + cos(15 / 16 * pi)) / 2)
    assert share(schedule, 20, 20, 10) == pytest.approx(0.1)


def test_constant_stays_at_the_peak():
    assert {share(Schedule(name="constant", warmup=0.1), step, 20, 10) for step in range(20)} == {1.0}


@given(st.integers(1, 50), st.integers(1, 20), st.floats(0, 1), st.floats(0, 1))
def test_it_never_leaves_its_bounds_and_never_rises_after_warm_up(per_epoch, epochs, warm, final):
    schedule = Schedule(warmup=warm * epochs, final=final)
    steps = epochs * per_epoch
    shares = [share(schedule, step, steps, per_epoch) for step in range(steps)]
    after = shares[round(schedule.warmup * per_epoch) :]
    assert all(0 < s <= 1 for s in shares[: steps - len(after)])
    assert all(final - 1e-9 <= s <= 1 for s in after)
    assert after == sorted(after, reverse=True)
