"""BoTNet-S1-128 against its paper's arithmetic."""

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")

from timm.layers import SEModule  # noqa: E402
from timm.layers.bottleneck_attn import BottleneckAttn  # noqa: E402

from effbench.models.networks.botnet import botnet_s1  # noqa: E402
from effbench.models.spec.botnet import BoTNetSpec  # noqa: E402


def by_hand(side):
    """Parameters and MACs of S1-128, block by block."""
    side //= 2
    # Stem: 7x7 convolution of stride 2 with BatchNorm; then a pooling of stride 2.
    params, macs = 49 * 3 * 64 + 2 * 64, side**2 * 49 * 3 * 64
    side, channels = side // 2, 64
    for w, depth, stride in ((256, 3, 1), (512, 4, 2), (1024, 23, 2), (2048, 12, 1)):
        for i in range(depth):
            before, side = side, side // (stride if i == 0 else 1)
            n, m = side**2, w // 4
            # Shared by both kinds: 1x1 in (before the stride), 1x1 out, three BatchNorms.
            params += channels * m + m * w + 2 * (m + m + w)
            macs += before**2 * channels * m + n * m * w
            if channels != w:  # shortcut: 1x1 convolution, BatchNorm
                params += channels * w + 2 * w
                macs += n * channels * w
            if w < 2048:  # 3x3; squeeze-and-excitation to 1/16 and back, with biases, on one value per channel
                params += 9 * m * m + 2 * w * (w // 16) + w // 16 + w
                macs += n * 9 * m * m + 2 * w * (w // 16)
            else:  # q, k, v; tables of 2·side - 1 offsets per direction, 128 wide, met by 4 heads; two products
                params += 3 * m * m + 2 * (2 * side - 1) * 128
                macs += n * 3 * m * m + 2 * n * (2 * side - 1) * m + 2 * n * n * m
            channels = w
    return params + 2048 * 1000 + 1000, macs + 2048 * 1000


# Published: 19.3 G at 256 and 45.8 G at 384 pixels.
@pytest.mark.parametrize(("side", "gmacs"), [(256, 19.3), (384, 45.8)])
def test_counts_are_those_of_the_arithmetic(counted, side, gmacs):
    params, macs = counted("botnet_s1_128", side)
    assert (params, macs) == by_hand(side)
    assert round(macs / 1e9, 1) == gmacs


def test_the_table_holds_it_at_256():
    spec = resolve("botnet_s1_128").spec
    assert spec.image_size == 256
    assert by_hand(256) == (69_131_672, 19_299_016_704)


def test_128_layers():
    # Three per block, the stem and the classifier.
    assert 3 * sum(resolve("botnet_s1_128").spec.depths) + 2 == 128


class Narrow(BoTNetSpec):
    widths = (32, 64, 96, 128)


def small(side=64):
    return botnet_s1(Narrow(image_size=side, num_classes=5, depths=(1, 1, 2, 2), num_heads=2))


def test_every_parameter_learns(learns):
    learns(small(), 64)


def test_the_last_stage_keeps_the_map():
    # 1/16 of the image's side, not 1/32: that is what S1 means.
    assert small().forward_features(torch.randn(1, 3, 64, 64)).shape == (1, 128, 4, 4)


def test_attention_is_in_the_last_stage_and_squeeze_and_excitation_in_the_others():
    *convolutional, attention = small().stages
    assert [sum(isinstance(m, SEModule) for m in stage.modules()) for stage in convolutional] == [1, 1, 2]
    assert not any(isinstance(m, SEModule) for m in attention.modules())
    assert [type(block.self_attn) for block in attention] == [BottleneckAttn, BottleneckAttn]


def test_squeeze_and_excitation_acts_on_the_output_of_the_block():
    assert [block.attn_last.fc1.in_channels for stage in small().stages[:3] for block in stage] == [32, 64, 96, 96]


def test_relative_positions_hold_for_one_size():
    with pytest.raises(AssertionError):
        small(64)(torch.randn(1, 3, 80, 80))


@pytest.mark.parametrize("side", [8, 200])
def test_sides_must_be_multiples_of_16(side):
    with pytest.raises(SpecError, match="16"):
        resolve("botnet_s1_128").at_size(side)
