"""One training with its folder: from the first epoch, or where it was interrupted, to the stored result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from effbench.training.loop.loop import Loop
from effbench.training.loop.outcome import Outcome, Row, curve_of
from effbench.training.loop.progress import Listener, Meter
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.sinks import CSVLog, Sink
from effbench.training.loop.task import Judgement, Task


class OneRun:
    """A training with its folder.

    Args:
        task: of the recipe, with its network. parts: the images, by part.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        task: Task,
        seed: int,
        parts: Mapping[str, Source],
        device: torch.device,
        team: Team,
    ) -> None:
        training = recipe.training
        self._recipe, self._folder, self._seed, self._parts = recipe, folder, seed, parts
        self._device, self._team, self._training, self._task = device, team, training, task
        self._attention = use_attention(task.network, training.attention, device, training.precision)
        self._loop = Loop(recipe, seed, task, parts["train"], device, team)
        self._checkpoint = folder / files.CHECKPOINT
        self._last: Judgement | None = None

    def complete(self, progress: Listener | None, sinks: Sequence[Sink]) -> Outcome:
        """Begin or go on, to the end. Only the process of rank 0 writes."""
        if self._checkpoint.is_file():
            self._loop.load(self._checkpoint)
        try:
            self._epochs(progress, sinks)
            outcome = self._finish()
        except (NotFinite, MemoryError, RuntimeError) as error:
            outcome = self._outcome("failed", reason=failure(error))
        finally:
            for sink in sinks:
                sink.close()
        if self._team.rank == 0:
            files.write_json(self._folder / files.RESULT, outcome.as_entry())
            if outcome.status == "done":
                self._checkpoint.unlink(missing_ok=True)
        self._team.wait()
        return files.stored_result(self._folder) or outcome

    def _epochs(self, progress: Listener | None, sinks: Sequence[Sink]) -> None:
        loop, epochs = self._loop, self._training.epochs
        meter = Meter(progress, epochs=epochs, steps=loop.steps, images=loop.images)
        log = self._own_log() if self._team.rank == 0 else None
        while len(loop.log) < epochs:
            epoch, lr, loss = loop.epoch(meter, self._save)
            results = self._results(epoch)
            values = {"loss": loss, **results, "images_per_s": self._rate(), "seconds": loop.seconds}
            row = Row(epoch=epoch, lr=lr, values=values)
            loop.finished(row)
            for sink in (*(() if log is None else (log,)), *sinks):
                sink.epoch(row.as_line())
            if not self._training.checkpoint_every:
                self._save()

    def _own_log(self) -> CSVLog:
        recipe, folder = self._recipe, self._folder
        about = {"name": recipe.name, "source": recipe.source, "seed": self._seed}
        files.write_json(folder / files.RECIPE, {**about, **recipe.determining()})
        columns = ("epoch", "lr", "loss", *self._task.columns(), "images_per_s", "seconds")
        return CSVLog(folder / files.LOG, columns, [row.as_line() for row in self._loop.log])

    def _results(self, epoch: int) -> dict[str, float | None]:
        """What the log says of the test images after this epoch; None where the recipe does not look."""
        blank: dict[str, float | None] = dict.fromkeys(self._task.columns())
        if epoch % self._training.evaluate_every and epoch < self._training.epochs:
            return blank
        self._last = self._judge("test")
        return {**blank, **self._last.results()}

    def _judge(self, part: str) -> Judgement:
        """One process judges; all of them learn whether it could.

        Raises:
            NotFinite: the network gives no finite numbers.
        """
        found, error = Judgement(), None
        if self._team.rank == 0:
            try:
                found = self._task.judge(self._loop.network, self._parts[part], part)
            except NotFinite as caught:
                error = caught
        if self._team.total(torch.tensor(float(error is not None), device=self._device)):
            raise error or NotFinite("the network's results are not finite numbers")
        return found

    def _finish(self) -> Outcome:
        """Store weights and predictions."""
        judged = {part: self._judge(part) for part in self._parts if part == "calibration"}
        test = judged["test"] = self._last or self._judge("test")
        if self._team.rank == 0:
            checkpoint.write_tensors(self._folder / files.WEIGHTS, self._loop.network.state_dict())
            for part, judgement in judged.items():
                if judgement.arrays:
                    files.write_arrays(files.predictions_of(self._folder, part), judgement.arrays)
        loss = self._loop.log[-1].values["loss"]
        return self._outcome("done", exits=test.exits, figures={"training_loss": loss, **test.figures})

    def _outcome(self, status: Literal["done", "failed"], **end: object) -> Outcome:
        loop, recipe = self._loop, self._recipe
        here = {
            "device": str(self._device),
            "threads": torch.get_num_threads(),
            "processes": self._team.world,
            "attention": self._attention,
            "cpu_seconds": round(loop.cpu_seconds, 3),
        }
        return Outcome.of(
            recipe,
            self._seed,
            status,
            curve=curve_of(loop.log),
            program="compiled" if recipe.training.compile else "separate",
            steps=loop.step,
            seconds=loop.seconds,
            images_per_s=self._rate(),
            conditions={**environment.conditions(), **here},
            **end,
        )

    def _rate(self) -> float:
        """Images per second of training, over all sessions."""
        return self._loop.step * self._loop.images / self._loop.seconds if self._loop.seconds else 0.0

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
