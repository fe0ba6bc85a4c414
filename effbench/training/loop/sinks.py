"""Where the log of a training goes: a CSV file always, TensorBoard, MLflow and W&B if asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from effbench.errors import EffbenchError, MissingExtra, UnknownName
from effbench.files.atomic import write_files

Row = Mapping[str, Any]


class Sink(Protocol):
    """Something that is told of every epoch."""

    def epoch(self, row: Row) -> None:
        """A finished epoch: ``epoch`` and numbers by name; None where nothing was measured."""

    def close(self) -> None:
        """The run has ended."""


class CSVLog:
    """``log.csv``: a line per epoch, with the epochs of earlier sessions before them.

    Args:
        rows: of the epochs that the checkpoint has; later ones in the file are made again, and are cut off.
    """

    def __init__(self, path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._path, self._columns = path, columns
        write_files({path: "".join([",".join(columns) + "\n", *(self._line(row) for row in rows)]).encode()})

    def epoch(self, row: Row) -> None:
        """Append the line."""
        try:
            with self._path.open("a", encoding="utf-8", newline="") as stream:
                stream.write(self._line(row))
        except OSError as error:
            raise EffbenchError(f"cannot write {self._path}: {error.strerror or error}") from None

    def close(self) -> None:
        """Nothing is open."""

    def _line(self, row: Row) -> str:
        stream = io.StringIO()
        csv.DictWriter(stream, self._columns, lineterminator="\n").writerow(dict(row))
        return stream.getvalue()


class TensorBoardLog:
    """Event files in ``tensorboard`` of the run's folder; like the others, nothing is opened before the first epoch."""

    def __init__(self, folder: Path, name: str, about: Row) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingExtra("--log tensorboard", "tensorboard", "train") from None
        self._make, self._folder = SummaryWriter, str(folder / "tensorboard")
        self._writer: Any = None

    def epoch(self, row: Row) -> None:
        """One scalar a number; epochs of an earlier session that are made again are shown once."""
        if self._writer is None:
            self._writer = self._make(self._folder, purge_step=row["epoch"])
        for name, value in _numbers(row).items():
            self._writer.add_scalar(name, value, row["epoch"])

    def close(self) -> None:
        """Write what is buffered."""
        if self._writer is not None:
            self._writer.close()


class MLflowLog:
    """A run of MLflow, where its own environment variables say."""

    def __init__(self, folder: Path, name: str, about: Row) -> None:
        try:
            import mlflow
        except ImportError:
            raise EffbenchError("--log mlflow needs mlflow: python -m pip install mlflow") from None
        self._mlflow, self._name, self._about = mlflow, name, dict(about)
        self._open = False

    def epoch(self, row: Row) -> None:
        """One metric a number."""
        if not self._open:
            self._mlflow.start_run(run_name=self._name)
            self._mlflow.log_params(self._about)
            self._open = True
        self._mlflow.log_metrics(_numbers(row), step=row["epoch"])

    def close(self) -> None:
        """End the run."""
        if self._open:
            self._mlflow.end_run()


class WandbLog:
    """A run of Weights & Biases, where its own environment variables say."""

    def __init__(self, folder: Path, name: str, about: Row) -> None:
        try:
            import wandb
        except ImportError:
            raise EffbenchError("--log wandb needs wandb: python -m pip install wandb") from None
        self._wandb, self._how = wandb, {"name": name, "dir": str(folder), "config": dict(about)}
        self._run: Any = None

    def epoch(self, row: Row) -> None:
        """One metric a number."""
        if self._run is None:
            self._run = self._wandb.init(**self._how)
        self._run.log(_numbers(row), step=row["epoch"])

    def close(self) -> None:
        """End the run."""
        if self._run is not None:
            self._run.finish()


LOGS: dict[str, Callable[[Path, str, Row], Sink]] = {
    "tensorboard": TensorBoardLog,
    "mlflow": MLflowLog,
    "wandb": WandbLog,
}
"""Name -> what makes a sink of (folder of the run, its name, what it is)."""


def make_sink(kind: str, folder: Path, name: str, about: Row) -> Sink:
    """The sink of that name.

    Raises:
        UnknownName: there is none. EffbenchError: its package is not installed.
    """
    if kind not in LOGS:
        raise UnknownName("log", kind, LOGS)
    return LOGS[kind](folder, name, about)


def _numbers(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "epoch" and value is not None}
