"""Train the cells of a heatmap in one program; each leaves the folder that a training of its own would leave."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from effbench.errors import EffbenchError
from effbench.processes import environment
from effbench.training.data.source import Source
from effbench.training.loop import checkpoint
from effbench.training.loop import folder as files
from effbench.training.loop.attention import use_attention
from effbench.training.loop.device import find_device, require_precision
from effbench.training.loop.loop import Loop, Row
from effbench.training.loop.outcome import Outcome, curve_of
from effbench.training.loop.progress import Listener, Meter
from effbench.training.loop.ragged.alike import require_alike
from effbench.training.loop.ragged.stack import Stack
from effbench.training.loop.ragged.task import Together
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.run import failure, open_parts, random_state_kept
from effbench.training.loop.sinks import CSVLog
from effbench.training.loop.task import Judgement
from effbench.training.loop.team import ALONE

PREFIX = "group-"
"""Of the checkpoint of a group, in the folder of its first cell; the group's key follows."""


def train_together(
    recipes: Sequence[Recipe],
    *,
    seed: int,
    folders: Sequence[Path],
    root: Path | None = None,
    device: str = "cpu",
    progress: Listener | None = None,
) -> list[Outcome]:
    """Train, judge and store every cell; called again with the same cells it goes on from the group's checkpoint.

    A cell whose loss is NaN has an outcome that says so; the others go on. ``seconds`` of a cell is its share, one of
    as many as there are cells, of the group's time; ``conditions`` has both.

    Args:
        recipes: RAViTs that differ in their layers alone. folders: one per recipe, as ``loop.run`` writes them.

    Raises:
        EffbenchError: bad input, before anything is written; a folder of another run, or in use; a full disk.
    """
    require_alike(recipes)
    if len(set(folders)) != len(recipes):
        raise EffbenchError(f"{len(recipes)} recipes need as many different folders, got {len(set(folders))}")
    with random_state_kept():
        found = _results(recipes, seed, folders)
        if None not in found:
            return [outcome for outcome in found if outcome is not None]
        place = find_device(device)
        group = Group(recipes, seed, folders, open_parts(recipes[0], seed, root, place), place)
        with ExitStack() as locks:
            for folder in sorted(folders):  # in one order for every process, so that no two wait for each other
                locks.enter_context(files.held(folder))
            return group.complete(_results(recipes, seed, folders), progress)


def _results(recipes: Sequence[Recipe], seed: int, folders: Sequence[Path]) -> list[Outcome | None]:
    return [files.result_of(folder, recipe, seed) for recipe, folder in zip(recipes, folders, strict=True)]


