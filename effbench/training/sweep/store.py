"""What a sweep has found: a line of JSON per finished training, appended so that no kill and no full disk loses any.

The index (key -> result) is rebuilt by reading the file, and is kept nowhere: see ``docs/decisions``. A line that a
crash left unfinished counts for nothing and is cut off by the next append.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files import journal
from effbench.files.atomic import make_folder
from effbench.files.locks import alone
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.axes import Cell

FILE = "results.jsonl"
OWN = ("cell", "experiment")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A line of the store.

    Attributes:
        outcome: of the training. cell: axis -> value. experiment: the sweep's name.
    """

    outcome: Outcome
    cell: Cell
    experiment: str


def read(path: Path) -> list[Stored]:
    """Every line, in the order they were added.

    Args:
        path: the file, or the folder of a sweep.

    Raises:
        EffbenchError: it cannot be read, or a finished line is none of a sweep.
    """
    file = path / FILE if path.is_dir() else path
    return [_stored(file, number, entry) for number, entry in enumerate(journal.read(file), start=1)]


def results(lines: list[Stored]) -> tuple[dict[str, Stored], list[Stored]]:
    """The line that counts for each key, and those that should not be there.

    The first that is done counts, else the last that failed; a second one that is done is a duplicate.
    """
    found: dict[str, Stored] = {}
    duplicates = []
    for line in lines:
        former = found.get(line.outcome.key)
        if former is None or former.outcome.status == "failed":
            found[line.outcome.key] = line
        elif line.outcome.status == "done":
            duplicates.append(line)
    return found, duplicates


class Store:
    """The results in the folder of a sweep; several processes may add to one.

    Args:
        folder: made unless it is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._size = -1
        self._found: dict[str, Stored] = {}
        self.duplicates: list[Stored] = []

    def found(self) -> Mapping[str, Stored]:
        """Key -> the line that counts; the file is read again if it has changed."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size != self._size:
            self._found, self.duplicates = results(read(self.path))
            self._size = size
        return self._found

    def add(self, outcome: Outcome, cell: Cell, experiment: str) -> bool:
        """Add a result and wait until it is on the disk; False if that training is done already and nothing was added.

        Raises:
            EffbenchError: the disk is full, or the file cannot be written; it then holds what it held before.
        """
        make_folder(self.folder)
        with alone(self.path):  # nobody else adds between our looking and our adding
            former = self.found().get(outcome.key)
            if former is not None and former.outcome.status == "done":
                return False
            journal.append(self.path, {**outcome.as_entry(), "cell": dict(cell), "experiment": experiment})
            return True


def _stored(path: Path, number: int, entry: Mapping[str, object]) -> Stored:
    try:
        outcome = Outcome.from_entry({key: value for key, value in entry.items() if key not in OWN})
        cell, experiment = entry["cell"], entry["experiment"]
        if not isinstance(cell, Mapping) or not isinstance(experiment, str):
            raise TypeError(cell)
        return Stored(outcome=outcome, cell=cell, experiment=experiment)
    except (TypeError, KeyError):
        raise EffbenchError(f"{path}, line {number} is no result of a sweep") from None
