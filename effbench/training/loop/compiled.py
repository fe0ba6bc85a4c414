"""A network through ``torch.compile``: fewer operators a step, and on a GPU one replay of a recorded graph."""

from __future__ import annotations

import torch
from torch import nn


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
