"""Where a training runs and how: device, arithmetic, attention and compiler; what is not there is a clear error."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from effbench.errors import EffbenchError
from effbench.training.loop.feasible import require_threads

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def find_device(name: str) -> torch.device:
    """``cpu``, ``cuda`` (also ``cuda:1``), or ``auto``: a GPU if PyTorch sees one, else the CPU.

    Raises:
        EffbenchError: no such device here.
    """
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda", "auto") or (number and not (kind == "cuda" and number.isdecimal())):
        raise EffbenchError(f"a device is cpu, cuda or auto, got {name!r}")
    if kind == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if kind == "cuda" and not torch.cuda.is_available():
        raise EffbenchError("PyTorch sees no CUDA device: train with device cpu")
    if number and int(number) >= torch.cuda.device_count():
        raise EffbenchError(f"there is no {name}: PyTorch sees {torch.cuda.device_count()} CUDA devices")
    return torch.device(name)


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """The context a forward pass runs in: nothing for fp32, else products in 16 bits and the rest in fp32."""
    if precision == "fp32":
        return nullcontext()
    context: AbstractContextManager[object] = torch.autocast(device.type, DTYPES[precision])
    return context


def set_threads(number: int) -> None:
    """CPU threads of one operator, for this process.

    Raises:
        SpecError: an impossible number.
    """
    require_threads(number)
    torch.set_num_threads(number)


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


def compiled(network: nn.Module, device: torch.device) -> nn.Module:
    """The network, compiled at its first step: seconds to minutes, and again for every other network.

    On a GPU both passes are recorded as CUDA graphs, since a small network waits for the start of its kernels there.
    """
    made: nn.Module = torch.compile(network, mode="reduce-overhead" if device.type == "cuda" else None)
    return made


def compiler_failure(error: Exception) -> str | None:
    """What the compiler said, in a line, if the error is one of its own (e.g. no C++ compiler); else None."""
    from torch._dynamo.exc import TorchDynamoException

    if not isinstance(error, TorchDynamoException):
        return None
    return f"torch.compile cannot be used here: {str(error).partition(chr(10))[0]}"
