"""Peak memory of one step: the highest moment, less what was held before the step began.

Held before are weights, images, and what earlier steps left behind: libraries' buffers, an optimiser's state and, in
training, the gradients of the step before.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import torch

RESET = Path("/proc/self/clear_refs")
"""Linux: writing 5 sets the peak of the resident set (VmHWM) to what is resident now. Source: proc(5)."""

STATUS = Path("/proc/self/status")

Answer = dict[str, object]


def step_peak(step: Callable[[], object], device: str, mode: str) -> Answer:
    """Step once. ``bytes`` above what was held, ``total`` with it, and ``how``; or ``unavailable`` with the reason."""
    gc.collect()
    if mode == "cuda_graph":
        return {"unavailable": "the memory of a CUDA graph is reserved when it is captured, not when it runs"}
    return _on_cuda(step) if device == "cuda" else _on_cpu(step)


def _on_cuda(step: Callable[[], object]) -> Answer:
    """Bytes of tensors, by PyTorch's allocator: without its cache and the context."""
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    total = torch.cuda.max_memory_allocated()
    return {"bytes": total - before, "total": total, "how": "torch.cuda.max_memory_allocated"}


def _on_cpu(step: Callable[[], object]) -> Answer:
    """Bytes of the resident set, in whole pages. Freed memory is given back first: reuse would go unseen."""
    _give_back()
    try:
        RESET.write_text("5", encoding="ascii")
        before = _status("VmRSS")
        step()
        total = _status("VmHWM")
    except (OSError, KeyError) as error:
        return {"unavailable": f"the peak of the resident set cannot be read: {type(error).__name__}: {error}"}
    return {"bytes": max(0, total - before), "total": total, "how": "VmHWM after a reset, less VmRSS before"}


def _give_back() -> None:
    """Ask the C library to return freed memory to the system; only glibc knows how."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _status(name: str) -> int:
    """Bytes of one line of the process's status."""
    lines = dict(line.partition(":")[::2] for line in STATUS.read_text(encoding="ascii").splitlines())
    return int(lines[name].split()[0]) * 1024  # written "N kB"
