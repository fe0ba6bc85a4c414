"""The encoder block: counts by hand, module names of timm, the published formula."""

import pytest
import sympy

from effbench.cost.formulas import msa_macs, ravit_layer_macs
from effbench.cost.kinds import MAC_KINDS
from effbench.cost.transformer import attention, encoder, encoder_block, mlp


def macs(counts):
    return sum(counts.of(kind) for kind in MAC_KINDS)


def test_attention_by_hand():
    # 3 tokens of width 8: qkv 3·8·24 = 576 and proj 3·8·8 = 192; products 3·3·8 = 72 each; 2 heads x 9 scores;
    # biases on 3·24 + 3·8 = 96 elements; parameters 8·24 + 24 + 8·8 + 8 = 288
    assert attention(3, 8, 2).by_kind() == {
        "mac_linear": 768,
        "param": 288,
        "bias_add": 96,
        "mac_qk": 72,
        "softmax_elem": 18,
        "mac_av": 72,
    }


def test_mlp_by_hand():
    # 3 tokens, 8 -> 32 -> 8: 2·3·8·32 = 1536; parameters 8·32 + 32 + 32·8 + 8 = 552; biases on 3·32 + 3·8 = 120
    assert mlp(3, 8, 32).by_kind() == {"mac_linear": 1536, "param": 552, "bias_add": 120, "act_elem": 96}


def test_block_by_hand():
    # attention and MLP as above, two norms of 3·8 elements and 2·8 parameters, two skips of 3·8
    assert encoder_block(3, 8, 2, 32).by_kind() == {
        "layer_norm_elem": 48,
        "param": 288 + 552 + 32,
        "mac_linear": 768 + 1536,
        "bias_add": 216,
        "mac_qk": 72,
        "softmax_elem": 18,
        "mac_av": 72,
        "residual_add": 48,
        "act_elem": 96,
    }


def test_a_base_block_has_the_published_parameters():
    # 12·768² + 13·768 = 7,087,872, the size of a ViT-B block
    assert encoder_block(197, 768, 12, 3072).params == 7_087_872


def test_module_names_are_those_of_timm():
    assert list(encoder_block(3, 8, 2, 32).at("blocks.0").by_module()) == [
        "blocks.0.norm1",
        "blocks.0.attn.qkv",
        "blocks.0.attn",
        "blocks.0.attn.proj",
        "blocks.0",
        "blocks.0.norm2",
        "blocks.0.mlp.fc1",
        "blocks.0.mlp.act",
        "blocks.0.mlp.fc2",
    ]


@pytest.mark.parametrize(
    ("h", "w", "width", "num_heads"), [(1, 1, 1, 1), (2, 3, 8, 2), (14, 14, 768, 12), (7, 5, 96, 3)]
)
def test_attention_is_eq_1_of_ci2p_vit(h, w, width, num_heads):
    assert macs(attention(h * w, width, num_heads)) == msa_macs(h, w, width)


@pytest.mark.parametrize(("tokens", "width"), [(1, 1), (17, 128), (65, 768), (197, 768)])
def test_a_block_with_hidden_4d_is_eq_2_of_ravit(tokens, width):
    assert macs(encoder_block(tokens, width, 1, 4 * width)) == ravit_layer_macs(tokens, width)


def test_the_formula_of_a_block_in_symbols():
    tokens, width, hidden = sympy.symbols("L D M")
    found = macs(encoder_block(tokens, width, 1, hidden))
    assert sympy.expand(found - (4 * tokens * width**2 + 2 * tokens**2 * width + 2 * tokens * width * hidden)) == 0


def test_an_encoder_is_depth_equal_blocks():
    block, whole = encoder_block(3, 8, 2, 32), encoder("blocks", 4, 3, 8, 2, 32)
    assert whole.by_kind() == block.scaled(4).by_kind()
    assert list(whole.by_module(2)) == ["blocks.0", "blocks.1", "blocks.2", "blocks.3"]
