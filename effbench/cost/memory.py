"""Bytes of parameters and activations, from counts. Inference only: a training step keeps far more alive."""

from __future__ import annotations

from effbench.cost.counts import Live, OpCounts

BYTES = {"fp32": 4, "fp16": 2, "bf16": 2}
"""Bytes of one element."""


def peak_moment(counts: OpCounts, *, fused_attention: bool = True) -> Live:
    """The operation during which most elements are alive.

    A fused attention never holds its score matrix, so the moment of the softmax does not exist there.
    """
    moments = [m for m in counts.live if not (fused_attention and m.kind == "softmax_elem")]
    return max(moments, key=lambda moment: moment.elements)


def peak_activation_bytes(
    counts: OpCounts, *, batch: int = 1, dtype: str = "fp32", fused_attention: bool = True
) -> int:
    """Largest number of bytes the activations of ``batch`` images take at one moment of inference."""
    peak = peak_moment(counts, fused_attention=fused_attention).elements
    return int(peak) * batch * BYTES[dtype]


def parameter_bytes(counts: OpCounts, *, dtype: str = "fp32") -> int:
    """Bytes of all parameters; a batch shares them."""
    return int(counts.params) * BYTES[dtype]
