"""The processes of one training: one alone here; several through ``training.loop.distributed``."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from torch import Tensor, nn


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
