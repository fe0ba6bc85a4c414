"""A job as a step that can be repeated: forward, or forward, loss, backward and optimiser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import kernels
from .job import Job
from .opened import Opened, imported, opened, predictions

__all__ = ["DTYPES", "Subject", "Unavailable", "allow_code", "imported"]

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

Step = Callable[[], object]


def allow_code(name: str) -> None:
    """Let the model's file be run in this process; an effbench of before runs whatever it is asked for."""
    try:
        from effbench.models.plugins import allow
    except ImportError:
        return
    allow(name)


class Unavailable(Exception):
    """The machine cannot do what the job asks."""


class Subject:
    """A network ready to be stepped.

    Attributes:
        step: does the job's work once, without waiting for the device.
        params: parameters of the network; a kernel has none.
        size: image side in pixels, or the shapes of other inputs; of a kernel, its ``n``.
        work: of a kernel, ``flops`` and ``bytes`` of a step.
    """

    def __init__(self, job: Job) -> None:
        if job.device == "cuda" and not torch.cuda.is_available():
            raise Unavailable("PyTorch sees no CUDA device")
        if job.mode == "cuda_graph" and job.device != "cuda":
            raise Unavailable("CUDA graphs need a CUDA device")
        torch.manual_seed(job.seed)
        self.size: int | str
        self.work = kernels.work(job) if kernels.is_kernel(job.model) else {}
        self.step = self._kernel(job) if self.work else self._network(job)
        if job.mode == "cuda_graph":
            self.step = _captured(self.step)

    def _kernel(self, job: Job) -> Step:
        if job.task != "infer" or job.mode == "compile":
            raise Unavailable("a kernel is one operator: it has no training step and nothing to compile")
        self.params, self.size = 0, kernels.side(job)
        return kernels.prepared(job)

    def _network(self, job: Job) -> Step:
        found = opened(job)
        self.size = found.size
        self.params = sum(p.numel() for p in found.network.parameters())
        make = _inference if job.task == "infer" else _training
        return make(found, job)


def _inference(found: Opened, job: Job) -> Step:
    """Weights and floating inputs in the job's dtype."""
    dtype = DTYPES[job.dtype]
    network, inputs = found.network.to(dtype), found.inputs_in(dtype)
    run = _compiled(network, job)

    def step() -> object:
        with torch.inference_mode():
            return inputs(run)

    return step


def _training(found: Opened, job: Job) -> Step:
    """Loss summed over all floating outputs, AdamW; lower precision by autocast. Frozen parts stay frozen."""
    network, inputs = found.network, found.inputs_in(None)
    network.train()
    loss_of = _loss(job.device)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-4, capturable=job.mode == "cuda_graph")
    run = _compiled(network, job)
    autocast: Any = torch.autocast(job.device, DTYPES[job.dtype], enabled=job.dtype != "fp32")

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with autocast:
            loss = loss_of(predictions(inputs(run)))
        loss.backward()
        optimiser.step()

    return step


def _loss(device: str) -> Callable[[Sequence[Tensor]], Tensor]:
    """Cross-entropy of outputs (batch, classes) with random labels, the same in every step; mean square of others."""
    labels: dict[int, Tensor] = {}

    def one(number: int, output: Tensor) -> Tensor:
        if output.ndim != 2:
            return output.square().mean()
        if number not in labels:  # in the first step, before any is measured
            labels[number] = torch.randint(output.shape[1], (output.shape[0],), device=device)
        return F.cross_entropy(output, labels[number])

    def loss(outputs: Sequence[Tensor]) -> Tensor:
        parts = (one(number, output.float()) for number, output in enumerate(outputs))
        return sum(parts, torch.zeros((), device=device))

    return loss


def _compiled(network: nn.Module, job: Job) -> Callable[..., Any]:
    return torch.compile(network) if job.mode == "compile" else network


def _captured(step: Step) -> Step:
    """The step as one CUDA graph, captured after three steps on a side stream as PyTorch asks."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()

    def replay(_reads: Step = step) -> None:  # the graph knows addresses alone: what the step reads must stay there
        graph.replay()

    return replay
