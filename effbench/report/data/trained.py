"""Our own trainings, from committed stores of sweeps: accuracy over seeds, with operations for the page to price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from effbench.counting.operations import operations
from effbench.errors import CodeRefused, EffbenchError
from effbench.models.plugins import named_in
from effbench.report.accuracies import committed_stores
from effbench.report.data.conventions import groups
from effbench.training.sweep.runs import Training, trainings

MACHINE = ("cpu", "cores", "accelerator", "system", "libraries", "commit", "dirty")


@dataclass(frozen=True)
class TrainedRow:
    """A recipe of which a seed finished. Attributes: file: store of its first seed, below the checkout."""

    training: Training
    file: Path

    def plain(self) -> dict[str, object]:
        """The recipe as the page has it.

        ``accuracies``: seed -> accuracy in %, last exit, of ``images``; ``failed``: runs that did not finish;
        ``groups``: operations, see ``conventions.groups``.
        """
        training, judged = self.training, self.training.judged
        with named_in(self.file):
            priced = _groups(training.model, training.size)
        return {
            "model": training.model,
            "experiment": training.runs[0].experiment,
            "cell": training.cell,
            "dataset": training.dataset,
            "size": training.size,
            "epochs": training.epochs,
            "accuracies": {str(run.seed): 100 * run.exits[-1].accuracy for run in judged},
            "images": judged[0].exits[-1].images,
            "failed": sum(not run.done for run in training.runs),
            "groups": priced,
            "file": self.file.as_posix(),
            "conditions": {name: judged[0].conditions.get(name) for name in MACHINE},
        }


def committed(root: Path) -> list[Training]:
    """Every recipe in the stores of ``reports/sweeps``, with the runs of all its seeds."""
    return trainings(committed_stores(root))


def trained_rows(root: Path) -> list[TrainedRow]:
    """One row per committed recipe, in the stores' order; none for a network of which every seed failed."""
    return [TrainedRow(one, one.judged[0].file.relative_to(root)) for one in committed(root) if one.judged]


def _groups(model: str, size: int) -> Sequence[object]:
    """Empty for a network that the registry no longer has: its accuracy stands, its cost is not known."""
    try:
        return groups(operations(model, size).counts, labelled=False)
    except CodeRefused:
        raise
    except EffbenchError:
        return []
