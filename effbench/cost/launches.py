"""What a network runs, operator by operator, and the terms of time that its shapes add up to.

A machine's time for a network is close to a weighted sum of a few of these terms, with weights that are the machine's:
picoseconds per multiply-accumulate of each kind of operator, per element that it moves, and per operator that runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

STEM_CHANNELS = 4
"""A convolution of at most so many input channels reads images."""
LARGE_TAPS = 9
"""Depthwise kernels with more taps than 3 x 3 are large."""
SMALL_MAP = 64
"""Outputs of at most 8 x 8 positions leave most of a machine idle, image by image."""
ALIGNED = 8
"""Matrix units of GPUs take channels in multiples of eight."""

CONVOLUTIONS = ("dense", "stem", "pointwise", "grouped", "depthwise", "depthwise_large")
PASSES = {
    "batch_norm": "native_batch_norm _native_batch_norm_legit_no_training _native_batch_norm_legit",
    "layer_norm": "native_layer_norm _fused_rms_norm rms_norm",
    "group_norm": "native_group_norm",
    "softmax": "_softmax _safe_softmax",
    "relu": "relu relu_ leaky_relu leaky_relu_",
    "activation": "gelu gelu_ silu silu_ hardswish hardswish_ hardsigmoid hardsigmoid_ sigmoid sigmoid_ tanh tanh_ exp "
    "hardtanh hardtanh_ elu elu_ softplus mish mish_ clamp clamp_ clamp_min clamp_min_ relu6 relu6_ log sqrt rsqrt pow "
    "threshold sin cos",
    "arithmetic": "add add_ sub sub_ mul mul_ div div_ rsub addcmul neg",
    "copy": "clone contiguous copy_ roll cat stack index constant_pad_nd repeat copy _to_copy gather index_select "
    "pixel_shuffle reflection_pad2d channel_shuffle slice_scatter select_scatter",
    "pool": "max_pool2d_with_indices avg_pool2d upsample_bilinear2d upsample_bicubic2d upsample_nearest2d im2col "
    "col2im grid_sampler_2d _upsample_bicubic2d_aa _upsample_bilinear2d_aa",
    "reduction": "mean sum amax var_mean var _adaptive_avg_pool2d adaptive_max_pool2d max norm linalg_vector_norm "
    "cumsum std min any all argmax",
}
"""Kind of an operator that passes over its elements once -> its names in ATen; any other is ``other``."""
PASS_OF = {name: kind for kind, names in PASSES.items() for name in names.split()}
NORMS = ("batch_norm", "layer_norm", "group_norm")

TERMS = (
    *(f"{what}_{kind}" for kind in CONVOLUTIONS for what in ("macs", "read", "written")),
    *("taps_grouped", "weights_conv", "macs_small", "macs_unaligned"),
    *("macs_linear", "read_linear", "written_linear", "weights_linear", "macs_product", "moved_product"),
    *(f"{what}_{kind}" for kind in ("attention", "masked") for what in ("macs", "moved", "scores")),
    *(f"moved_{kind}" for kind in (*PASSES, "other")),
    *("prepared", "runs_conv", "runs_linear", "runs_product", "runs_norm", "runs_pass", "runs_copy", "runs_prepared"),
)
"""Every term. ``macs``: multiply-accumulates; ``read``, ``written``, ``moved`` (both): elements of activations, and of
``weights``; ``scores``: elements of attention's matrices; ``taps``: weights that meet an output of a grouped
convolution's channel, channels apart; ``prepared``: elements that are made from weights alone; ``runs``: operators."""

OF_OTHERS = ("macs_small", "macs_unaligned")
"""Terms that are a part of other ones."""

PER_RUN = ("weights_conv", "weights_linear", "prepared", *(name for name in TERMS if name.startswith("runs_")))
"""Terms that a batch of images shares."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """An operator that runs ``times`` times with equal shapes.

    Attributes:
        op: its name in ATen, without overload. read, weights, written: elements of activations, weights and results.
        prepares: whether it reads weights alone.
        shape: of a convolution input channels, weight (c_out, c_in / groups, …), groups and output sides; of a matrix
            product (…, m, k, n); of attention queries (…, heads, L, E) and number of keys; else empty.
    """

    op: str
    read: int
    weights: int
    written: int
    prepares: bool = False
    shape: tuple[int, ...] = ()
    times: int = 1


def terms(launches: Iterable[Launch], images: int) -> dict[str, int]:
    """Term -> how many: of one image, or of one run for those in PER_RUN; terms that are 0 are left out.

    Args:
        images: of the batch that the operators ran on.
    """
    found: dict[str, int] = {}
    for one in launches:
        for name, n in _terms(one).items():
            found[name] = found.get(name, 0) + one.times * n
    return {name: n if name in PER_RUN else n // images for name in TERMS if (n := found.get(name, 0))}


def _terms(one: Launch) -> Mapping[str, int]:
    if one.prepares:
        return {"prepared": one.written, "runs_prepared": 1}
    if one.op == "convolution":
        return _convolution(one)
    if one.op in ("mm", "addmm", "bmm", "baddbmm"):
        return _product(one)
    if one.op.startswith("attention"):
        return _attention(one)
    kind = PASS_OF.get(one.op, "other")
    run = "runs_norm" if kind in NORMS else "runs_copy" if kind == "copy" else "runs_pass"
    moved = 2 * one.written if kind in ("copy", *NORMS) else one.read + one.written
    return {f"moved_{kind}": moved, run: 1}


def _convolution(one: Launch) -> dict[str, int]:
    channels, outputs, per_group = one.shape[:3]
    sides = (len(one.shape) - 4) // 2
    taps, groups, positions = prod(one.shape[3 : 3 + sides]), one.shape[3 + sides], prod(one.shape[4 + sides :])
    macs = one.written * per_group * taps
    kind = _kind_of_convolution(channels, per_group, taps, groups)
    found = {f"macs_{kind}": macs, f"read_{kind}": one.read, f"written_{kind}": one.written}
    found |= {"weights_conv": one.weights, "runs_conv": 1}
    if kind == "grouped":
        found["taps_grouped"] = one.written * taps
    if groups == 1 and positions <= SMALL_MAP:
        found["macs_small"] = macs
    if kind in ("dense", "pointwise") and (channels % ALIGNED or outputs % ALIGNED):
        found["macs_unaligned"] = macs
    return found


def _kind_of_convolution(channels: int, per_group: int, taps: int, groups: int) -> str:
    if groups > 1:
        if per_group > 1:
            return "grouped"
        return "depthwise_large" if taps > LARGE_TAPS else "depthwise"
    if channels <= STEM_CHANNELS:
        return "stem"
    return "pointwise" if taps == 1 else "dense"


def _product(one: Launch) -> dict[str, int]:
    *_, inner, columns = one.shape
    macs = one.written * inner
    if one.op in ("bmm", "baddbmm") and not one.weights:
        return {"macs_product": macs, "moved_product": one.read + one.written, "runs_product": 1}
    found = {"macs_linear": macs, "read_linear": one.read, "written_linear": one.written}
    found |= {"weights_linear": one.weights, "runs_linear": 1}
    return {**found, "macs_unaligned": macs} if inner % ALIGNED or columns % ALIGNED else found


def _attention(one: Launch) -> dict[str, int]:
    *_, queries, width, keys = one.shape
    scores = prod(one.shape[:-3]) * queries * keys
    kind = "masked" if one.op == "attention_masked" else "attention"
    moved = one.read + one.written
    return {f"macs_{kind}": 2 * scores * width, f"moved_{kind}": moved, f"scores_{kind}": scores, "runs_product": 1}
