"""Which attention a network computes with: products and softmax apart, or PyTorch's fused operator."""

from __future__ import annotations

import torch
from torch import nn


def use_attention(network: nn.Module, kind: str, device: torch.device, precision: str) -> str:
    """Set the attention of every timm block in the network; returns ``explicit`` or ``fused``.

    Args:
        kind: ``explicit``, ``fused``, or ``auto``: explicit for bf16 on the CPU, where the backward pass of the fused
            operator takes half of the step, and fused elsewhere.
    """
    chosen = kind
    if kind == "auto":
        chosen = "explicit" if device.type == "cpu" and precision == "bf16" else "fused"
    for module in network.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = chosen == "fused"
    return chosen
