"""The last block for its class token alone gives the same logits and gradients."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from torch.nn import functional as F  # noqa: E402 - after the check for torch

from effbench.counting.counters.dispatch import count  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402
from effbench.training.loop.class_token import read_class_token_only  # noqa: E402

MODELS = {"1-3": 2, "0-1": 1, "2-0-1": 2}
"""Layers -> branches."""


def both(layers):
    """A network as it is built and one with the shorter way, in double precision; biases and norms are not trivial."""
    torch.manual_seed(0)
    built = resolve(f"ravit_cifar10:{layers},width=16,num_heads=2").build().double()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    short = copy.deepcopy(built)
    assert read_class_token_only(short) == MODELS[layers]
    return built, short


@pytest.mark.parametrize("layers", MODELS)
def test_logits_and_gradients_are_the_same(layers):
    images, labels = torch.randn(3, 3, 32, 32, dtype=torch.float64), torch.tensor([1, 5, 9])
    networks = both(layers)
    exits = [network(images) for network in networks]
    for a, b in zip(*exits, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)
    for given in exits:
        sum(F.cross_entropy(logits, labels) for logits in given).backward()
    for (name, a), (_, b) in zip(*(network.named_parameters() for network in networks), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-12, msg=name)


def test_weights_keep_their_names():
    built, short = both("1-3")
    assert built.state_dict().keys() == short.state_dict().keys()
    built.load_state_dict(short.state_dict())


def test_a_copy_is_short_too_and_nothing_is_done_twice():
    _, short = both("1-3")
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    assert all(torch.equal(a, b) for a, b in zip(short(images), copy.deepcopy(short)(images), strict=True))
    assert read_class_token_only(short) == 0


def test_a_third_of_the_operations_is_saved():
    # By hand, in units of D² multiply-accumulates of weights: a block has 12 per token. Of three blocks on 65 tokens
    # and one on 17, two on 65 are left, and 12 or so for each class token: (2 · 12 · 65 + 2 · 12) / (3 · 12 · 65 +
    # 12 · 17) = 0.623; products of queries and keys and the patch embedding move that by little.
    with torch.device("meta"):
        network = resolve("ravit_cifar10:1-3").build()
        image = torch.zeros(1, 3, 32, 32)
    whole = count(network, [image]).forward.by_kind()
    read_class_token_only(network)
    short = count(network, [image]).forward.by_kind()
    macs = [sum(n for kind, n in kinds.items() if kind.startswith("mac")) for kinds in (whole, short)]
    assert macs[1] / macs[0] == pytest.approx(0.623, abs=0.02)


def test_other_blocks_are_left_alone():
    plain = resolve("vit_tiny_patch16").build()
    assert read_class_token_only(plain) == 0
    built, _ = both("1-3")
    built.stages[1].blocks[-1].attn.attn_drop.p = 0.1
    assert read_class_token_only(built) == 1  # of the coarse branch
