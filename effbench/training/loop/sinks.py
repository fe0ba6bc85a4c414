"""Where the log of a training goes: a CSV file always, TensorBoard, MLflow and W&B if asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from effbench.errors import EffbenchError, MissingExtra, UnknownName
from effbench.files.atomic import write_files

Line = Mapping[str, float | None]
"""A finished epoch: ``epoch`` and numbers by name; None where nothing was measured."""

About = Mapping[str, str | int]
"""What a run is, for those that keep many."""


class Sink(Protocol):
    """Something that is told of every epoch."""

    def epoch(self, line: Line) -> None:
        """An epoch has ended."""

    def close(self) -> None:
        """The run has ended."""


class CSVLog:
    """``log.csv``: a line per epoch, with the epochs of earlier sessions before them.

    Args:
        lines: those of the epochs that the checkpoint has; later ones in the file are made again, and are cut off.
    """

    def __init__(self, path: Path, columns: Sequence[str], lines: Sequence[Line]) -> None:
        self._path, self._columns = path, columns
        write_files({path: "".join([",".join(columns) + "\n", *map(self._text, lines)]).encode()})

    def epoch(self, line: Line) -> None:
        """Append the line."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as stream:
                stream.write(self._text(line))
        except OSError as error:
            raise EffbenchError(f"cannot write {self._path}: {error.strerror or error}") from None

    def close(self) -> None:
        """Nothing is open."""

    def _text(self, line: Line) -> str:
        stream = io.StringIO()
        csv.DictWriter(stream, self._columns, lineterminator="\n").writerow(dict(line))
        return stream.getvalue()


class Tracker(NamedTuple):
    """A run that was begun in another program: how to log numbers of an epoch there, and how to end it."""

    log: Callable[[Mapping[str, float], int], object]
    end: Callable[[], object]


Begin = Callable[[int], Tracker]
"""Begin the run, or go on with it, before the epoch of that number."""


class Tracked:
    """The log in another program, where nothing is opened before the first epoch ends."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._tracker: Tracker | None = None

    def epoch(self, line: Line) -> None:
        """One number a name."""
        epoch = int(line["epoch"] or 0)
        if self._tracker is None:
            self._tracker = self._begin(epoch)
        numbers = {name: value for name, value in line.items() if name != "epoch" and value is not None}
        self._tracker.log(numbers, epoch)

    def close(self) -> None:
        """Write what is buffered."""
        if self._tracker is not None:
            self._tracker.end()


def tensorboard(folder: Path, name: str, about: About) -> Begin:
    """Event files in ``tensorboard`` of the run's folder; epochs that are made again show once."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise MissingExtra("--log tensorboard", "tensorboard", "train") from None

    def begin(epoch: int) -> Tracker:
        writer = SummaryWriter(str(folder / "tensorboard"), purge_step=epoch)

        def log(numbers: Mapping[str, float], epoch: int) -> None:
            for name, value in numbers.items():
                writer.add_scalar(name, value, epoch)

        return Tracker(log, writer.close)

    return begin


def mlflow(folder: Path, name: str, about: About) -> Begin:
    """A run of MLflow, where its own environment variables say."""
    try:
        import mlflow
    except ImportError:
        raise EffbenchError("--log mlflow needs mlflow: python -m pip install mlflow") from None

    def begin(epoch: int) -> Tracker:
        mlflow.start_run(run_name=name)
        mlflow.log_params(dict(about))
        return Tracker(lambda numbers, epoch: mlflow.log_metrics(numbers, step=epoch), mlflow.end_run)

    return begin


def wandb(folder: Path, name: str, about: About) -> Begin:
    """A run of Weights & Biases, where its own environment variables say."""
    try:
        import wandb
    except ImportError:
        raise EffbenchError("--log wandb needs wandb: python -m pip install wandb") from None

    def begin(epoch: int) -> Tracker:
        run = wandb.init(name=name, dir=str(folder), config=dict(about))
        return Tracker(lambda numbers, epoch: run.log(numbers, step=epoch), run.finish)

    return begin


LOGS: dict[str, Callable[[Path, str, About], Begin]] = {"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb}
"""Name -> what begins a run there, given the run's folder, its name and what it is."""


def make_sink(kind: str, folder: Path, name: str, about: About) -> Sink:
    """The sink of that name.

    Raises:
        UnknownName: there is none. EffbenchError: its package is not installed.
    """
    if kind not in LOGS:
        raise UnknownName("log", kind, LOGS)
    return Tracked(LOGS[kind](folder, name, about))
