"""What a schedule asks of an executor, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from effbench.training.loop.job import Job
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.plan import Trial

TRIAL = "effbench.training.loop.trial"
"""The module that trains what a job asks for: as a program, and by its function ``run``."""


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

    def job(self) -> dict[str, object]:
        """The job (``training.loop.job``) as plain JSON values."""
        recipes = [trial.recipe for trial in self.trials]
        return Job.of(recipes, self.trials[0].seed, self.root, self.device, self.folders).as_plain()


class Ended(NamedTuple):
    """Work that is no longer running.

    Attributes:
        outcomes: one per trial, if it was answered.
        lost: why its process is gone, e.g. ``killed by SIGKILL``: the work may succeed another time.
        failed: why its program gave up; trying again would not help.
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


def answered(work: Work, answer: object) -> Ended:
    """The end of work whose program gave that answer (``training.loop.job.Answer``, or something else)."""
    if isinstance(answer, Mapping) and "error" in answer:
        said = str(answer["error"])
        return Ended(work, lost=said) if answer.get("again") else Ended(work, failed=said)
    try:
        outcomes = tuple(map(Outcome.from_entry, answer if isinstance(answer, list) else [answer]))
    except (TypeError, KeyError, AttributeError):
        return Ended(work, failed=f"its answer is not a result: {str(answer)[:200]}")
    keys = [trial.key for trial in work.trials]
    if [outcome.key for outcome in outcomes] != keys:
        return Ended(work, failed=f"it answered for another training: {[o.key for o in outcomes]} instead of {keys}")
    return Ended(work, outcomes)
