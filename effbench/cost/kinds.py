"""The kinds of operation a cost is made of; every convention is a row of prices over these."""

from __future__ import annotations

PARAM = "param"
WEIGHT = "weight_elem"

KINDS: dict[str, str] = {
    "mac_linear": "multiply-accumulates of linear layers: projections, MLPs, heads",
    "mac_conv": "multiply-accumulates of convolutions, transposed ones and patch embeddings included",
    "mac_qk": "multiply-accumulates of the attention product of queries and keys",
    "mac_av": "multiply-accumulates of the attention product of weights and values",
    "mac_matmul": "multiply-accumulates of other products of matrices, neither a layer nor attention; distances too",
    "mac_fft": "N log2 N a Fourier transform of N points, rounded up; real or complex alike",
    "layer_norm_elem": "elements normalised by a layer norm",
    "batch_norm_elem": "elements normalised by a batch norm",
    "group_norm_elem": "elements normalised by a group or instance norm",
    "softmax_elem": "elements that go through a softmax",
    "act_elem": "elements that go through a pointwise non-linearity",
    "global_pool_elem": "input elements of an average pool over a whole feature map",
    "window_pool_elem": "input elements of a pool with windows (max or average)",
    "mean_elem": "elements averaged over the token or the channel axis",
    "resample_elem": "output elements of an interpolation or a replication",
    "antialias_elem": "output elements of an antialiased resize, which is another operator of PyTorch",
    "bias_add": "elements to which a bias is added",
    "residual_add": "elements added by a skip connection or an element-wise fusion",
    "embed_add": "elements to which a position embedding is added",
    "mul_elem": "elements multiplied by a gate, a divisor or themselves",
    "reduce_elem": "input elements of a sum, an extremum, a sort or another reduction",
    "other_elem": "elements of any other pointwise operation",
    WEIGHT: "elements of weights transformed before use, once per pass (no batch multiplies it)",
    PARAM: "parameters, frozen ones included (not an operation: no batch multiplies it)",
}
"""Kind -> what one unit of it is."""

SHARED_KINDS = (PARAM, WEIGHT)
"""Kinds that a batch does not multiply."""

MAC_KINDS = ("mac_linear", "mac_conv", "mac_qk", "mac_av", "mac_matmul", "mac_fft")
ATTENTION_KINDS = ("mac_qk", "mac_av")
