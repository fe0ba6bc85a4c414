"""The processes of one training: one alone, or several through PyTorch's own DistributedDataParallel.

Plain PyTorch rather than Lightning Fabric: the same gradients and step times in a trial, half the start-up time, and
no dependency. A process finds its team in the variables that ``torchrun`` sets, and ``training.loop.launch`` with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from effbench.errors import EffbenchError
from effbench.training.loop.rank import STORE, Rank, rank_of

TIMEOUT = timedelta(minutes=30)
"""How long a process waits for the others; longer than any evaluation, in which only the first one works."""

LOST = ("gloo", "nccl", "connection closed", "connection reset", "broken pipe", "timed out", "socket")
"""Words in PyTorch's error when another process is gone."""


@dataclass(frozen=True, kw_only=True)
class Team:
    """One process of ``world``; each computes the gradients of its part of every batch.

    Attributes:
        rank: of this process; 0 judges the network and writes files. world: how many there are.
    """

    rank: int = 0
    world: int = 1

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network whose backward pass averages gradients over the processes."""
        return network

    def apart(self, network: nn.Module) -> AbstractContextManager[object]:
        """Backward passes in here keep their gradients to themselves: those of all micro-batches but the last."""
        return nullcontext()

    def total(self, value: Tensor) -> Tensor:
        """The sum of a value over the processes."""
        return value

    def wait(self) -> None:
        """Until every process is here."""


ALONE = Team()


class Ranks(Team):
    """A team of several processes."""

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network whose backward pass averages gradients; batch normalisation then sees the whole batch.

        Raises:
            EffbenchError: the network normalises over the batch and is on the CPU, where PyTorch cannot do that over
                several processes: the result would not be that of one.
        """
        device = next(network.parameters()).device
        if _trains_batch_norm(network):
            if device.type != "cuda":
                raise EffbenchError(
                    f"{type(network).__name__} normalises over the batch, which several processes can only do on GPUs: "
                    "train it in one process"
                )
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def apart(self, network: nn.Module) -> AbstractContextManager[object]:
        if not isinstance(network, DistributedDataParallel):
            raise TypeError("apart takes the network that wrap returned")
        return network.no_sync()

    def total(self, value: Tensor) -> Tensor:
        summed = value.detach().clone()
        dist.all_reduce(summed)
        return summed

    def wait(self) -> None:
        dist.barrier()


def join(device: str) -> Team:
    """The team that the environment says this process is of, or ALONE; asked again, the same team.

    Args:
        device: ``cpu`` (gloo), or ``cuda`` (NCCL, one GPU a process); where ``cuda`` is, ``device_of`` says.

    Raises:
        EffbenchError: the others did not come, or the environment contradicts itself.
    """
    found = rank_of()
    if found is None:
        return ALONE
    if not dist.is_initialized():
        _meet(found, "nccl" if device.startswith("cuda") else "gloo")
    return Ranks(rank=found.rank, world=found.world)


def device_of(device: str) -> str:
    """The GPU of this process of a team, by its number on this machine; other devices as they are."""
    found = rank_of()
    return f"cuda:{found.local}" if device == "cuda" and found is not None and found.local is not None else device


@contextmanager
def together() -> Iterator[None]:
    """Work in which a process that is gone is one clear error in the others."""
    try:
        yield
    except RuntimeError as error:
        words = str(error).lower()
        if dist.is_initialized() and any(word in words for word in LOST):
            raise EffbenchError(
                "another process of this training has ended or does not answer; the same command goes on from the "
                "last checkpoint"
            ) from None
        raise


def leave() -> None:
    """End the team of this process."""
    if dist.is_initialized():
        dist.destroy_process_group()


def _meet(place: Rank, backend: str) -> None:
    rank, world, local = place
    if backend == "nccl":
        torch.cuda.set_device(local or 0)
    try:
        if STORE in os.environ:
            host, _, port = os.environ[STORE].rpartition(":")
            store = dist.TCPStore(host, int(port), is_master=False, timeout=TIMEOUT)
            dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=TIMEOUT)
        else:
            dist.init_process_group(backend, timeout=TIMEOUT)
    except (RuntimeError, ValueError) as error:
        raise EffbenchError(f"process {rank} of {world} found no team: {str(error).splitlines()[0]}") from None


def _trains_batch_norm(network: nn.Module) -> bool:
    """Whether a batch normalisation takes its statistics from the batch: frozen ones do not."""
    modules = network.train().modules()
    return any(isinstance(module, _BatchNorm) and module.training for module in modules)
