"""One operator at a time: counts, parameters and live elements of tiny shapes, by hand."""

import numpy as np
import pytest

from effbench.cost import ops
from effbench.cost.convention import convention


@pytest.mark.parametrize(
    ("counts", "by_kind"),
    [
        # 4 tokens, 3 -> 5: 4·3·5 = 60 MACs; weight 3·5 + bias 5 = 20; 4·5 = 20 outputs get a bias
        pytest.param(ops.linear(4, 3, 5), {"mac_linear": 60, "param": 20, "bias_add": 20}, id="linear"),
        pytest.param(ops.linear(4, 3, 5, bias=False), {"mac_linear": 60, "param": 15}, id="linear without bias"),
        # output 2x4 pixels of 5 channels from 3 through 3x3: 8·5·3·9 = 1080; weight 5·3·9 + 5 = 140; 8·5 outputs
        pytest.param(ops.conv2d(2, 4, 3, 5, 3), {"mac_conv": 1080, "param": 140, "bias_add": 40}, id="conv"),
        # the count is per output pixel, so the stride changes nothing here
        pytest.param(
            ops.conv2d(2, 4, 3, 5, 3, stride=2), {"mac_conv": 1080, "param": 140, "bias_add": 40}, id="conv, stride 2"
        ),
        pytest.param(ops.conv2d(2, 4, 3, 5, 3, bias=False), {"mac_conv": 1080, "param": 135}, id="conv without bias"),
        # depthwise: each of 6 channels sees its own 3x3 only: 8·6·9 = 432; weight 6·9 = 54
        pytest.param(
            ops.conv2d(2, 4, 6, 6, 3, depthwise=True, bias=False), {"mac_conv": 432, "param": 54}, id="depthwise conv"
        ),
        # every input element meets every weight of its channel once: 4·4 pixels x 3·5·2·2 = 960; weight 60 + bias 5;
        # output 8x8x5 = 320. (Same as torch 2.15's FlopCounterMode, 1920 FLOPs, and fvcore 0.1.5, 960.)
        pytest.param(
            ops.conv_transpose2d(4, 4, 3, 5, 2), {"mac_conv": 960, "param": 65, "bias_add": 320}, id="transposed conv"
        ),
        # 3 tokens of width 8: QKᵀ 3·3·8 = 72, AV the same; 2 heads x 3·3 scores = 18
        pytest.param(
            ops.attention_products(3, 8, 2), {"mac_qk": 72, "mac_av": 72, "softmax_elem": 18}, id="attention products"
        ),
        # 3·8 elements; one scale and one shift per channel
        pytest.param(ops.layer_norm(3, 8), {"layer_norm_elem": 24, "param": 16}, id="layer norm"),
        pytest.param(ops.batch_norm2d(2, 4, 5), {"batch_norm_elem": 40, "param": 10}, id="batch norm"),
        pytest.param(ops.activation(7), {"act_elem": 7}, id="activation"),
        pytest.param(ops.global_pool(2, 4, 5), {"global_pool_elem": 40}, id="global pool"),
        # output 2x4x5 = 40, each from a 3x3 window: 360 inputs
        pytest.param(ops.window_pool(2, 4, 5, 3), {"window_pool_elem": 360}, id="window pool"),
        pytest.param(ops.mean(3, 8), {"mean_elem": 24}, id="mean over tokens"),
        pytest.param(ops.mean(3, 8, over_tokens=False), {"mean_elem": 24}, id="mean over channels"),
        # counted per output element, whatever the source
        pytest.param(ops.resize(2, 4, 3, source=192), {"resample_elem": 24}, id="resize"),
        pytest.param(ops.resize(2, 4, 3, source=192, antialias=True), {"antialias_elem": 24}, id="antialiased resize"),
        pytest.param(ops.residual(24), {"residual_add": 24}, id="residual"),
        pytest.param(ops.embedding(3, 8), {"embed_add": 24, "param": 24}, id="position embedding"),
        pytest.param(ops.multiply(24), {"mul_elem": 24}, id="multiply"),
        # 8 weights, two operations on each
        pytest.param(ops.reparametrisation(8, steps=2), {"weight_elem": 16}, id="reparametrisation"),
        pytest.param(ops.parameters(8), {"param": 8}, id="parameters"),
    ],
)
def test_hand_numbers(counts, by_kind):
    assert counts.by_kind() == by_kind


