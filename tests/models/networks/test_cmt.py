"""CMT: exact size and cost of five variants, and the parts of its blocks."""

from __future__ import annotations

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


from effbench.models.networks.cmt import CMTStage, InvertedResidualFeedForward, LightweightAttention  # noqa: E402


# Tiny to base: the released code (github.com/ggjy/CMT.pytorch, 07e72b7), counted in the same way, has the same totals.
# Large: inferred; 74.7 M parameters are printed.
@pytest.mark.parametrize(
    ("name", "params", "macs"),
    [
        ("cmt_tiny", 9_492_426, 638_904_600),
        ("cmt_xsmall", 15_247_208, 1_546_873_472),
        ("cmt_small", 26_256_160, 4_031_742_464),
        ("cmt_base", 45_715_076, 9_317_124_096),
        ("cmt_large", 74_774_152, 19_498_983_104),
    ],
)
def test_parameters_and_macs(counted, name, params, macs):
    assert counted(name) == (params, macs)


# N positions of width D, M = N / r² keys, H channels in the feed-forward. Per stage: 2x2 convolution 4 * D_in * D * N.
# Per block: local perception 9ND; shrinking ND, where r > 1; q and proj 2ND², k and v 2MD², products 2NMD;
# feed-forward N(2DH + 9H). Stem: three 3x3 convolutions on half the side. Tail: D * 1280 on the last map, 1280 * 1000.
@pytest.mark.parametrize("name", ["cmt_tiny", "cmt_xsmall", "cmt_small", "cmt_base", "cmt_large"])
def test_macs_by_hand(counted, name):
    s = resolve(name).spec
    total = (s.image_size // 2) ** 2 * 9 * (3 + 2 * s.stem_width) * s.stem_width + 1280 * 1000
    d_in = s.stem_width
    for i, (d, depth, r, h) in enumerate(zip(s.widths, s.depths, s.reductions, s.hidden, strict=True)):
        n = (s.image_size // 2 ** (i + 2)) ** 2
        m = n // r**2
        attention = (n * d if r > 1 else 0) + 2 * n * d**2 + 2 * m * d**2 + 2 * n * m * d
        total += 4 * d_in * d * n + depth * (9 * n * d + attention + n * (2 * d * h + 9 * h))
        d_in = d
    assert counted(name)[1] == total + n * d * 1280


def test_hidden_channels_are_rounded_down():
    # 3.6 * (46, 92, 184, 368) = 165.6, 331.2, 662.4, 1324.8
    assert resolve("cmt_tiny").spec.hidden == (165, 331, 662, 1324)


def test_every_parameter_learns(learns):
    small = "stem_width=4,widths=4-8-16-32,depths=1-2-1-1,mlp_ratio=2,head_width=24"
    learns(resolve(f"cmt_small:num_classes=5,{small}").at_size(64).build(), 64)


def test_stages_halve_the_map_from_a_quarter_of_the_side(on_meta):
    x, shapes = torch.empty(1, 32, 112, 112, device="meta"), []
    for stage in on_meta("cmt_small").stages:
        x = stage(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]


# 8x8 positions ask 8x8 / 4² = 4 keys, with 2 heads.
def test_blocks_of_a_stage_share_one_position_table():
    stage = CMTStage(4, 8, depth=3, num_heads=2, reduction=4, hidden=16, side=8)
    assert stage.position_bias.shape == (2, 64, 4)
    assert sum("bias" in name and p.dim() == 3 for name, p in stage.named_parameters()) == 1


@pytest.mark.parametrize("reduction", [1, 2])
def test_fused_and_explicit_attention_agree(reduction):
    torch.manual_seed(0)
    attn = LightweightAttention(8, 2, reduction).eval()
    x, bias = torch.randn(2, 8, 4, 4), torch.randn(2, 16, 16 // reduction**2)
    attn.fused_attn = True
    fused = attn(x, bias)
    attn.fused_attn = False
    torch.testing.assert_close(attn(x, bias), fused)


# A bias that leaves one key: every position then reads that key's value, so the map is constant.
def test_position_table_steers_the_attention():
    attn = LightweightAttention(8, 2, 1)
    bias = torch.full((2, 16, 16), float("-inf"))
    bias[:, :, 5] = 0
    x = torch.randn(1, 8, 4, 4)
    expected = attn.proj(attn.v(x.flatten(2)[:, :, 5]))  # (1, 8)
    torch.testing.assert_close(attn(x, bias), expected[:, :, None, None].expand_as(x))


# With the depth-wise convolution silent, the identity beside it still carries the hidden map.
def test_feed_forward_has_an_identity_beside_its_depthwise_convolution():
    ffn = InvertedResidualFeedForward(4, 8).eval()
    torch.nn.init.zeros_(ffn.depthwise.weight)
    torch.nn.init.zeros_(ffn.depthwise.bias)
    x = torch.randn(1, 4, 3, 3)
    torch.testing.assert_close(ffn(x), ffn.project(ffn.norm(ffn.act(ffn.expand(x)))))


# The first stage works on 1/4 of the side and shortens keys 8 times: sides are multiples of 32.
def test_side_must_be_a_multiple_of_32():
    with pytest.raises(SpecError, match="multiple of 32"):
        resolve("cmt_small").at_size(240)


def test_tuples_of_different_lengths_are_refused():
    with pytest.raises(SpecError, match="as many entries"):
        resolve("cmt_small:depths=3-3-16")
