"""Networks built without values: on the meta device an initialisation fills nothing and costs most of the time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_INITIALISERS = {
    function for name, function in vars(torch.nn.init).items() if name.endswith("_") and not name.startswith("_")
}

_NAMES = """
    add_ bernoulli_ cauchy_ clamp_ div_ erfinv_ exponential_ fill_ geometric_ log_normal_ mul_ normal_ random_ sub_
    trunc_ uniform_ zero_
"""
_FILLING = {getattr(Tensor, name) for name in _NAMES.split()}
"""Methods that change the values of a tensor and, given numbers, nothing else."""


class Unfilled(TorchFunctionMode):
    """Inside, filling or initialising a tensor on the meta device gives it back as it is, which it would anyway.

    PyTorch would work out the shape of each step of an initialisation in Python: two thirds of the time that a network
    takes to build. Tensors on other devices are filled, and what would raise for being a leaf that is trained raises.

    Args:
        everywhere: leave out initialisations on every device, those of weights by methods of tensors, too: a network
            that shall only be looked at then takes addresses and no memory.
    """

    def __init__(self, *, everywhere: bool = False) -> None:
        super().__init__()
        self.everywhere = everywhere

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _INITIALISERS:
            filled = args[0] if args else kwargs.get("tensor")
            if isinstance(filled, Tensor) and (filled.is_meta or self.everywhere):
                return filled
        elif func in _FILLING and self._only_values(args, kwargs):
            return args[0]
        return func(*args, **kwargs)

    def _only_values(self, args: Any, kwargs: Any) -> bool:
        """Whether a tensor without values, or weights that nobody looks at, are given numbers and may be written to."""
        filled = args[0]
        unseen = filled.is_meta or (self.everywhere and isinstance(filled, torch.nn.Parameter))
        if not unseen or (filled.requires_grad and torch.is_grad_enabled()):
            return False
        return not any(isinstance(value, Tensor) for value in (*args[1:], *kwargs.values()))
