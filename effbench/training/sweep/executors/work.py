"""What a schedule asks of an executor, and what it gets back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from effbench.models.plugins import is_allowed
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.plan import Trial


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one process trains at a time.

    Attributes:
        trials: one; or several of one seed that are trained together, in one program.
        folders: of the runs, in the same order.
        root: folder of the data sets. device: ``cpu`` or ``cuda``.
    """

    trials: tuple[Trial, ...]
    folders: tuple[Path, ...]
    root: Path | None = None
    device: str = "cpu"

    @property
    def name(self) -> str:
        """For people."""
        more = f" and {len(self.trials) - 1} more together" if len(self.trials) > 1 else ""
        return self.trials[0].name + more

    def job(self) -> dict[str, Any]:
        """As ``python -m effbench.training.loop.trial`` reads it: plain JSON values."""
        recipes = [dataclasses.asdict(trial.recipe) for trial in self.trials]
        folders = [str(folder.resolve()) for folder in self.folders]
        one = len(recipes) == 1
        return {
            **({"recipe": recipes[0], "folder": folders[0]} if one else {"recipes": recipes, "folders": folders}),
            "seed": self.trials[0].seed,
            "root": None if self.root is None else str(self.root.resolve()),
            "device": self.device,
            "code": any(is_allowed(trial.recipe.model) for trial in self.trials),
        }


class Ended(NamedTuple):
    """Work that is no longer running.

    Attributes:
        outcomes: one per trial, if it was answered.
        lost: why its process is gone, e.g. ``killed by SIGKILL``: the work may succeed another time.
        failed: what its program said when it gave up: it would do so again.
    """

    work: Work
    outcomes: tuple[Outcome, ...] = ()
    lost: str = ""
    failed: str = ""


class Executor(Protocol):
    """Runs work; used from one thread."""

    def free(self) -> int:
        """How much more work can be given now."""

    def submit(self, works: Sequence[Work]) -> None:
        """Start work, at most as much as is ``free``."""

    def wait(self, seconds: float) -> list[Ended]:
        """What has ended; waits at most that long for the first."""

    def close(self) -> None:
        """Stop everything; what was running can be resumed from its folder."""


def answered(work: Work, answer: Any) -> Ended:
    """The end of work whose program printed ``answer``.

    Args:
        answer: an entry (``Outcome.as_entry``) or a list of them; or ``error``, and whether it may succeed ``again``.
    """
    if isinstance(answer, Mapping) and "error" in answer:
        said = str(answer["error"])
        return Ended(work, lost=said) if answer.get("again") else Ended(work, failed=said)
    entries = answer if isinstance(answer, list) else [answer]
    try:
        outcomes = tuple(Outcome.from_entry(entry) for entry in entries)
    except (TypeError, KeyError, AttributeError):
        return Ended(work, failed=f"its answer is no result: {str(answer)[:200]}")
    keys = [trial.key for trial in work.trials]
    if [outcome.key for outcome in outcomes] != keys:
        return Ended(work, failed=f"it answered for another training: {[o.key for o in outcomes]} instead of {keys}")
    return Ended(work, outcomes)
