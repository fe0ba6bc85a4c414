"""Reference kernels: single operators of fixed shapes, subjects like any network under the names ``kernel/NAME``.

They say what the machine gives at best (``gemm``: FLOP/s, ``copy``: bytes/s) and how fast it is just now, whatever
happens to our networks. PyTorch is imported where a step is made, so that names and shapes can be asked for without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .job import Job

PREFIX = "kernel/"
WIDTH = 768
"""Channels of ``layer_norm`` and of ``attention``, those of ViT-B."""
HEADS = 12

BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
"""Bytes of one element."""

Step = Callable[[], object]
Make = Callable[..., Any]
"""(*shape) -> a random tensor of the job's dtype on its device."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """One operator; ``n`` is the job's ``size`` and ``batch`` its ``batch``.

    Attributes:
        doc: its shapes.
        size: n where the job gives none.
        flops: (n, batch) -> floating-point operations of a step, two per multiply-accumulate, nothing else counted.
        elements: (n, batch) -> elements of all inputs and outputs, each once.
        step: (random, n, batch) -> the step, its tensors made and its output allocated.
    """

    doc: str
    size: int
    flops: Callable[[int, int], int]
    elements: Callable[[int, int], int]
    step: Callable[[Make, int, int], Step]


def is_kernel(name: str) -> bool:
    """Whether a job's model is a kernel and no network."""
    return name.startswith(PREFIX)


def kernel(name: str) -> Kernel:
    """The kernel of that name.

    Raises:
        ValueError: there is none; those there are, are named.
    """
    if name not in KERNELS:
        raise ValueError(f"no kernel {name!r}; there are: {', '.join(KERNELS)}")
    return KERNELS[name]


def work(job: Job) -> dict[str, int]:
    """``flops`` and ``bytes`` of one step: inputs read once, outputs written once."""
    chosen = kernel(job.model)
    n = side(job)
    return {"flops": chosen.flops(n, job.batch), "bytes": chosen.elements(n, job.batch) * BYTES[job.dtype]}


def side(job: Job) -> int:
    """``n`` of the job."""
    return job.size if isinstance(job.size, int) else kernel(job.model).size


def prepared(job: Job) -> Step:
    """The job's step, its tensors in place."""
    import torch

    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

    def random(*shape: int) -> Any:
        return torch.rand(shape, device=job.device).sub_(0.5).to(dtypes[job.dtype])

    step = kernel(job.model).step(random, side(job), job.batch)

    def without_gradients() -> object:
        with torch.inference_mode():
            return step()

    return without_gradients


def _gemm(random: Make, n: int, batch: int) -> Step:
    import torch

    left, right, out = random(batch * n, n), random(n, n), random(batch * n, n)
    return lambda: torch.mm(left, right, out=out)


def _copy(random: Make, n: int, batch: int) -> Step:
    source, target = random(batch, n, n), random(batch, n, n)
    return lambda: target.copy_(source)


def _attention(random: Make, n: int, batch: int) -> Step:
    from torch.nn import functional as F

    query, key, value = (random(batch, HEADS, n, WIDTH // HEADS) for _ in range(3))
    return lambda: F.scaled_dot_product_attention(query, key, value)


def _layer_norm(random: Make, n: int, batch: int) -> Step:
    from torch.nn import functional as F

    tokens, weight, bias = random(batch, n, WIDTH), random(WIDTH), random(WIDTH)
    return lambda: F.layer_norm(tokens, (WIDTH,), weight, bias)


KERNELS = {
    "kernel/gemm": Kernel(
        doc="(batch·n, n) x (n, n) matrix product into a given output",
        size=1024,
        flops=lambda n, batch: 2 * batch * n**3,
        elements=lambda n, batch: (2 * batch + 1) * n**2,
        step=_gemm,
    ),
    "kernel/copy": Kernel(
        doc="(batch, n, n) copied into another tensor",
        size=4096,
        flops=lambda n, batch: 0,
        elements=lambda n, batch: 2 * batch * n**2,
        step=_copy,
    ),
    "kernel/attention": Kernel(
        doc="fused softmax attention, 12 heads of 64 channels on n tokens",
        size=256,
        flops=lambda n, batch: 4 * batch * n**2 * WIDTH,
        elements=lambda n, batch: 4 * batch * n * WIDTH,
        step=_attention,
    ),
    "kernel/layer_norm": Kernel(
        doc="layer norm with scale and shift of n tokens of 768 channels",
        size=256,
        flops=lambda n, batch: 0,
        elements=lambda n, batch: 2 * batch * n * WIDTH + 2 * WIDTH,
        step=_layer_norm,
    ),
}
"""Every kernel by name."""
