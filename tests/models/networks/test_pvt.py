"""PVT version 1 against its paper's arithmetic."""

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


WIDTHS, MLP, REDUCTIONS = (64, 128, 320, 512), (8, 8, 4, 4), (8, 4, 2, 1)

# Table 1 of arXiv:2102.12122; the authors' README prints 13.2, 24.5, 44.2 and 61.4 M parameters.
DEPTHS = {
    "pvt_tiny": (2, 2, 2, 2),
    "pvt_small": (3, 4, 6, 3),
    "pvt_medium": (3, 4, 18, 3),
    "pvt_large": (3, 8, 27, 3),
}


def by_hand(depths, side):
    """Parameters and MACs, stage by stage."""
    params = macs = 0
    channels = 3
    for i, (d, depth, m, r) in enumerate(zip(WIDTHS, depths, MLP, REDUCTIONS, strict=True)):
        patch, class_token = (4, 2, 2, 2)[i], int(i == 3)
        side //= patch
        n = side**2
        t = n + class_token  # tokens
        k = n // r**2 + class_token  # keys
        # Patch convolution, its LayerNorm, position table, class token.
        params += patch**2 * channels * d + d + 2 * d + t * d + class_token * d
        macs += n * patch**2 * channels * d
        # Two LayerNorms; q and output d·d; k and v d·2d; MLP d·md·d; all with bias.
        block = 4 * d + 2 * (d * d + d) + (2 * d * d + 2 * d) + 2 * m * d * d + m * d + d
        block_macs = 2 * t * d * d + 2 * k * d * d + 2 * t * k * d + 2 * m * t * d * d
        if r > 1:  # r x r convolution of stride r with bias, LayerNorm
            block += r * r * d * d + d + 2 * d
            block_macs += n * d * d
        params += depth * block
        macs += depth * block_macs
        channels = d
    # Last LayerNorm, head on the class token.
    return params + 2 * 512 + 512 * 1000 + 1000, macs + 512 * 1000


@pytest.mark.parametrize("name", DEPTHS)
def test_counts_are_those_of_the_arithmetic(counted, name):
    assert counted(name, 224) == by_hand(DEPTHS[name], 224)


def test_medium_is_the_published_network():
    # The authors' code: 44,208,104 parameters, 6.6592 GMACs.
    assert by_hand(DEPTHS["pvt_medium"], 224) == (44_208_104, 6_659_175_424)


def test_position_tables_grow_with_the_image(counted):
    assert counted("pvt_tiny", 384) == by_hand(DEPTHS["pvt_tiny"], 384)


def small():
    shape = "widths=8-16-24-32,depths=1-1-2-1,num_heads=1-2-3-4,mlp_ratios=2-2-1-1"
    return resolve(f"pvt_tiny:num_classes=5,{shape}").at_size(64).build()


def test_every_parameter_learns(learns):
    learns(small(), 64)


def test_only_the_last_stage_has_a_class_token():
    # Maps of 16, 8, 4 and 2 for 64 pixels.
    assert [stage.pos_embed.shape[1] for stage in small().stages] == [256, 64, 16, 4 + 1]


def test_every_stage_has_4_keys():
    # Reductions 8, 4, 2, 1 bring maps of 16, 8, 4 and 2 to 2 x 2.
    keys = []
    network = small()
    for stage in network.stages:
        stage.blocks[0].attn.kv.register_forward_hook(lambda module, inputs, output: keys.append(output.shape[1]))
    network(torch.randn(1, 3, 64, 64))
    assert keys == [4, 4, 4, 4 + 1]


@pytest.mark.parametrize("side", [16, 100, 240])
def test_sides_must_be_multiples_of_32(side):
    with pytest.raises(SpecError, match="32"):
        resolve("pvt_medium").at_size(side)


def test_a_reduction_in_the_last_stage_is_refused():
    with pytest.raises(SpecError, match="last stage"):
        resolve("pvt_medium:reductions=8-4-2-2")
