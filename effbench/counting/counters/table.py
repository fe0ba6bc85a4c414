"""The table of known operators. Names are those of ATen; one that this version of PyTorch lacks is passed over."""

from __future__ import annotations

import torch
from torch._ops import OpOverloadPacket

from effbench.counting.counters import rules
from effbench.counting.counters.rules import BACKWARD_WITH_RECOMPUTATION, FREE, constant, elements, register

FREE_NAMES = """
    _unsafe_view alias as_strided as_strided_ broadcast_to cat chunk clone contiguous copy copy_ detach detach_ diagonal
    empty empty_like empty_strided expand expand_as fill fill_ flatten flip full full_like gather index
    index_copy index_copy_ index_fill index_fill_
    index_put index_put_ index_select lift_fresh lift_fresh_copy movedim narrow new_empty new_empty_strided
    new_full new_ones new_zeros ones ones_like permute pixel_shuffle pixel_unshuffle repeat repeat_interleave
    resize_ reshape roll scalar_tensor scatter scatter_ select select_backward select_scatter slice
    slice_backward slice_scatter split split_with_sizes squeeze squeeze_ stack t t_ transpose transpose_ tril
    triu unbind unflatten unfold unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze unsqueeze_ view
    view_as view_as_complex view_as_real where zero_ zeros zeros_like meshgrid masked_fill
    masked_fill_ constant_pad_nd reflection_pad2d replication_pad2d pad _to_copy to type_as _reshape_alias
    im2col col2im channel_shuffle native_channel_shuffle rand randn rand_like randn_like randint randperm
    bernoulli bernoulli_ normal_ uniform_ native_dropout _local_scalar_dense item is_same_size sym_size
    sym_numel sym_stride _conj _neg_view view_copy expand_copy unfold_copy permute_copy slice_copy embedding
    embedding_dense_backward one_hot dropout feature_dropout alpha_dropout lift set_ unfold_backward
    _nested_tensor_size _fused_dropout native_dropout_backward result_type _assert_async _assert_tensor_metadata
    _has_compatible_shallow_copy_type random_ data diag_embed diagonal_scatter
"""

CONSTANT_NAMES = "arange linspace eye tril_indices triu_indices"

NAMES = {
    "mm bmm mv dot vdot": rules.mm,
    "addmm baddbmm addbmm addmv": rules.addmm,
    "convolution _convolution": rules.convolution,
    "convolution_backward": rules.convolution_backward,
    "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention "
    "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_fused_attention_overrideable": rules.attention,
    "_softmax _safe_softmax _log_softmax": rules.softmax,
    "_softmax_backward_data _log_softmax_backward_data": elements("softmax_elem"),
    "add add_ sub sub_ rsub": rules.addition,
    "pow pow_": rules.power,
    "mul mul_ div div_ square addcmul addcmul_ lerp": elements("mul_elem"),
    "mean": rules.mean,
    "native_layer_norm layer_norm_backward native_layer_norm_backward _fused_rms_norm rms_norm": elements(
        "layer_norm_elem"
    ),
    "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training _batch_norm_with_update "
    "_batch_norm_no_update cudnn_batch_norm miopen_batch_norm": rules.batch_norm,
    "native_batch_norm_backward batch_norm_backward cudnn_batch_norm_backward": elements("batch_norm_elem"),
    "native_group_norm native_group_norm_backward": elements("group_norm_elem"),
    "max_pool2d_with_indices avg_pool2d max_pool3d_with_indices avg_pool3d avg_pool1d": elements(
        "window_pool_elem", of="input"
    ),
    "max_pool2d_with_indices_backward avg_pool2d_backward": elements("window_pool_elem"),
    "_adaptive_avg_pool2d adaptive_max_pool2d _adaptive_avg_pool3d": elements("global_pool_elem", of="input"),
    "_adaptive_avg_pool2d_backward": elements("global_pool_elem"),
    "upsample_nearest1d upsample_nearest2d _upsample_nearest_exact2d upsample_bilinear2d upsample_bicubic2d "
    "upsample_linear1d upsample_trilinear3d grid_sampler_2d "
    "upsample_nearest2d_backward upsample_bilinear2d_backward upsample_bicubic2d_backward": elements("resample_elem"),
    "_upsample_bilinear2d_aa _upsample_bicubic2d_aa _upsample_bilinear2d_aa_backward "
    "_upsample_bicubic2d_aa_backward": elements("antialias_elem"),
    "sum amax amin max min any all var var_mean std std_mean argmax argmin cumsum cumprod prod logsumexp norm "
    "linalg_vector_norm topk sort aminmax logcumsumexp nonzero": elements("reduce_elem", of="input"),
    "relu relu_ gelu gelu_ silu silu_ hardswish hardswish_ hardsigmoid hardsigmoid_ sigmoid sigmoid_ tanh tanh_ exp "
    "exp_ log log1p sqrt rsqrt reciprocal elu elu_ leaky_relu leaky_relu_ hardtanh hardtanh_ softplus mish mish_ clamp "
    "clamp_ clamp_min clamp_min_ erf sin cos threshold celu selu _prelu_kernel log_sigmoid_forward glu relu6 relu6_ "
    "gelu_backward threshold_backward silu_backward hardswish_backward hardsigmoid_backward sigmoid_backward "
    "tanh_backward elu_backward leaky_relu_backward hardtanh_backward softplus_backward mish_backward "
    "_prelu_kernel_backward glu_backward": elements("act_elem"),
    "floor_divide floor_divide_ remainder fmod _weight_norm_interface": elements("other_elem"),
    "_weight_norm_interface_backward": elements("weight_elem"),
    "mkldnn_rnn_layer": rules.fused_rnn,
}

ATTENTION_BACKWARDS = (
    "_scaled_dot_product_flash_attention_backward",
    "_scaled_dot_product_efficient_attention_backward",
    "_scaled_dot_product_cudnn_attention_backward",
    "_scaled_dot_product_flash_attention_for_cpu_backward",
    "_scaled_dot_product_fused_attention_overrideable_backward",
)

QUANTISED = ("linear", "linear_relu", "linear_dynamic", "linear_relu_dynamic", "linear_dynamic_fp16")


def _known(library: object, name: str) -> list[OpOverloadPacket]:
    """The operator of that name, if this PyTorch has it."""
    try:
        return [getattr(library, name)]
    except AttributeError:
        return []


def fill() -> None:
    """Register every operator above; called once, on import."""
    for names, rule in ((FREE_NAMES, FREE), (CONSTANT_NAMES, constant), *NAMES.items()):
        for name in names.split():
            for op in _known(torch.ops.aten, name):
                register(op, rule)
    for name in ATTENTION_BACKWARDS:
        for op in _known(torch.ops.aten, name):
            register(op, rules.attention_backward)
            BACKWARD_WITH_RECOMPUTATION.update(getattr(op, overload) for overload in op.overloads())
    for name in QUANTISED:
        for op in _known(torch.ops.quantized, name):
            register(op, rules.quantised_linear)


fill()
