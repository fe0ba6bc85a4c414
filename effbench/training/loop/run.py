"""One run: a recipe and a seed become a folder with weights, predictions and a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from effbench.errors import EffbenchError
from effbench.models.spec import require_range
from effbench.processes import environment
from effbench.training.data.opening import open_part
from effbench.training.data.source import Source
from effbench.training.loop import checkpoint
from effbench.training.loop import folder as files
from effbench.training.loop.attention import use_attention
from effbench.training.loop.compiled import compiler_failure
from effbench.training.loop.device import find_device, require_precision
from effbench.training.loop.evaluate import NotFinite
from effbench.training.loop.loop import Loop
from effbench.training.loop.outcome import Outcome, curve_of
from effbench.training.loop.progress import Listener, Meter
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.sinks import CSVLog, Sink
from effbench.training.loop.task import Judgement, open_task
from effbench.training.loop.team import ALONE, Team

MAX_SEED = 2**63 - 1


def train(
    recipe: Recipe,
    *,
    seed: int,
    folder: Path,
    root: Path | None = None,
    device: str = "cpu",
    progress: Listener | None = None,
    sinks: Sequence[Sink] = (),
    team: Team = ALONE,
) -> Outcome:
    """Train, judge and store; on a folder with a checkpoint go on from it, on one with a result return that.

    A run that fails (NaN, no memory) has an outcome that says so. An interrupt leaves the last checkpoint.

    Args:
        folder: gets recipe.json, log.csv, checkpoint.pt (removed when the run is done), weights.pt, test.npz,
            calibration.npz, and result.json last. root: of data sets on disk. device: cpu, cuda or auto.
        sinks: told of every epoch. team: the processes that share this training.

    Raises:
        EffbenchError: bad input, before anything is written; a folder of another run, or in use; a full disk.
    """
    recipe.validate()
    require_range("seed", seed, 0, MAX_SEED)
    with random_state_kept():
        found = files.result_of(folder, recipe, seed)
        if found is not None:
            return found
        run = Run(recipe, seed, folder, open_parts(recipe, seed, root, find_device(device)), find_device(device), team)
        if team.rank:
            return run.complete(None, ())
        with files.held(folder):
            return files.result_of(folder, recipe, seed) or run.complete(progress, sinks)


def open_parts(recipe: Recipe, seed: int, root: Path | None, device: torch.device) -> dict[str, Source]:
    """The parts of the data set that a run needs: train, test and, if the recipe holds images out, calibration."""
    names = ("train", "test", *(("calibration",) if recipe.data.calibration else ()))
    return {part: open_part(recipe.data, part, root=root, device=device, seed=seed) for part in names}


class Run:
    """A training with its folder.

    Args:
        parts: the images, by part.
    """

    def __init__(
        self, recipe: Recipe, seed: int, folder: Path, parts: dict[str, Source], device: torch.device, team: Team
    ) -> None:
        require_precision(recipe.training.precision, device)
        self._recipe, self._seed, self._folder, self._device, self._team = recipe, seed, folder, device, team
        self._parts = parts
        source = parts["train"]
        self._task = open_task(recipe, len(source.classes), seed, device)
        self._attention = use_attention(
            self._task.network, recipe.training.attention, device, recipe.training.precision
        )
        self._loop = Loop(recipe, seed, self._task, source, device, team)
        self._last: Judgement | None = None

    def complete(self, progress: Listener | None, sinks: Sequence[Sink]) -> Outcome:
        """Begin or go on, to the end; only the process of rank 0 writes."""
        path = self._folder / files.CHECKPOINT
        if path.is_file():
            self._loop.load(path)
        try:
            self._epochs(progress, sinks)
            outcome = self._finish()
        except (NotFinite, MemoryError, RuntimeError) as error:
            outcome = self._outcome(status="failed", reason=failure(error))
        finally:
            for sink in sinks:
                sink.close()
        if self._team.rank == 0:
            files.write_json(self._folder / files.RESULT, outcome.as_entry())
            if outcome.status == "done":
                path.unlink(missing_ok=True)
        self._team.wait()
        return files.stored_result(self._folder) or outcome

    def _epochs(self, progress: Listener | None, sinks: Sequence[Sink]) -> None:
        loop, training = self._loop, self._recipe.training
        meter = Meter(progress, epochs=training.epochs, steps=loop.steps, images=loop.images)
        told = [*self._own_log(), *sinks]
        while len(loop.log) < training.epochs:
            row = loop.epoch(meter, self._save)
            row |= self._results(row["epoch"])
            row |= {"images_per_s": self._rate(), "seconds": loop.seconds}
            loop.finished(row)
            for sink in told:
                sink.epoch(row)
            if not training.checkpoint_every:
                self._save()

    def _own_log(self) -> list[Sink]:
        if self._team.rank:
            return []
        about = {"name": self._recipe.name, "source": self._recipe.source, "seed": self._seed}
        files.write_json(self._folder / files.RECIPE, {**about, **self._recipe.determining()})
        columns = ("epoch", "lr", "loss", *self._task.columns, "images_per_s", "seconds")
        return [CSVLog(self._folder / files.LOG, columns, self._loop.log)]

    def _results(self, epoch: int) -> dict[str, Any]:
        """What the log says of the test images after this epoch; None where the recipe does not look."""
        training = self._recipe.training
        if epoch % training.evaluate_every and epoch < training.epochs:
            return dict.fromkeys(self._task.columns)
        self._last = self._judge("test")
        return dict.fromkeys(self._task.columns) | self._last.results()

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
        judged = {part: self._judge(part) for part in self._parts if part == "calibration"}
        judged["test"] = self._last or self._judge("test")
        if self._team.rank == 0:
            checkpoint.write_tensors(self._folder / files.WEIGHTS, self._loop.network.state_dict())
            for part, judgement in judged.items():
                if judgement.arrays:
                    files.write_arrays(files.predictions_of(self._folder, part), judgement.arrays)
        figures = {"training_loss": self._loop.log[-1]["loss"], **judged["test"].figures}
        return self._outcome(status="done", exits=judged["test"].exits, figures=figures)

    def _outcome(self, **end: Any) -> Outcome:
        loop, recipe = self._loop, self._recipe
        here = {
            "device": str(self._device),
            "threads": torch.get_num_threads(),
            "processes": self._team.world,
            "attention": self._attention,
            "cpu_seconds": round(loop.cpu_seconds, 3),
        }
        return Outcome(
            key=recipe.key(self._seed),
            name=recipe.name,
            model=recipe.model,
            seed=self._seed,
            recipe=recipe.determining(),
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
            checkpoint.save(self._folder / files.CHECKPOINT, self._loop.state(), self._recipe, self._seed)


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


@contextmanager
def random_state_kept() -> Iterator[None]:
    """The caller's random numbers go on as if nothing had been drawn."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=devices):
        yield
