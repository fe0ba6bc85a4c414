"""The cells that one loop trains, most often one, each with its folder: from the first epoch to the stored results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import torch

from effbench.errors import EffbenchError
from effbench.processes import environment
from effbench.training.data.source import Source
from effbench.training.loop import checkpoint
from effbench.training.loop import folder as files
from effbench.training.loop.device import compiler_failure, use_attention
from effbench.training.loop.distributed import Team
from effbench.training.loop.evaluate import NotFinite
from effbench.training.loop.feasible import require_arithmetic
from effbench.training.loop.loop import Loop
from effbench.training.loop.outcome import Outcome, Row, curve_of
from effbench.training.loop.progress import Listener, Meter
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.sinks import CSVLog, Sink
from effbench.training.loop.task import Judgement, Task

MakeTask = Callable[[int, torch.device, int], Task]
"""(classes of the data set, device, images of an optimiser step) -> the task with its network."""


class Cells:
    """A training with the folder of each of its cells, most often one.

    Args:
        recipes: of the cells, alike in all that the loop reads. parts: the images, by part.
    """

    def __init__(
        self,
        recipes: Sequence[Recipe],
        folders: Sequence[Path],
        task: MakeTask,
        seed: int,
        parts: Mapping[str, Source],
        device: torch.device,
        team: Team,
    ) -> None:
        first, source = recipes[0], parts["train"]
        training = first.training
        require_arithmetic(training.precision, device.type)
        self._recipes, self._folders, self._seed, self._parts = recipes, folders, seed, parts
        self._device, self._team, self._training = device, team, training
        self._task = task(len(source.classes), device, min(first.data.batch, source.images))
        self._attention = use_attention(self._task.network, training.attention, device, training.precision)
        recipe = dataclasses.replace(first, model=" + ".join(recipe.model for recipe in recipes))
        self._loop = Loop(recipe, seed, self._task, source, device, team)
        alone = len(recipes) == 1
        self._checkpoint = folders[0] / (files.CHECKPOINT if alone else f"{files.GROUP}{recipe.key(seed)}.pt")
        self._last: list[Judgement | None] = []

    def complete(
        self, found: Sequence[Outcome | None], progress: Listener | None, sinks: Sequence[Sink]
    ) -> list[Outcome]:
        """Begin or go on, to the end; results that are there already stay. Only the process of rank 0 writes."""
        if self._checkpoint.is_file():
            self._loop.load(self._checkpoint)
        try:
            self._epochs(progress, sinks)
            outcomes = self._finish()
        except (NotFinite, MemoryError, RuntimeError) as error:
            reason = failure(error)
            outcomes = [self._outcome(cell, "failed", reason=reason) for cell in self._cells]
        finally:
            for sink in sinks:
                sink.close()
        if self._team.rank == 0:
            self._store(found, outcomes)
        self._team.wait()
        return [files.stored_result(folder) or one for folder, one in zip(self._folders, outcomes, strict=True)]

    @property
    def _cells(self) -> range:
        return range(len(self._recipes))

    def _epochs(self, progress: Listener | None, sinks: Sequence[Sink]) -> None:
        loop, epochs = self._loop, self._training.epochs
        images = loop.images * len(self._recipes)
        meter = Meter(progress, epochs=epochs, steps=loop.steps, images=images)
        logs = [] if self._team.rank else [self._own_log(cell) for cell in self._cells]
        while len(loop.log) < epochs:
            epoch, lr, mean = loop.epoch(meter, self._save)
            losses = self._task.losses(mean, loop.per_epoch)
            results = self._results(epoch)
            rate = {"images_per_s": self._rate(), "seconds": self._seconds()}
            cells = [{"loss": loss, **own, **rate} for loss, own in zip(losses, results, strict=True)]
            row = Row(epoch=epoch, lr=lr, cells=tuple(cells))
            loop.finished(row)
            for cell, log in enumerate(logs):
                log.epoch(row.of(cell))
            for sink in sinks:
                sink.epoch(row.of(0))
            if not self._training.checkpoint_every:
                self._save()

    def _own_log(self, cell: int) -> CSVLog:
        recipe, folder = self._recipes[cell], self._folders[cell]
        about = {"name": recipe.name, "source": recipe.source, "seed": self._seed}
        files.write_json(folder / files.RECIPE, {**about, **recipe.determining()})
        columns = ("epoch", "lr", "loss", *self._task.columns(cell), "images_per_s", "seconds")
        return CSVLog(folder / files.LOG, columns, [row.of(cell) for row in self._loop.log])

    def _results(self, epoch: int) -> list[dict[str, float | None]]:
        """What the log says of the test images after this epoch; None where the recipe does not look."""
        blank: list[dict[str, float | None]] = [dict.fromkeys(self._task.columns(cell)) for cell in self._cells]
        if epoch % self._training.evaluate_every and epoch < self._training.epochs:
            return blank
        self._last = self._judge("test")
        for own, found in zip(blank, self._last, strict=True):
            own.update({} if found is None else found.results())
        return blank

    def _judge(self, part: str) -> list[Judgement | None]:
        """One process judges; all of them learn whether it could.

        Raises:
            NotFinite: the network gives no finite numbers.
        """
        found: list[Judgement | None] = [Judgement() for _ in self._cells]
        error = None
        if self._team.rank == 0:
            try:
                found = self._task.judge(self._loop.network, self._parts[part], part)
            except NotFinite as caught:
                error = caught
        if self._team.total(torch.tensor(float(error is not None), device=self._device)):
            raise error or NotFinite("the network's results are not finite numbers")
        return found

    def _finish(self) -> list[Outcome]:
        judged = {part: self._judge(part) for part in self._parts if part == "calibration"}
        judged["test"] = self._last or self._judge("test")
        return [self._end(cell, {part: found[cell] for part, found in judged.items()}) for cell in self._cells]

    def _end(self, cell: int, judged: Mapping[str, Judgement | None]) -> Outcome:
        """Store a cell's weights and predictions; the outcome of one that got NaN says when."""
        losses = [row.cells[cell]["loss"] or 0.0 for row in self._loop.log]
        bad = next((epoch for epoch, loss in enumerate(losses, start=1) if not abs(loss) < float("inf")), None)
        test = judged["test"]
        if bad is not None or test is None or None in judged.values():
            when = f"the loss was not a finite number in epoch {bad} of {len(losses)}" if bad else None
            return self._outcome(cell, "failed", reason=when or "the network's logits are not finite numbers")
        if self._team.rank == 0:
            folder, weights = self._folders[cell], self._task.weights(self._loop.network, cell)
            checkpoint.write_tensors(folder / files.WEIGHTS, weights)
            for part, judgement in judged.items():
                if judgement is not None and judgement.arrays:
                    files.write_arrays(files.predictions_of(folder, part), judgement.arrays)
        return self._outcome(cell, "done", exits=test.exits, figures={"training_loss": losses[-1], **test.figures})

    def _store(self, found: Sequence[Outcome | None], outcomes: Sequence[Outcome]) -> None:
        for cell in reversed(self._cells):  # the first holds the checkpoint
            if found[cell] is None:
                files.write_json(self._folders[cell] / files.RESULT, outcomes[cell].as_entry())
        if any(outcome.status == "done" for outcome in outcomes):
            for left in (self._checkpoint, *self._folders[0].glob(f"{files.GROUP}*.pt")):
                left.unlink(missing_ok=True)

    def _outcome(self, cell: int, status: Literal["done", "failed"], **end: object) -> Outcome:
        loop, recipe, count = self._loop, self._recipes[cell], len(self._recipes)
        here = {
            "device": str(self._device),
            "threads": torch.get_num_threads(),
            "processes": self._team.world,
            "attention": self._attention,
            "cpu_seconds": round(loop.cpu_seconds / count, 3),
            **({"cells": count, "group_seconds": loop.seconds} if count > 1 else {}),
        }
        return Outcome.of(
            recipe,
            self._seed,
            status,
            curve=curve_of(loop.log, cell),
            program="ragged" if count > 1 else "compiled" if recipe.training.compile else "separate",
            steps=loop.step,
            seconds=self._seconds(),
            images_per_s=self._rate(),
            conditions={**environment.conditions().plain(), **here},
            **end,
        )

    def _seconds(self) -> float:
        """A cell's share of the time of training, over all sessions."""
        return self._loop.seconds / len(self._recipes)

    def _rate(self) -> float:
        """Images per second of training, over all sessions."""
        return self._loop.step * self._loop.images / self._seconds() if self._loop.seconds else 0.0

    def _save(self) -> None:
        if self._team.rank == 0:
            checkpoint.save(self._checkpoint, self._loop.state(), self._loop.recipe, self._seed)


def failure(error: Exception) -> str:
    """Why a run failed, in a line; an error that is neither NaN nor a lack of memory is raised again.

    Raises:
        EffbenchError: there is no compiler here, or it fails.
    """
    first = str(error).split("\n", 1)[0]
    if isinstance(error, NotFinite):
        return first
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        return f"out of memory: {first or 'the system gave none'}"
    said = compiler_failure(error)
    raise error if said is None else EffbenchError(f"{said}; train with training.compile = false")