class Group:
    """Trainings in one program, with their folders."""

    def __init__(
        self,
        recipes: Sequence[Recipe],
        seed: int,
        folders: Sequence[Path],
        parts: dict[str, Source],
        device: torch.device,
    ) -> None:
        first, source = recipes[0], parts["train"]
        training = first.training
        require_precision(training.precision, device)
        self._recipes, self._seed, self._folders, self._parts, self._device = recipes, seed, folders, parts, device
        images = min(first.data.batch, source.images)
        self._task = Together(recipes, len(source.classes), seed, device, images)
        self._attention = use_attention(self._task.network, training.attention, device, training.precision)
        self._recipe = dataclasses.replace(first, model=" + ".join(recipe.model for recipe in recipes))
        self._loop = Loop(self._recipe, seed, self._task, source, device, ALONE)
        self._last: list[Judgement | None] = []
        self._path = folders[0] / f"{PREFIX}{self._recipe.key(seed)}.pt"

    def complete(self, found: Sequence[Outcome | None], progress: Listener | None) -> list[Outcome]:
        """Begin or go on, to the end; results that are there already stay as they are."""
        if self._path.is_file():
            self._loop.load(self._path)
        try:
            self._epochs(progress)
            outcomes = self._finish()
        except (MemoryError, RuntimeError) as error:
            outcomes = [self._outcome(cell, status="failed", reason=failure(error)) for cell in self._cells]
        for cell in reversed(self._cells):  # the first holds the checkpoint
            if found[cell] is None:
                files.write_json(self._folders[cell] / files.RESULT, outcomes[cell].as_entry())
        for left in self._folders[0].glob(f"{PREFIX}*.pt"):
            left.unlink()
        return [there or outcome for there, outcome in zip(found, outcomes, strict=True)]

    @property
    def _cells(self) -> range:
        return range(len(self._recipes))

    def _epochs(self, progress: Listener | None) -> None:
        loop, training = self._loop, self._recipe.training
        images = loop.images * len(self._recipes)
        meter = Meter(progress, epochs=training.epochs, steps=loop.steps, images=images)
        logs = [self._own_log(cell) for cell in self._cells]
        while len(loop.log) < training.epochs:
            row = loop.epoch(meter, self._save)
            shared = {"images_per_s": self._rate(), "seconds": self._seconds()}
            row["cells"] = [each | shared for each in self._results(row["epoch"])]
            self._task.lost.zero_()
            loop.finished(row)
            for cell, log in enumerate(logs):
                log.epoch(_of_cell(row, cell))
            if not training.checkpoint_every:
                self._save()

    def _own_log(self, cell: int) -> CSVLog:
        recipe, folder = self._recipes[cell], self._folders[cell]
        about = {"name": recipe.name, "source": recipe.source, "seed": self._seed}
        files.write_json(folder / files.RECIPE, {**about, **recipe.determining()})
        columns = ("epoch", "lr", "loss", *self._task.columns_of(cell), "images_per_s", "seconds")
        return CSVLog(folder / files.LOG, columns, [_of_cell(row, cell) for row in self._loop.log])

    def _results(self, epoch: int) -> list[Row]:
        """What the log says of every cell after this epoch."""
        training = self._recipe.training
        losses = (self._task.lost / self._loop.per_epoch).tolist()
        blank = [{"loss": loss, **dict.fromkeys(self._task.columns_of(k))} for k, loss in enumerate(losses)]
        if epoch % training.evaluate_every and epoch < training.epochs:
            return blank
        self._last = self._judge("test")
        judged = [{} if found is None else found.results() for found in self._last]
        return [row | results for row, results in zip(blank, judged, strict=True)]

    def _judge(self, part: str) -> list[Judgement | None]:
        return self._task.judge_each(self._loop.network, self._parts[part], part)

    def _finish(self) -> list[Outcome]:
        judged = {part: self._judge(part) for part in self._parts if part == "calibration"}
        judged["test"] = self._last or self._judge("test")
        return [self._end(cell, {part: found[cell] for part, found in judged.items()}) for cell in self._cells]

    def _end(self, cell: int, judged: dict[str, Judgement | None]) -> Outcome:
        """Store a cell's weights and predictions; the outcome of one that got NaN says when."""
        losses = [row["cells"][cell]["loss"] for row in self._loop.log]
        bad = next((epoch for epoch, loss in enumerate(losses, start=1) if not abs(loss) < float("inf")), None)
        test = judged["test"]
        if bad is not None or test is None or None in judged.values():
            when = f"the loss was not a finite number in epoch {bad} of {len(losses)}" if bad else None
            return self._outcome(cell, status="failed", reason=when or "the network's logits are not finite numbers")
        folder, stack = self._folders[cell], self._loop.network
        if not isinstance(stack, Stack):
            raise TypeError("the network of a group is a Stack")
        checkpoint.write_tensors(folder / files.WEIGHTS, stack.cell(cell))
        for part, judgement in judged.items():
            if judgement is not None:
                files.write_arrays(folder / f"{part}.npz", judgement.arrays)
        return self._outcome(cell, status="done", exits=test.exits, figures={"training_loss": losses[-1]})

    def _outcome(self, cell: int, **end: Any) -> Outcome:
        loop, recipe = self._loop, self._recipes[cell]
        here = {
            "device": str(self._device),
            "threads": torch.get_num_threads(),
            "processes": 1,
            "attention": self._attention,
            "cpu_seconds": round(loop.cpu_seconds / len(self._recipes), 3),
            "cells": len(self._recipes),
            "group_seconds": loop.seconds,
        }
        return Outcome(
            key=recipe.key(self._seed),
            name=recipe.name,
            model=recipe.model,
            seed=self._seed,
            recipe=recipe.determining(),
            curve=curve_of([_of_cell(row, cell) for row in loop.log]),
            program="ragged",
            steps=loop.step,
            seconds=self._seconds(),
            images_per_s=self._rate(),
            conditions={**environment.conditions(), **here},
            **end,
        )

    def _seconds(self) -> float:
        return self._loop.seconds / len(self._recipes)

    def _rate(self) -> float:
        """Images per second of a cell's share of the time, over all sessions."""
        return self._loop.step * self._loop.images / self._seconds() if self._loop.seconds else 0.0

    def _save(self) -> None:
        checkpoint.save(self._path, self._loop.state(), self._recipe, self._seed)


def _of_cell(row: Row, cell: int) -> Row:
    return {"epoch": row["epoch"], "lr": row["lr"], **row["cells"][cell]}
