"""One function per operator: shapes in, operation counts out, all for one image.

Sizes are ints, integer NumPy arrays or SymPy expressions. Maps are (channels, height, width); multiply-accumulates
are MACs (one multiplication with its addition). Nothing here knows what a MAC is worth: see ``convention``.
"""

from __future__ import annotations

from effbench.cost.counts import OpCounts, combine, op
from effbench.cost.shape import Size


def linear(tokens: Size, d_in: Size, d_out: Size, *, bias: bool = True) -> OpCounts:
    """``nn.Linear`` on (tokens, d_in) -> (tokens, d_out)."""
    alive = tokens * d_in + tokens * d_out
    counts = op(alive, mac_linear=tokens * d_in * d_out, param=d_in * d_out + (d_out if bias else 0))
    return counts + op(alive, moved=0, bias_add=tokens * d_out) if bias else counts


def conv2d(
    height: Size,
    width: Size,
    c_in: Size,
    c_out: Size,
    kernel: int,
    *,
    stride: int = 1,
    depthwise: bool = False,
    bias: bool = True,
) -> OpCounts:
    """``nn.Conv2d`` whose *output* is (c_out, height, width) and whose input is ``stride`` times as wide and high.

    A depthwise convolution has one group per channel: c_in = c_out.
    """
    fan_in = (1 if depthwise else c_in) * kernel * kernel
    pixels = height * width
    alive = pixels * stride * stride * c_in + pixels * c_out
    counts = op(alive, mac_conv=pixels * fan_in * c_out, param=fan_in * c_out + (c_out if bias else 0))
    return counts + op(alive, moved=0, bias_add=pixels * c_out) if bias else counts


def conv_transpose2d(height: Size, width: Size, c_in: Size, c_out: Size, stride: int) -> OpCounts:
    """``nn.ConvTranspose2d`` with kernel = stride and bias, on an *input* of (c_in, height, width)."""
    weight = c_in * c_out * stride * stride
    outputs = height * width * stride * stride * c_out
    alive = height * width * c_in + outputs
    product = op(alive, mac_conv=height * width * weight, param=weight + c_out)
    return product + op(alive, moved=0, bias_add=outputs)


def attention_products(tokens: Size, width: Size, num_heads: Size) -> OpCounts:
    """Softmax attention of (tokens, width) queries, keys and values: QKᵀ, softmax, AV, over all heads.

    QKᵀ and AV cost tokens² · width MACs each, whatever the number of heads. The scores (heads, tokens, tokens) are in
    memory only where the attention is not fused; that moment is filed under ``softmax_elem``. What is moved is that of
    a fused attention, filed under ``mac_qk``.
    """
    product = tokens * tokens * width
    scores = num_heads * tokens * tokens
    qkv, out = 3 * tokens * width, tokens * width
    return combine(
        (
            op(qkv + out, mac_qk=product),
            op(qkv + 2 * scores, moved=0, softmax_elem=scores),
            op(qkv + out, moved=0, mac_av=product),
        )
    )


def layer_norm(tokens: Size, width: Size) -> OpCounts:
    """``nn.LayerNorm(width)`` with scale and shift."""
    return op(2 * tokens * width, layer_norm_elem=tokens * width, param=2 * width)


def batch_norm2d(height: Size, width: Size, channels: Size) -> OpCounts:
    """``nn.BatchNorm2d`` with scale and shift; running statistics are buffers, not parameters."""
    elements = height * width * channels
    return op(2 * elements, batch_norm_elem=elements, param=2 * channels)


def activation(elements: Size, *, inplace: bool = False) -> OpCounts:
    """A pointwise non-linearity (ReLU, GELU, hard-swish, sigmoid, …)."""
    return op(elements if inplace else 2 * elements, moved=2 * elements, act_elem=elements)


def global_pool(height: Size, width: Size, channels: Size) -> OpCounts:
    """Average over the whole map: (channels, height, width) -> channels."""
    return op(height * width * channels + channels, global_pool_elem=height * width * channels)


def window_pool(height: Size, width: Size, channels: Size, stride: int) -> OpCounts:
    """A max or average pool whose *output* is (channels, height, width)."""
    outputs = height * width * channels
    return op(outputs * stride * stride + outputs, window_pool_elem=outputs * stride * stride)


def mean(tokens: Size, width: Size, *, over_tokens: bool = True) -> OpCounts:
    """Average of (tokens, width) over the tokens, or over the channels."""
    return op(tokens * width + (width if over_tokens else tokens), mean_elem=tokens * width)


def resize(height: Size, width: Size, channels: Size, *, source: Size, antialias: bool = False) -> OpCounts:
    """Interpolation or replication to an *output* of (channels, height, width) from ``source`` elements."""
    outputs = height * width * channels
    return op(source + outputs, **{"antialias_elem" if antialias else "resample_elem": outputs})


def residual(elements: Size) -> OpCounts:
    """A skip connection, or an element-wise sum of two streams."""
    return op(3 * elements, residual_add=elements)


def embedding(tokens: Size, width: Size) -> OpCounts:
    """A learned position embedding (tokens, width), added to the tokens."""
    return op(2 * tokens * width, embed_add=tokens * width, param=tokens * width)


def multiply(elements: Size, *, factors: int = 1) -> OpCounts:
    """An element-wise product of ``factors`` tensors of that size: two streams, or one with a gate or itself."""
    return op(2 * elements, moved=(factors + 1) * elements, mul_elem=elements)


def reparametrisation(count: Size, steps: int = 1) -> OpCounts:
    """``steps`` pointwise operations on ``count`` weights, done once per pass."""
    return op(2 * count, weight_elem=steps * count)


def parameters(count: Size) -> OpCounts:
    """Parameters of the module itself that no operation above brings along (a class token)."""
    return op(param=count)
