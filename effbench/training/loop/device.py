"""Where a training runs and in which arithmetic: what the machine has, or a clear error."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from effbench.errors import EffbenchError
from effbench.models.spec import require_range

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}

MAX_THREADS = 4096


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


def require_precision(precision: str, device: torch.device) -> None:
    """Raise EffbenchError for fp16 without a GPU: gradients of that range need its scaled kernels."""
    if precision == "fp16" and device.type != "cuda":
        raise EffbenchError(f"fp16 is trained on a GPU only, not on {device.type}: use bf16 or fp32")


def autocast(precision: str, device: torch.device) -> Any:
    """The context a forward pass runs in: nothing for fp32, else products in 16 bits and the rest in fp32."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, DTYPES[precision])


def set_threads(number: int) -> None:
    """CPU threads of one operator, for this process.

    Raises:
        SpecError: an impossible number.
    """
    require_range("threads", number, 1, MAX_THREADS)
    torch.set_num_threads(number)
