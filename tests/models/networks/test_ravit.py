"""RAViT: branches, handed-over class tokens, exits (arXiv:2602.24159, Section III)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.models.registry import resolve  # noqa: E402 - after the check for torch


def network(name: str, seed: int = 0):
    torch.manual_seed(seed)
    return resolve(name).build().eval()


@pytest.mark.parametrize(
    ("layers", "exits"), [("3", 1), ("1-3", 2), ("2-0-3", 2), ("1-1-1", 3), ("0-0-2", 1), ("1-0-1-1", 3)]
)
def test_every_branch_that_is_there_gives_logits(layers, exits):
    logits = network(f"ravit_tiny_imagenet:{layers},width=24,num_heads=3,num_classes=9")(torch.rand(2, 3, 64, 64))
    assert [tuple(one.shape) for one in logits] == [(2, 9)] * exits
    assert all(torch.isfinite(one).all() for one in logits)


def test_branches_see_their_own_resolution():
    net = network("ravit_imagenet:1-1-1,width=24,num_heads=3")
    sides = {}
    for index, branch in net.branches.items():
        branch.patch_embed.register_forward_pre_hook(lambda _, args, i=index: sides.update({i: args[0].shape[-1]}))
    net(torch.rand(1, 3, 224, 224))
    assert sides == {"0": 64, "1": 128, "2": 224}


def test_the_class_token_is_handed_on():
    net = network("ravit_cifar10:1-1")
    image = torch.rand(1, 3, 32, 32)
    before = net(image)[1]
    with torch.no_grad():
        net.branches["0"].cls_token[..., 0] += 1.0  # the same shift in every channel would be taken off by the norms
    assert not torch.allclose(net(image)[1], before)


def test_nothing_else_crosses_the_branches():
    # the second branch on the first one's token alone gives the same logits
    net = network("ravit_cifar10:1-1")
    image = torch.rand(2, 3, 32, 32)
    _, token = net.branches["0"](image)
    logits, _ = net.branches["1"](image, token)
    torch.testing.assert_close(logits, net(image)[1])


def test_a_single_branch_is_a_plain_vit():
    # the same weights in timm's VisionTransformer give the same logits
    ours, plain = network("ravit_cifar10:3"), network("vit_cifar10:3", seed=1)
    state = {key.removeprefix("branches.0."): value for key, value in ours.state_dict().items()}
    plain.load_state_dict(state)
    image = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(ours(image)[0], plain(image))


def test_an_absent_branch_changes_nothing():
    one, two = (
        network("ravit_tiny_imagenet:0-0-2,width=24,num_heads=3"),
        network("vit_tiny_imagenet:2,width=24,num_heads=3"),
    )
    two.load_state_dict({key.removeprefix("branches.2."): value for key, value in one.state_dict().items()})
    image = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(one(image)[0], two(image))


@pytest.mark.parametrize(("layers", "present"), [("3", "0"), ("1-3", "01"), ("2-0-3", "02"), ("1-0-1-1", "023")])
def test_stages_are_the_branches_that_are_there(layers, present):
    net = network(f"ravit_tiny_imagenet:{layers},width=24,num_heads=3")
    assert net.stages == tuple(net.branches[number] for number in present)
    assert net.image_size == 64


def test_half_precision_sees_the_image_that_fp32_sees():
    # PyTorch's antialiased resize has no half precision on the CPU; ours is that of fp32, rounded once
    from effbench.models.networks.ravit import Resize

    image = torch.rand(2, 3, 32, 32).bfloat16()
    small = Resize(16)(image)
    assert small.dtype == torch.bfloat16
    assert torch.equal(small, Resize(16)(image.float()).bfloat16())
    logits = network("ravit_cifar10:1-1").bfloat16()(image)
    assert [one.dtype for one in logits] == [torch.bfloat16] * 2


def test_gradients_reach_every_parameter():
    net = network("ravit_cifar10:1-2").train()
    sum(logits.sum() for logits in net(torch.rand(2, 3, 32, 32))).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []


def test_another_resize_factor():
    model = resolve("ravit_cifar10:1-1-1,resize=1.5")
    assert model.spec.sides == (16, 20, 32)  # 32 / 1.5² and 32 / 1.5, to the nearest multiple of 4
    assert len(model.build()(torch.rand(1, 3, 32, 32))) == 3
