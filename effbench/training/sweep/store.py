"""What a sweep has found: a line of JSON per finished training, appended so that no kill and no full disk loses any.

The index (key -> result) is rebuilt by reading the file, and is kept nowhere: see ``docs/decisions``. A line that a
crash left unfinished counts for nothing and is cut off by the next append.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from effbench.errors import EffbenchError, first_line
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
    return [stored(file, number, entry) for number, entry in enumerate(journal.read(file), start=1)]


class Results:
    """The line that counts for each key: the first that is done, else the last that failed.

    Attributes:
        found: key -> line. duplicates: further ones that are done, which should not be there.
    """

    def __init__(self, lines: Iterable[Stored] = ()) -> None:
        self.found: dict[str, Stored] = {}
        self.duplicates: list[Stored] = []
        for line in lines:
            self.take(line)

    def take(self, line: Stored) -> None:
        """Count one more line."""
        former = self.found.get(line.outcome.key)
        if former is None or former.outcome.status == "failed":
            self.found[line.outcome.key] = line
        elif line.outcome.status == "done":
            self.duplicates.append(line)


class Store:
    """The results in the folder of a sweep; several processes may add to one.

    Args:
        folder: made unless it is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._forget()

    def _forget(self, file: int = 0) -> None:
        self._results, self._file, self._end, self._lines = Results(), file, 0, 0

    @property
    def duplicates(self) -> list[Stored]:
        """Lines that repeat a training that is done."""
        return self._results.duplicates

    def found(self) -> Mapping[str, Stored]:
        """Key -> the line that counts; what was added to the file since the last look is read, and nothing twice."""
        state = self.path.stat() if self.path.exists() else None
        if state is None or state.st_ino != self._file or state.st_size < self._end:
            self._forget(0 if state is None else state.st_ino)
        for number, entry, end in journal.lines_from(self.path, self._end, self._lines + 1):
            self._results.take(stored(self.path, number, entry))
            self._end, self._lines = end, number
        return self._results.found

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


def stored(path: Path, number: int, entry: Mapping[str, object]) -> Stored:
    """The line of that number.

    Raises:
        EffbenchError: it is no result of a sweep; the message says why.
    """
    try:
        outcome = Outcome.from_entry({key: value for key, value in entry.items() if key not in OWN})
        cell, experiment = entry["cell"], entry["experiment"]
        if not isinstance(cell, Mapping) or not isinstance(experiment, str):
            raise TypeError(cell)
        return Stored(outcome=outcome, cell=cell, experiment=experiment)
    except (TypeError, KeyError, EffbenchError) as error:
        raise EffbenchError(f"{path}, line {number} is no result of a sweep: {first_line(error)}") from None
