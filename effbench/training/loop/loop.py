"""The loop: epochs of optimiser steps whose result depends on (recipe, seed) alone, wherever it is interrupted."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from effbench.errors import EffbenchError
from effbench.training.data.source import Batch, Source, steps_of
from effbench.training.loop import checkpoint
from effbench.training.loop.device import compiled
from effbench.training.loop.distributed import Team
from effbench.training.loop.evaluate import NotFinite
from effbench.training.loop.optimiser import Average, make_optimiser, share
from effbench.training.loop.outcome import Row
from effbench.training.loop.progress import Meter
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Task

CHECK_EVERY = {"cpu": 1, "cuda": 50}
"""Device -> steps between two looks at the loss: a GPU would have to wait for each."""


class Passed(NamedTuple):
    """An epoch that is over: its number from 1, the learning rate of its last step, its mean loss."""

    epoch: int
    lr: float
    loss: float


class Loop:
    """A training in progress; all of its state is what a checkpoint holds.

    Attributes:
        step: optimiser steps done. log: rows of the epochs that are finished and judged.
        seconds, cpu_seconds: spent in epochs, over all sessions; judging and saving is not in them.
    """

    def __init__(self, recipe: Recipe, seed: int, task: Task, source: Source, device: torch.device, team: Team) -> None:
        self.recipe, self.task, self.team = recipe, task, team
        self._seed, self._source, self._device = seed, source, device
        self.images = min(recipe.data.batch, source.images)
        if self.images < team.world:
            raise EffbenchError(f"{team.world} processes cannot share batches of {self.images} images")
        self.per_epoch = steps_of(source.images, recipe.data.batch)
        self.steps = recipe.training.epochs * self.per_epoch
        self.step, self.seconds, self.cpu_seconds = 0, 0.0, 0.0
        self.log: list[Row] = []
        network = task.network
        self._optimiser = make_optimiser(network, recipe.optimiser, device)
        self._trained = [p for group in self._optimiser.param_groups for p in group["params"]]
        self._scaler = torch.amp.GradScaler(device.type, enabled=recipe.training.precision == "fp16")
        self._average = Average(network, recipe.training.ema) if recipe.training.ema else None
        self._wrapped = team.wrap(network)
        self._forward = compiled(self._wrapped, device) if recipe.training.compile else self._wrapped
        self._lost = torch.zeros((), dtype=torch.float64, device=device)  # this process's share of the epoch's losses
        self._lost_by_all = self._lost.clone()

    @property
    def network(self) -> nn.Module:
        """What is judged: the average of the weights where the recipe has one, else the weights."""
        return self.task.network if self._average is None else self._average.network

    def epoch(self, meter: Meter, save: Callable[[], None]) -> Passed:
        """The rest of the first epoch that is not in the log, yet to be judged.

        Args:
            save: is called where the recipe wants a checkpoint within the epoch.

        Raises:
            NotFinite: the loss is NaN or infinite.
        """
        number, every = len(self.log), self.recipe.training.checkpoint_every
        done = self.step - number * self.per_epoch
        self.task.network.train()
        start = _clocks()
        for batch in self._batches(number, done):
            loss = self._step(batch)
            self._look()
            meter.step(number, self.step, loss.item)
            if every and self.step % every == 0:
                self._settle()
                start = self._clocked(start)
                save()
        self._settle()
        self._clocked(start)
        return Passed(number + 1, self._rate(self.step - 1), self._lost_by_all.item() / self.per_epoch)

    def finished(self, row: Row) -> None:
        """Add a judged epoch to the log."""
        self.log.append(row)
        self._lost.zero_()
        self._lost_by_all.zero_()

    def state(self) -> Mapping[str, object]:
        """What a checkpoint holds, but for whose it is."""
        return {
            "network": self.task.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
            "task": self.task.state(),
            "average": {} if self._average is None else self._average.network.state_dict(),
            "step": self.step,
            "lost": self._lost_by_all,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "log": [asdict(row) for row in self.log],
        }

    def load(self, path: Path) -> None:
        """Go on where the checkpoint was made.

        Raises:
            EffbenchError: it is damaged, or of another run.
        """
        state = checkpoint.load(path, self.recipe, self._seed)
        try:
            self.task.network.load_state_dict(state["network"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._scaler.load_state_dict(state["scaler"])
            self.task.load(state["task"])
            if self._average is not None:
                self._average.network.load_state_dict(state["average"])
            self._lost.copy_(state["lost"] if self.team.rank == 0 else torch.zeros(()))
            self.step, self.log = state["step"], [Row.read(row) for row in state["log"]]
            self.seconds, self.cpu_seconds = state["seconds"], state["cpu_seconds"]
        except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
            first = str(error).split("\n", 1)[0]
            raise EffbenchError(f"{path} does not fit {self.recipe.model}: {first}") from None

    def _batches(self, epoch: int, start: int) -> Iterable[Batch]:
        if start == self.per_epoch:
            return ()
        share = {"rank": self.team.rank, "world": self.team.world}
        batches = self._source.epoch(seed=self._seed, epoch=epoch, batch=self.recipe.data.batch, start=start, **share)
        return islice(batches, self.per_epoch - start)

    def _step(self, batch: Batch) -> Tensor:
        """One optimiser step; returns the mean loss of this process's part of the batch, times its share."""
        torch.manual_seed(_mixed(self._seed, self.step, self.team.rank))
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(self.step)
        loss = self._gradients(batch)
        if self.recipe.optimiser.clip:
            self._scaler.unscale_(self._optimiser)
            nn.utils.clip_grad_norm_(self._trained, self.recipe.optimiser.clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._optimiser.zero_grad(set_to_none=True)
        self.task.after_step()
        if self._average is not None:
            self._average.follow(self.task.network)
        self.step += 1
        self._lost += loss
        return loss

    def _gradients(self, batch: Batch) -> Tensor:
        """Gradients of the mean loss over the whole batch, micro-batch by micro-batch.

        Equal to one pass over the whole batch, but for rounding and for layers that look across images (batch norm).
        """
        total = torch.zeros((), device=self._device)
        parts = _parts(batch, self.recipe.training.micro_batch)
        for number, part in enumerate(parts, start=1):
            with nullcontext() if number == len(parts) else self.team.apart(self._wrapped):
                loss = self.task.loss(self._forward, part) * (len(part.labels) / self.images)
                self._scaler.scale(loss * self.team.world).backward()  # the team averages, and this is a sum
            total += loss.detach()
        return total

    def _rate(self, step: int) -> float:
        return self.recipe.optimiser.lr * share(self.recipe.schedule, step, self.steps, self.per_epoch)

    def _look(self) -> None:
        if self.step % CHECK_EVERY.get(self._device.type, 1) == 0:
            self._settle()

    def _settle(self) -> None:
        """Raise NotFinite if a loss of this epoch was, in any process."""
        self._lost_by_all = self.team.total(self._lost.clone())
        if not torch.isfinite(self._lost_by_all):
            raise NotFinite(f"the loss was not a finite number by step {self.step} of {self.steps}")

    def _clocked(self, start: tuple[float, float]) -> tuple[float, float]:
        now = _clocks()
        self.seconds += now[0] - start[0]
        self.cpu_seconds += now[1] - start[1]
        return now


def _clocks() -> tuple[float, float]:
    """Seconds of the wall and of this process's processors."""
    return time.perf_counter(), time.process_time()


def _parts(batch: Batch, micro: int) -> list[Batch]:
    """The batch in pieces of ``micro`` images; 0 for one piece."""
    if not micro or micro >= len(batch.labels):
        return [batch]
    return [Batch(*piece) for piece in zip(*(tensor.split(micro) for tensor in batch), strict=True)]


def _mixed(*numbers: int) -> int:
    """A seed that no other numbers share, but by a chance of 2⁻⁶³."""
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:8]) >> 1