@pytest.mark.parametrize(
    ("counts", "alive"),
    [
        # in 4·3 + out 4·5; the bias is added while the same two are there
        pytest.param(ops.linear(4, 3, 5), [32, 32], id="linear"),
        # input (2·2)x(4·2)x3 = 96, output 2x4x5 = 40
        pytest.param(ops.conv2d(2, 4, 3, 5, 3, stride=2, bias=False), [136], id="conv, stride 2"),
        # input 4·4·3 = 48, output 8·8·5 = 320
        pytest.param(ops.conv_transpose2d(4, 4, 3, 5, 2), [368, 368], id="transposed conv"),
        # q, k, v 3·(3·8) = 72 and the output 24; at the softmax q, k, v and the scores before and after, 2·18
        pytest.param(ops.attention_products(3, 8, 2), [96, 108, 96], id="attention products"),
        pytest.param(ops.layer_norm(3, 8), [48], id="layer norm"),
        pytest.param(ops.batch_norm2d(2, 4, 5), [80], id="batch norm"),
        pytest.param(ops.activation(7), [14], id="activation"),
        pytest.param(ops.activation(7, inplace=True), [7], id="activation in place"),
        # 40 in, 5 out
        pytest.param(ops.global_pool(2, 4, 5), [45], id="global pool"),
        pytest.param(ops.window_pool(2, 4, 5, 3), [400], id="window pool"),
        pytest.param(ops.mean(3, 8), [32], id="mean over tokens leaves 8"),
        pytest.param(ops.mean(3, 8, over_tokens=False), [27], id="mean over channels leaves 3"),
        pytest.param(ops.resize(2, 4, 3, source=192), [216], id="resize"),
        # two terms and the sum
        pytest.param(ops.residual(24), [72], id="residual"),
        pytest.param(ops.embedding(3, 8), [48], id="position embedding"),
        pytest.param(ops.multiply(24), [48], id="multiply"),
        pytest.param(ops.parameters(8), [], id="parameters"),
    ],
)
def test_elements_alive(counts, alive):
    assert [moment.elements for moment in counts.live] == alive


@pytest.mark.parametrize("num_heads", [1, 2, 4, 8])
def test_the_number_of_heads_changes_no_attention_mac(num_heads):
    products = ops.attention_products(5, 8, num_heads)
    assert products.of("mac_qk") == products.of("mac_av") == 5 * 5 * 8


def test_a_depthwise_convolution_costs_one_cth_of_a_full_one():
    full, depthwise = (ops.conv2d(2, 4, 6, 6, 3, depthwise=kind).of("mac_conv") for kind in (False, True))
    assert full == 6 * depthwise


def test_a_1x1_convolution_is_a_linear_layer_per_pixel():
    conv, linear = ops.conv2d(2, 4, 3, 5, 1), ops.linear(8, 3, 5)
    assert conv.of("mac_conv") == linear.of("mac_linear")
    assert conv.params == linear.params


def test_a_nearest_neighbour_resize_is_one_per_output_element_in_fvcore():
    # fvcore 0.1.5 on interpolate((1, 3, 32, 32) -> 16x16, mode="nearest"): 768 = 3·16·16
    assert convention("fvcore").total(ops.resize(16, 16, 3, source=3 * 32 * 32)) == 768


def test_arrays_of_shapes_give_arrays_of_counts():
    tokens, width = np.array([3, 5]), np.array([8, 16])
    counts = ops.linear(tokens, width, 4 * width)
    assert counts.of("mac_linear").tolist() == [ops.linear(3, 8, 32).of("mac_linear"), 5 * 16 * 64]
    assert counts.params.tolist() == [8 * 32 + 32, 16 * 64 + 64]
