"""Convolutional blocks: inverted residual, squeeze-excite, GDN and the compression encoder, by hand."""

import pytest

from effbench.cost.convolution import analysis_transform, gdn, inverted_residual, squeeze_excite
from effbench.errors import SpecError


def test_squeeze_excite_by_hand():
    # 2x2 map of 8 channels, ratio 4: pool 32 elements; 8 -> 2 -> 8 by two 1x1 convolutions on one pixel, 16 + 16 MACs,
    # parameters 16 + 2 + 16 + 8 = 42, biases on 2 + 8; ReLU on 2, hard-sigmoid on 8; gate 32 elements
    assert squeeze_excite(2, 2, 8, 4).by_kind() == {
        "global_pool_elem": 32,
        "mac_conv": 32,
        "param": 42,
        "bias_add": 10,
        "act_elem": 10,
        "mul_elem": 32,
    }


def test_squeeze_excite_refuses_channels_the_ratio_does_not_divide():
    with pytest.raises(SpecError, match="6 is not a multiple of 4"):
        squeeze_excite(2, 2, 6, 4)


def test_inverted_residual_by_hand():
    # 4 -> 8 -> 4 channels, 3x3, stride 1, on 2x2: expand 4·4·8 = 128; depthwise 4·8·9 = 288; project 4·8·4 = 128;
    # squeeze-excite 32 (above). Batch norms on 32 + 32 + 16 elements. Parameters 32 + 72 + 32 without bias, norms
    # 16 + 16 + 8, squeeze-excite 42. Hard-swish on 32 + 32, squeeze-excite 10. Skip: 2·2·4 = 16.
    assert inverted_residual(2, 2, 4, 8, 4, 3, 1).by_kind() == {
        "mac_conv": 128 + 288 + 32 + 128,
        "param": 136 + 40 + 42,
        "batch_norm_elem": 80,
        "act_elem": 74,
        "global_pool_elem": 32,
        "bias_add": 10,
        "mul_elem": 32,
        "residual_add": 16,
    }


def test_the_input_stays_in_memory_while_a_block_runs():
    # the expansion reads 2·2·4 elements and writes 2·2·8, beside the block's input of 2·2·4
    assert inverted_residual(2, 2, 4, 8, 4, 3, 1).live[0].elements == 16 + 32 + 16


def test_a_stride_makes_the_expansion_four_times_as_large():
    # output 2x2, so the expansion 4 -> 8 runs on 4x4: 16·4·8 = 512; depthwise 5x5 on the output: 4·8·25 = 800
    modules = inverted_residual(2, 2, 4, 8, 4, 5, 2).by_module()
    assert modules["conv_pw"].of("mac_conv") == 512
    assert modules["conv_dw"].of("mac_conv") == 800


@pytest.mark.parametrize(("c_out", "stride", "skips"), [(4, 1, 16), (4, 2, 0), (8, 1, 0)])
def test_the_skip_is_there_only_where_shapes_agree(c_out, stride, skips):
    assert inverted_residual(2, 2, 4, 8, c_out, 3, stride).of("residual_add") == skips


def test_modules_with_parameters_are_those_of_timm():
    modules = inverted_residual(2, 2, 4, 8, 4, 3, 1).by_module()
    assert [name for name, counts in modules.items() if counts.params] == [
        "conv_pw",
        "bn1",
        "conv_dw",
        "bn2",
        "se.conv_reduce",
        "se.conv_expand",
        "conv_pwl",
        "bn3",
    ]


def test_gdn_is_a_1x1_convolution_over_squares():
    # 2x2 map of 3 channels: square 12, gamma 4·3·3 = 36 MACs with 9 + 3 parameters, root 12, division 12; each of the
    # 12 weights is bounded, squared and shifted before use
    assert gdn(2, 2, 3).by_kind() == {
        "mul_elem": 24,
        "mac_conv": 36,
        "param": 12,
        "bias_add": 12,
        "act_elem": 12,
        "weight_elem": 36,
    }


def test_the_encoder_of_ci2p_vit_has_the_parameters_of_compressai():
    # four 5x5 convolutions 3 -> 128 -> 128 -> 128 -> 192 (9,728 + 409,728 + 409,728 + 614,592) and three GDNs of
    # 128² + 128 (16,512 each): 1,493,312 = 1.493 M, CompressAI's g_a
    assert analysis_transform(16, 16, 128, 192).params == 1_493_312


def test_the_encoder_by_layer_on_a_16x16_image():
    # latent 1x1, so the layers see 8x8, 4x4, 2x2 and 1x1 output pixels; per pixel c_in·c_out·25, GDN 128²
    layers = analysis_transform(1, 1, 128, 192).by_module(1)
    assert {name: counts.of("mac_conv") for name, counts in layers.items()} == {
        "0": 64 * 3 * 128 * 25,
        "1": 64 * 128 * 128,
        "2": 16 * 128 * 128 * 25,
        "3": 16 * 128 * 128,
        "4": 4 * 128 * 128 * 25,
        "5": 4 * 128 * 128,
        "6": 1 * 128 * 192 * 25,
    }
