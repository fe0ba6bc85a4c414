"""CvT against its paper's arithmetic."""

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


from effbench.models.networks.cvt import Attention, ConvProjection  # noqa: E402

DEPTHS = {"cvt_13": (1, 2, 10), "cvt_21": (1, 4, 16)}


def by_hand(depths, side):
    """Parameters and MACs, stage by stage."""
    params = macs = 0
    channels = 3
    for i, (d, depth) in enumerate(zip((64, 192, 384), depths, strict=True)):
        kernel, stride, padding = (7, 3, 3)[i], (4, 2, 2)[i], (2, 1, 1)[i]
        class_token = int(i == 2)
        side = (side + 2 * padding - kernel) // stride + 1
        n, reduced = side**2, ((side + 1) // 2) ** 2
        t, k = n + class_token, reduced + class_token  # tokens, keys
        # Embedding convolution, its LayerNorm, class token.
        params += kernel**2 * channels * d + d + 2 * d + class_token * d
        macs += n * kernel**2 * channels * d
        # Two LayerNorms; three times depth-wise 3x3 (no bias), BatchNorm, linear; output; MLP of 4 widths.
        params += depth * (4 * d + 3 * (9 * d + 2 * d + d * d + d) + (d * d + d) + 8 * d * d + 5 * d)
        macs += depth * (9 * d * (n + 2 * reduced) + 2 * t * d * d + 2 * k * d * d + 2 * t * k * d + 8 * t * d * d)
        channels = d
    # Last LayerNorm, head on the class token.
    return params + 2 * 384 + 384 * 1000 + 1000, macs + 384 * 1000


@pytest.mark.parametrize("side", [224, 384])
@pytest.mark.parametrize("name", DEPTHS)
def test_counts_are_those_of_the_arithmetic(counted, name, side):
    assert counted(name, side) == by_hand(DEPTHS[name], side)


# The authors' code: 31,622,696 parameters, 7.178 and 24.849 GMACs; they print 32 M, 7.1 and 24.9 G.
@pytest.mark.parametrize(("side", "macs"), [(224, 7_177_985_024), (384, 24_849_091_584)])
def test_cvt_21_is_the_published_network(side, macs):
    assert by_hand(DEPTHS["cvt_21"], side) == (31_622_696, macs)


def test_the_table_holds_cvt_21_at_384():
    assert resolve("cvt_21").spec.image_size == 384


def small():
    return resolve("cvt_13:num_classes=5,widths=8-12-16,depths=1-1-2,num_heads=1-3-4").build()


def test_every_parameter_learns(learns):
    learns(small(), 64)


@pytest.mark.parametrize("side", [32, 50, 77])
def test_one_network_takes_images_of_any_size(side):
    assert small().eval()(torch.randn(1, 3, side, side)).shape == (1, 5)


def test_only_the_last_stage_has_a_class_token():
    assert [stage.cls_token is not None for stage in small().stages] == [False, False, True]


def test_the_class_token_passes_by_the_convolution():
    project = ConvProjection(8, stride=1).eval()
    class_token = torch.randn(2, 1, 8)
    tokens = project(class_token, torch.randn(2, 8, 5, 5))
    torch.testing.assert_close(tokens[:, :1], project.linear(class_token))


def test_keys_come_from_a_map_of_half_the_sides():
    # 5 x 5 patches and a class token; with stride 2, 3 x 3 and a class token.
    attention = Attention(8, num_heads=2).eval()
    class_token, patches = torch.randn(2, 1, 8), torch.randn(2, 8, 5, 5)
    lengths = [project(class_token, patches).shape[1] for project in (attention.q, attention.k, attention.v)]
    assert lengths == [26, 10, 10]


def test_logits_are_scaled_by_the_whole_width():
    # One class token and one patch, one-hot projections: softmax over logits q·k / sqrt(16), not q·k / sqrt(4).
    attention = Attention(16, num_heads=4).eval()
    for project in (attention.q, attention.k, attention.v):
        torch.nn.init.dirac_(project.conv.weight, groups=16)
        torch.nn.init.eye_(project.linear.weight)
        torch.nn.init.zeros_(project.linear.bias)
    torch.nn.init.eye_(attention.proj.weight)
    torch.nn.init.zeros_(attention.proj.bias)
    x = torch.randn(1, 2, 16)
    heads = x.view(2, 4, 4).transpose(0, 1)  # (heads, n, d / heads)
    expected = ((heads @ heads.mT) / 4).softmax(-1) @ heads
    # BatchNorm at its start divides the patch by sqrt(1 + 1e-5).
    torch.testing.assert_close(attention(x, (1, 1)), expected.transpose(0, 1).reshape(1, 2, 16), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("side", [16, 31])
def test_images_smaller_than_32_are_refused(side):
    with pytest.raises(SpecError, match="between 32 and"):
        resolve("cvt_21").at_size(side)


def test_every_stage_must_be_described():
    with pytest.raises(SpecError, match="number of depths"):
        resolve("cvt_21:depths=1-4")
