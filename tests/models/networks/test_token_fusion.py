"""Token Fusion: three methods, three heads, the variations of Table 4 (arXiv:2208.09183)."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from effbench.models.networks.token_fusion.early import Bridge  # noqa: E402 - after the check for torch
from effbench.models.networks.token_fusion.layerwise import Mixing  # noqa: E402
from effbench.models.networks.token_fusion.parts import Backbone, Head  # noqa: E402
from effbench.models.registry import resolve  # noqa: E402
from effbench.models.spec.token_fusion import LayerwiseSpec, TokenFusionSpec  # noqa: E402

SMALL = "width=24,num_heads=3,num_classes=5"
VARIANTS = [
    f"token_fusion_late:{head},{SMALL},depths=1-1{options}"
    for head, options in (("token", ""), ("channel", ",merge=add"), ("mixing", ",upsample=copy"))
] + [
    f"token_fusion_early:{head},{SMALL},depth=1{options}"
    for head, options in (("token", ""), ("channel", ",upsample=copy"), ("mixing", ",bridges=single"))
]
VARIANTS += [
    f"token_fusion_layerwise:channel,{SMALL},mixing_depth=1,tail_depth=1",
    f"token_fusion_layerwise:mixing,{SMALL},mixing_depth=1,tail_depth=1,class_token=yes",
    f"token_fusion_late:channel,{SMALL},depths=1-1,patch_size=16,cnn_stage=5,upsample_branch=cnn",
]


@pytest.mark.parametrize("name", VARIANTS)
def test_logits_are_finite(name):
    network = resolve(name).at_size(64).build().eval()
    logits = network(torch.rand(1, 3, 64, 64))
    assert logits.shape == (1, 5)
    assert torch.isfinite(logits).all()


def test_the_backbone_gives_five_maps():
    maps = Backbone(5).eval()(torch.rand(1, 3, 64, 64))
    assert [tuple(m.shape[1:]) for m in maps] == [(64, 32, 32), (256, 16, 16), (512, 8, 8), (1024, 4, 4), (2048, 2, 2)]


def test_pretrained_features_stay_as_they_are():
    with torch.device("meta"):  # where nothing is downloaded
        backbone = Backbone(2, pretrained=True).train()
    assert not any(p.requires_grad for p in backbone.parameters())
    assert not any(module.training for module in backbone.modules())


@pytest.mark.parametrize(("options", "channels"), [("", 18), (",bridges=single", 6), (",upsample=copy", 18)])
def test_early_fusion_stacks_the_image_first(options, channels):
    # H x W x 18 in the paper: 3 + 5 bridges of 3; one bridge alone gives 6
    network = resolve(f"token_fusion_early:channel,{SMALL},depth=1{options}").at_size(64).build().eval()
    image = torch.rand(1, 3, 64, 64)
    stacked = network.stacked(image)
    assert stacked.shape == (1, channels, 64, 64)
    torch.testing.assert_close(stacked[:, :3], image)


def test_replication_repeats_each_value():
    bridge = Bridge(2, 3, learned=False)  # stage 2: 1/4 of the side
    small = torch.rand(1, 256, 3, 3)
    grown = bridge(small)
    assert grown.shape == (1, 3, 12, 12)
    torch.testing.assert_close(grown[..., ::4, ::4], bridge.project(small))
    torch.testing.assert_close(grown[..., 3::4, 3::4], bridge.project(small))


def mixing(stage):
    return Mixing(LayerwiseSpec(width=24, num_heads=3, mixing_depth=1), stage)


def test_the_class_token_is_left_out_of_the_mixing():
    mix = mixing(4).eval()
    tokens, features = torch.rand(1, 17, 24), torch.rand(1, 1024, 4, 4)
    mixed = mix(tokens, features)
    torch.testing.assert_close(mixed[:, :1], mix.blocks(tokens)[:, :1])
    assert not torch.allclose(mixed[:, 1:], mix.blocks(tokens)[:, 1:])


@pytest.mark.parametrize("stage", [1, 2, 3, 4, 5])
def test_every_stage_reaches_the_token_grid(stage):
    channels, side = (64, 256, 512, 1024, 2048)[stage - 1], 64 // 2**stage
    assert mixing(stage)(torch.rand(1, 16, 24), torch.rand(1, channels, side, side)).shape == (1, 16, 24)


@pytest.mark.parametrize(("kind", "inputs"), [("token", 4), ("channel", 6), ("mixing", 10)])
def test_heads_pool_what_their_name_says(kind, inputs):
    head = Head(TokenFusionSpec(head=kind, num_classes=2), tokens=4, features=6)
    assert head.fc.in_features == inputs
    x = torch.arange(24.0).reshape(1, 4, 6)
    pooled = {"token": x.mean(2), "channel": x.mean(1), "mixing": torch.cat((x.mean(2), x.mean(1)), 1)}[kind]
    torch.testing.assert_close(head(x), head.fc(pooled))


def test_twelve_blocks_in_each_method():
    for name, stacks in (
        ("late", ("vit_blocks", "cnn_blocks")),
        ("early", ("blocks",)),
        ("layerwise", ("blocks", *(f"mixing.{i}.blocks" for i in range(5)))),
    ):
        with torch.device("meta"):
            network = resolve(f"token_fusion_{name}").build()
        assert sum(len(network.get_submodule(stack)) for stack in stacks) == 12
