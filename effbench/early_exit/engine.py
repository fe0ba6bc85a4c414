"""Batched inference with early exits: after each exit only the undecided images go on, results come in input order.

The undecided images are gathered into a smaller batch (compaction), with the state that the stage left; where nobody
leaves nothing is copied, where everybody leaves nothing more is run. The host waits for the device at most once per
exit: at an early exit for the number of images that stay, and in the end to learn whether all logits were finite.

What is promised about decisions, and what floating point leaves open, is in docs/decisions/0008-adaptive-inference.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from effbench.early_exit.decide import Decision
from effbench.early_exit.policy import Policy
from effbench.early_exit.protocol import (
    Stage,
    State,
    joined,
    part_of,
    require_images,
    require_logits,
    select,
    stages_of,
)
from effbench.errors import EffbenchError


@dataclass(frozen=True)
class Exits:
    """What became of a batch, in input order.

    Attributes:
        logits: of the exit each image left at, (b, classes).
        exits: the number of that exit, from 0, (b,).
        reached: how many images entered each stage.
    """

    logits: Tensor
    exits: Tensor
    reached: tuple[int, ...]

    @property
    def classes(self) -> Tensor:
        """Predicted class of each image, (b,)."""
        return self.logits.argmax(dim=1)


class AdaptiveClassifier(nn.Module):
    """A network that stops early, on batches of any size.

    Args:
        network: follows the exit protocol (``protocol``); it is put into evaluation mode.
        policy: a score and a threshold for every exit but the last.
        micro_batch: a stage is given at most this many images at a time; None: all at once. On a CPU smaller batches
            may keep the activations in the cache; compaction is over the whole batch in either case.
        compiled: every stage goes through ``torch.compile`` for batches of any size.

    Raises:
        EffbenchError: the network does not follow the protocol, or the policy is for another number of exits.
    """

    def __init__(
        self, network: nn.Module, policy: Policy, *, micro_batch: int | None = None, compiled: bool = False
    ) -> None:
        super().__init__()
        if not isinstance(network, nn.Module):
            raise EffbenchError(f"an adaptive classifier needs a torch.nn.Module, got {type(network).__name__}")
        if micro_batch is not None and micro_batch < 1:
            raise EffbenchError(f"micro_batch must be at least 1, got {micro_batch}")
        plain: tuple[Stage, ...] = stages_of(network)
        policy.require_exits(len(plain))
        self.network = network.eval()
        self.decision = Decision(policy)
        self.micro_batch = micro_batch
        self._stages = tuple(torch.compile(stage, dynamic=True) for stage in plain) if compiled else plain

    @torch.inference_mode()
    def forward(self, images: Tensor) -> Exits:
        """Classify a batch, which may be empty.

        Args:
            images: (b, channels, height, width), on the network's device and of its type.

        Raises:
            EffbenchError: images of another shape, or logits that are not finite numbers.
        """
        require_images(images, getattr(self.network, "image_size", None))
        batch, routing = images, _Routing(len(images))
        state: State = None
        memory: State = None
        *early, last = range(len(self._stages))
        for stage in early:
            logits, state = self._run(stage, batch, state)
            routing.write(stage, logits)
            leaves, memory = self.decision(stage, logits, memory)
            stay = leaves.logical_not().nonzero().squeeze(1)  # the host waits here
            if not len(stay):
                return routing.result()
            if len(stay) < len(batch):
                batch, state, memory = batch.index_select(0, stay), select(state, stay), select(memory, stay)
                routing.keep(stay)
        logits, _ = self._run(last, batch, state)
        routing.write(last, logits)
        return routing.result()

    def _run(self, number: int, images: Tensor, state: State) -> tuple[Tensor, State]:
        """One stage on all images that reached it, in parts of at most ``micro_batch``."""
        stage, size = self._stages[number], self.micro_batch or len(images)
        if len(images) <= size:
            logits, state = stage(images, state)
        else:
            starts = range(0, len(images), size)
            parts = [stage(images[i : i + size], part_of(state, i, i + size)) for i in starts]
            logits, state = torch.cat([part for part, _ in parts]), joined([left for _, left in parts])
        require_logits(logits, len(images), number)
        return logits, state


class _Routing:
    """Where the images of the running batch stand in the input, and the results so far."""

    def __init__(self, images: int) -> None:
        self._at: Tensor | None = None  # place of every running image in the input; None: all of them, in order
        self._logits = self._exits = torch.empty(0)
        self._finite: list[Tensor] = []
        self._reached: list[int] = []
        self._images = images

    def write(self, exit_: int, logits: Tensor) -> None:
        """Take the logits of all running images; those that go on are written again."""
        if self._at is None:
            self._logits, self._exits = logits, torch.full((self._images,), exit_, device=logits.device)
        else:
            self._logits = self._logits.index_copy(0, self._at, logits)
            self._exits = self._exits.index_fill(0, self._at, exit_)
        self._finite.append(logits.isfinite().all())
        self._reached.append(len(logits))

    def keep(self, stay: Tensor) -> None:
        """Only the images at these places of the running batch go on."""
        self._at = stay if self._at is None else self._at.index_select(0, stay)

    def result(self) -> Exits:
        """What became of the images.

        Raises:
            EffbenchError: an exit gave a logit that is not finite; its decisions mean nothing.
        """
        if not torch.stack(self._finite).all():  # the host waits here
            spoilt = torch.stack(self._finite).tolist().index(False)
            raise EffbenchError(f"exit {spoilt + 1} of the network gave logits that are not finite numbers")
        return Exits(self._logits, self._exits, tuple(self._reached))
