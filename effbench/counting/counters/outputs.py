"""A second look at a network, by other means than our counter: PyTorch's own products, and outputs of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

_aten = torch.ops.aten
_PRODUCTS = {
    _aten.convolution.default,
    _aten.addmm.default,
    _aten.mm.default,
    _aten.bmm.default,
    _aten.baddbmm.default,
}


@dataclass(frozen=True)
class Look:
    """What was seen.

    Attributes:
        activations: output elements of convolutions and matrix products, attention's among them, taken apart: what
            timm and fvcore call activations.
        products: multiply-accumulates of convolutions and of matrix products by ``FlopCounterMode``; None if it was not
            asked.
    """

    activations: int
    products: tuple[int, int] | None


class _Outputs(TorchDispatchMode):
    """Adds up output elements of convolutions and matrix products."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(
        self, func: OpOverload, types: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        if func in _PRODUCTS and isinstance(result, Tensor):
            self.elements += result.numel()
        return result


def look(network: nn.Module, image: Tensor, *, flops: bool) -> Look:
    """One pass on the meta device, which takes fused attention apart.

    Args:
        flops: whether to ask ``FlopCounterMode``, which takes as long again.
    """
    outputs = _Outputs()
    if not flops:
        with outputs, torch.no_grad():
            network(image)
        return Look(outputs.elements, None)
    counter = FlopCounterMode(display=False)
    with counter, outputs, torch.no_grad():
        network(image)
    found = counter.get_flop_counts().get("Global", {})
    convolutions = sum(n for op, n in found.items() if "convolution" in str(op))
    return Look(outputs.elements, (convolutions // 2, (sum(found.values()) - convolutions) // 2))
