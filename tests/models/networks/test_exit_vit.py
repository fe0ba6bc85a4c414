"""A ViT with intermediate heads: its trunk is timm's ViT, its stages follow one another as the whole network does."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.models.registry import resolve  # noqa: E402 - after the check for torch

SMALL = "width=24,num_heads=3,depth=4"


def network(name: str, seed: int = 0):
    torch.manual_seed(seed)
    return resolve(name).build().eval()


@pytest.mark.parametrize(("exits", "count"), [("1", 2), ("1-3", 3), ("1-2-3", 4)])
def test_every_exit_gives_logits(exits, count):
    logits = network(f"exit_vit_cifar10:{exits},{SMALL},num_classes=7")(torch.rand(2, 3, 32, 32))
    assert [tuple(one.shape) for one in logits] == [(2, 7)] * count
    assert all(torch.isfinite(one).all() for one in logits)


def test_the_last_exit_is_timms_vit():
    # the same weights in timm's VisionTransformer of 4 layers give the same logits
    ours, plain = network(f"exit_vit_cifar10:1-3,{SMALL}"), network("vit_cifar10:4,width=24,num_heads=3", seed=1)
    left_over = plain.load_state_dict(ours.state_dict(), strict=False)
    assert left_over.missing_keys == []
    assert {key.split(".")[0] for key in left_over.unexpected_keys} == {"exits"}
    image = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(ours(image)[-1], plain(image))


def test_an_exit_sees_the_blocks_before_it_and_no_other():
    net = network(f"exit_vit_cifar10:2,{SMALL}")
    image = torch.rand(1, 3, 32, 32)
    early, late = net(image)
    with torch.no_grad():
        net.blocks[2].mlp.fc2.bias[0] += 1.0
    assert torch.equal(net(image)[0], early)
    assert not torch.allclose(net(image)[1], late)
    with torch.no_grad():
        net.blocks[1].mlp.fc2.bias[0] += 1.0
    assert not torch.allclose(net(image)[0], early)


def test_stages_in_turn_are_the_network():
    net = network(f"exit_vit_cifar10:1-3,{SMALL}")
    image, tokens = torch.rand(2, 3, 32, 32), None
    for stage, expected in zip(net.stages, net(image), strict=True):
        logits, tokens = stage(image, tokens)
        assert tuple(tokens.shape) == (2, 65, 24)  # 8 x 8 patches and the class token
        assert torch.equal(logits, expected)


def test_only_the_first_stage_looks_at_the_image():
    net = network(f"exit_vit_cifar10:2,{SMALL}")
    image = torch.rand(1, 3, 32, 32)
    _, tokens = net.stages[0](image, None)
    assert torch.equal(net.stages[1](image * 2, tokens)[0], net.stages[1](image, tokens)[0])


def test_gradients_reach_every_parameter():
    net = network(f"exit_vit_cifar10:1-3,{SMALL}").train()
    sum(logits.sum() for logits in net(torch.rand(2, 3, 32, 32))).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []
