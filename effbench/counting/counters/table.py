"""The table of known operators. Names are those of ATen; one that this version of PyTorch lacks is passed over."""

from __future__ import annotations

from typing import Any

import torch
from torch._ops import HigherOrderOperator, OpOverloadPacket

from effbench.counting.counters import products, rules
from effbench.counting.counters.products import BACKWARD_WITH_RECOMPUTATION, flexible
from effbench.counting.counters.rules import FREE, RULES, Rule, constant, elements, random, register

FREE_NAMES = """
    _unsafe_view alias as_strided as_strided_ broadcast_to cat chunk clone contiguous copy copy_ detach detach_
    diagonal empty empty_like empty_strided expand expand_as fill fill_ flatten flip gather index index_copy
    index_copy_ index_fill index_fill_ index_put index_put_ index_select lift_fresh lift_fresh_copy movedim narrow
    new_empty new_empty_strided permute pixel_shuffle pixel_unshuffle repeat repeat_interleave resize_ reshape roll
    scatter scatter_ select select_backward select_scatter slice slice_backward slice_scatter split split_with_sizes
    squeeze squeeze_ stack t t_ transpose transpose_ tril triu unbind unflatten unfold unsafe_chunk unsafe_split
    unsafe_split_with_sizes unsqueeze unsqueeze_ view view_as view_as_complex view_as_real where zero_ meshgrid
    masked_fill masked_fill_ constant_pad_nd reflection_pad2d replication_pad2d pad _to_copy to type_as _reshape_alias
    im2col col2im channel_shuffle native_channel_shuffle native_dropout _local_scalar_dense item is_same_size sym_size
    sym_numel sym_stride _conj _neg_view view_copy expand_copy unfold_copy permute_copy slice_copy embedding
    embedding_dense_backward one_hot dropout feature_dropout alpha_dropout lift set_ unfold_backward
    _nested_tensor_size _fused_dropout native_dropout_backward result_type _assert_async _assert_tensor_metadata
    _has_compatible_shallow_copy_type data diag_embed diagonal_scatter reflection_pad1d reflection_pad3d
    replication_pad1d replication_pad3d _unsafe_index _unsafe_index_put _unsafe_masked_index
    _unsafe_masked_index_put_accumulate masked_select masked_scatter masked_scatter_ take put put_ take_along_dim
    rot90 max_unpool2d max_unpool3d int_repr real imag complex view_as_complex_copy detach_copy resize_as_ coalesce
    _coalesce _values _indices values indices crow_indices col_indices ccol_indices row_indices to_dense _to_dense
    _to_sparse _to_sparse_csr _to_sparse_csc _to_sparse_bsr _nested_view_from_buffer _nested_get_values
    _nested_get_offsets _nested_view_from_jagged to_padded_tensor _nested_tensor_strides
    _nested_tensor_storage_offsets _nested_tensor_from_tensor_list _sparse_coo_tensor_unsafe _nested_from_padded
    _sparse_coo_tensor_with_dims_and_tensors _sparse_compressed_tensor_unsafe reflection_pad1d_backward
    reflection_pad2d_backward reflection_pad3d_backward replication_pad1d_backward replication_pad2d_backward
    replication_pad3d_backward empty_permuted as_strided_scatter resize resize_as lu_unpack block_diag
    to_mkldnn value_selecting_reduction_backward masked_scatter_backward _pad_enum _pin_memory
    _reshape_copy slice_inverse index_select_backward _conj_copy resolve_conj _conj_physical _linalg_check_errors
"""

CONSTANT_NAMES = """
    arange linspace logspace eye tril_indices triu_indices full full_like new_full new_ones new_zeros ones ones_like
    scalar_tensor zeros zeros_like hann_window hamming_window
"""

RANDOM_NAMES = """
    bernoulli bernoulli_ cauchy_ exponential_ log_normal_ multinomial normal normal_ rand rand_like randint randint_like
    randn randn_like random_ randperm uniform_ cauchy exponential geometric geometric_ log_normal normal_functional
    poisson uniform
"""

NAMES = {
    "mm bmm mv dot vdot": products.mm,
    "addmm baddbmm addbmm addmv": products.addmm,
    "convolution _convolution": products.convolution,
    "convolution_backward": products.convolution_backward,
    "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention "
    "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_fused_attention_overrideable": products.attention,
    "_softmax _safe_softmax _log_softmax": rules.softmax,
    "_softmax_backward_data _log_softmax_backward_data": elements("softmax_elem"),
    "add add_ sub sub_ rsub": rules.addition,
    "pow pow_": rules.power,
    "linalg_cross mul mul_ div div_ square addcmul addcmul_ lerp": elements("mul_elem"),
    "exp exp_ exp2 exp2_": rules.exponential,
    "mean": rules.mean,
    "native_layer_norm layer_norm_backward native_layer_norm_backward _fused_rms_norm rms_norm": elements(
        "layer_norm_elem"
    ),
    "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training _batch_norm_with_update "
    "_batch_norm_no_update cudnn_batch_norm miopen_batch_norm": rules.batch_norm,
    "native_batch_norm_backward batch_norm_backward cudnn_batch_norm_backward": elements("batch_norm_elem"),
    "native_group_norm native_group_norm_backward": elements("group_norm_elem"),
    "max_pool2d_with_indices avg_pool2d max_pool3d_with_indices avg_pool3d avg_pool1d "
    "max_pool1d fractional_max_pool2d fractional_max_pool3d": elements("window_pool_elem", of="input"),
    "max_pool2d_with_indices_backward avg_pool2d_backward": elements("window_pool_elem"),
    "_adaptive_avg_pool2d adaptive_max_pool2d _adaptive_avg_pool3d adaptive_max_pool3d": elements(
        "global_pool_elem", of="input"
    ),
    "_adaptive_avg_pool2d_backward": elements("global_pool_elem"),
    "upsample_nearest1d upsample_nearest2d _upsample_nearest_exact2d upsample_bilinear2d upsample_bicubic2d "
    "upsample_linear1d upsample_trilinear3d grid_sampler_2d upsample_nearest3d _upsample_nearest_exact1d "
    "_upsample_nearest_exact3d grid_sampler_3d "
    "upsample_nearest2d_backward upsample_bilinear2d_backward upsample_bicubic2d_backward": elements("resample_elem"),
    "_upsample_bilinear2d_aa _upsample_bicubic2d_aa _upsample_bilinear2d_aa_backward "
    "_upsample_bicubic2d_aa_backward": elements("antialias_elem"),
    "sum amax amin max min any all var var_mean std std_mean argmax argmin cumsum cumprod prod logsumexp norm "
    "linalg_vector_norm _embedding_bag _embedding_bag_forward_only topk sort aminmax logcumsumexp nonzero median "
    "nanmedian mode kthvalue count_nonzero cummax cummin nansum bincount histc _unique _unique2 unique_dim "
    "unique_consecutive isin equal trace dist renorm nonzero_static mse_loss huber_loss smooth_l1_loss "
    "soft_margin_loss binary_cross_entropy binary_cross_entropy_with_logits multi_margin_loss "
    "multilabel_margin_loss_forward nll_loss_forward nll_loss2d_forward": elements("reduce_elem", of="input"),
    "scatter_add scatter_reduce index_add index_reduce": rules.scattered,
    "searchsorted bucketize polar frexp": elements("other_elem"),
    "rrelu_with_noise rrelu_with_noise_functional": elements("act_elem"),
    "relu relu_ gelu gelu_ silu silu_ hardswish hardswish_ hardsigmoid hardsigmoid_ sigmoid sigmoid_ tanh tanh_ "
    "log log1p sqrt rsqrt reciprocal elu elu_ leaky_relu leaky_relu_ hardtanh hardtanh_ softplus mish mish_ clamp "
    "clamp_ clamp_min clamp_min_ erf sin cos threshold celu selu _prelu_kernel log_sigmoid_forward glu relu6 relu6_ "
    "gelu_backward threshold_backward silu_backward hardswish_backward hardsigmoid_backward sigmoid_backward "
    "tanh_backward elu_backward leaky_relu_backward hardtanh_backward softplus_backward mish_backward "
    "_prelu_kernel_backward glu_backward": elements("act_elem"),
    "quantize_per_tensor quantize_per_tensor_dynamic quantize_per_channel dequantize": elements("other_elem"),
    "floor_divide floor_divide_ remainder fmod _weight_norm_interface": elements("other_elem"),
    "_weight_norm_interface_backward": elements("weight_elem"),
    "mkldnn_rnn_layer": products.fused_rnn,
    "linear": products.linear,
    "_sparse_mm _int_mm _scaled_mm": products.mm,
    "_sparse_addmm": products.addmm,
    "_weight_int8pack_mm _weight_int4pack_mm _weight_int4pack_mm_for_cpu": products.outer_widths,
    "_cslt_sparse_mm": products.half_sparse,
    "_sparse_semi_structured_mm": products.packed_mm,
    "_trilinear": products.trilinear,
    "_cdist_forward _euclidean_dist": products.distance,
    "_fft_r2c _fft_c2c _fft_c2r": products.fourier,
}

ATTENTION_BACKWARDS = (
    "_scaled_dot_product_flash_attention_backward",
    "_scaled_dot_product_efficient_attention_backward",
    "_scaled_dot_product_cudnn_attention_backward",
    "_scaled_dot_product_flash_attention_for_cpu_backward",
    "_scaled_dot_product_fused_attention_overrideable_backward",
)

_LATER: dict[str, dict[str, Rule]] = {
    "quantized": {
        "linear linear_relu linear_dynamic linear_relu_dynamic linear_dynamic_fp16": products.quantised_linear,
        "conv1d conv1d_relu conv2d conv2d_relu conv3d conv3d_relu conv1d_dynamic conv2d_dynamic conv3d_dynamic": (
            products.quantised_convolution
        ),
        "conv_transpose1d conv_transpose2d conv_transpose3d": products.quantised_transposed,
        "add add_relu add_out add_relu_out add_scalar": elements("residual_add"),
        "mul mul_relu mul_scalar": elements("mul_elem"),
        "batch_norm2d batch_norm2d_relu batch_norm3d": elements("batch_norm_elem"),
        "layer_norm": elements("layer_norm_elem"),
        "group_norm instance_norm": elements("group_norm_elem"),
        "hardswish leaky_relu elu sigmoid softmax relu6 prelu": elements("act_elem"),
        "cat cat_relu linear_prepack linear_unpack conv2d_prepack conv2d_unpack": FREE,
    },
    "torchvision": {"deform_conv2d": products.deformable},
    "profiler": {"_record_function_enter _record_function_enter_new _record_function_exit": FREE},
}
LATER = {
    f"{library}::{name}": rule
    for library, rules_of in _LATER.items()
    for names, rule in rules_of.items()
    for name in names.split()
}
"""Name of an operator that may not be there yet, because its library is imported later -> rule."""


def _known(library: object, name: str) -> list[OpOverloadPacket]:
    """The operator of that name, if this PyTorch has it."""
    try:
        return [getattr(library, name)]
    except AttributeError:
        return []


def fill() -> None:
    """Register every operator above; called once, on import."""
    for names, rule in ((FREE_NAMES, FREE), (CONSTANT_NAMES, constant), (RANDOM_NAMES, random), *NAMES.items()):
        for name in names.split():
            for op in _known(torch.ops.aten, name):
                register(op, rule)
    for name in ATTENTION_BACKWARDS:
        for op in _known(torch.ops.aten, name):
            register(op, products.attention_backward)
            BACKWARD_WITH_RECOMPUTATION.update(getattr(op, overload) for overload in op.overloads())


fill()


def fallback(func: Any) -> Rule | None:
    """The rule of an operator the table lacks, kept for next time: views are free, pointwise ones elementwise."""
    rule: Rule | None = None
    if isinstance(func, HigherOrderOperator):
        rule = flexible if func.name() == "flex_attention" else None
    elif (name := func._schema.name) in LATER:
        rule = LATER[name]
    elif getattr(func, "is_view", False):
        rule = FREE
    elif (base := _base(func)) is not None:
        rule = RULES.get(base) or fallback(base)
    elif torch.Tag.pointwise in getattr(func, "tags", ()) and _gives_one_tensor(func):
        rule = elements("other_elem")
    if rule is not None:
        RULES[func] = rule
    return rule


def _base(func: Any) -> Any:
    """``op`` of an ``op_`` that works in place, or of an ``op_copy`` that copies a view; None of any other."""
    library, _, name = func._schema.name.partition("::")
    for suffix in ("_copy", "_"):
        if name.endswith(suffix) and not name.endswith("__"):
            packet = getattr(getattr(torch.ops, library), name.removesuffix(suffix), None)
            return getattr(packet, func._overloadname, None)
    return None


def _gives_one_tensor(func: Any) -> bool:
    return [str(value.type) for value in func._schema.returns] == ["Tensor"]
