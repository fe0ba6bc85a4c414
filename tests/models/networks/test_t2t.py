"""T2T-ViT: exact size and cost, and what its token module does."""

from __future__ import annotations

import math

import pytest

from effbench.errors import SpecError
from effbench.models.registry import resolve

torch = pytest.importorskip("torch")
pytest.importorskip("timm")


from effbench.models.networks.t2t import (  # noqa: E402
    PerformerAttention,
    TokenAttention,
    TokensToToken,
    sinusoid_table,
)


# The released code (github.com/yitu-opensource/T2T-ViT, 0f63dc9), counted in the same way, has the same totals.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t2t_vit_19", 39_177_422),
        ("t2t_vit_24", 64_105_934),
        ("t2t_vit_19:performer=no", 39_172_942),
        ("t2t_vit_24:performer=no", 64_101_454),
    ],
)
def test_parameters(counted, name, expected):
    assert counted(name)[0] == expected


# Frozen: the position table, 197 * 512, and 32 random features of 64 channels in each of two Performers.
def test_position_table_and_random_features_are_frozen(on_meta):
    frozen = sum(p.numel() for p in on_meta("t2t_vit_24").parameters() if not p.requires_grad)
    assert frozen == 197 * 512 + 2 * 32 * 64


# The paper prints 9.8 G and 15.0 G for the variants with softmax attention between the splits.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t2t_vit_19", 8_479_682_176),
        ("t2t_vit_24", 13_661_874_688),
        ("t2t_vit_19:performer=no", 9_784_935_552),
        ("t2t_vit_24:performer=no", 14_967_128_064),
    ],
)
def test_macs_of_the_released_code(counted, name, expected):
    assert counted(name)[1] == expected


# Tokens of 7*7*3 = 147 values on 56², then of 9*64 = 576 on 28²; each: q, k, v (w * 192), features of q and k
# (2*64*32), row sums (32), k'v and q'(k'v) (2*32*64), proj and MLP (3*64²). Then 576 -> D on 14², and blocks of
# 10LD² + 2L²D, the MLP's ratio being 3.
@pytest.mark.parametrize(("name", "d", "depth"), [("t2t_vit_19", 448, 19), ("t2t_vit_24", 512, 24)])
def test_macs_by_hand(counted, name, d, depth):
    performers = sum(
        n * (w * 192 + 2 * 64 * 32 + 32 + 2 * 32 * 64 + 3 * 64**2) for n, w in ((56**2, 147), (28**2, 576))
    )
    encoder = depth * (10 * 197 * d**2 + 2 * 197**2 * d)
    assert counted(name)[1] == performers + 196 * 576 * d + encoder + 1000 * d


@pytest.mark.parametrize("performer", ["yes", "no"])
def test_every_parameter_learns(learns, performer):
    small = f"num_classes=5,width=16,depth=2,num_heads=2,token_width=8,performer={performer}"
    learns(resolve(f"t2t_vit_19:{small}").at_size(32).build(), 32)


# Strides 4, 2 and 2: a token for every 16x16 pixels.
def test_token_module_gives_a_token_per_16_pixels_squared():
    tokens = TokensToToken(16, 8, performer=True)(torch.randn(1, 3, 32, 48))
    assert tokens.shape == (1, 2 * 3, 16)


def test_random_features_are_orthogonal_of_length_root_m():
    features = PerformerAttention(10, 8).features  # (m, t) = (4, 8)
    torch.testing.assert_close(features @ features.T, 4 * torch.eye(4))


# One feature, w = (1, 0), and x = (2, 1): exp(w·x - |x|²/2) / sqrt(1) = exp(2 - 5/2).
def test_positive_features():
    attn = PerformerAttention(10, 2)
    attn.features.data = torch.tensor([[1.0, 0.0]])
    features = attn.positive_features(torch.tensor([[[2.0, 1.0]]]))
    torch.testing.assert_close(features, torch.full((1, 1, 1), math.exp(-0.5)))


# Linear attention never forms the n x n matrix, but is the product of its row-normalised kernel with the values.
def test_performer_is_row_normalised_kernel_attention():
    torch.manual_seed(0)
    attn = PerformerAttention(10, 8)
    x = torch.randn(2, 7, 10)
    q, k, v = attn.qkv(x).chunk(3, dim=-1)
    kernel = attn.positive_features(q) @ attn.positive_features(k).transpose(1, 2)  # (2, 7, 7)
    expected = v + attn.proj(kernel / kernel.sum(dim=-1, keepdim=True) @ v)
    torch.testing.assert_close(attn(x), expected)


@pytest.mark.parametrize("attention", [PerformerAttention, TokenAttention])
def test_values_are_the_skip_connection(attention):
    attn = attention(10, 8)
    torch.nn.init.zeros_(attn.proj.weight)
    torch.nn.init.zeros_(attn.proj.bias)
    x = torch.randn(2, 7, 10)
    torch.testing.assert_close(attn(x), attn.qkv(x).chunk(3, dim=-1)[2])


def test_fused_and_explicit_attention_agree():
    attn = TokenAttention(10, 8)
    x = torch.randn(2, 7, 10)
    attn.fused_attn = True
    fused = attn(x)
    attn.fused_attn = False
    torch.testing.assert_close(attn(x), fused)


# Position 3 of a width of 4: channels 0 and 1 turn by 1 per position, 2 and 3 by 10000^(-2/4) = 1/100.
def test_sinusoid_table():
    expected = torch.tensor([math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)])
    torch.testing.assert_close(sinusoid_table(4, 4)[0, 3], expected)


def test_side_must_be_a_multiple_of_16():
    with pytest.raises(SpecError, match="multiple of 16"):
        resolve("t2t_vit_19").at_size(200)
