"""What a schedule asks of an executor, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from effbench.errors import EffbenchError
from effbench.training.loop.job import Job
from effbench.training.loop.outcome import Outcome
from effbench.training.sweep.plan import Trial

TRIAL = "effbench.training.loop.trial"
"""The module that trains what a job asks for: as a program, and by its function ``run``."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one process trains at a time.

    Attributes:
        folder: of the run. root: folder of the data sets. device: ``cpu`` or ``cuda``.
    """

    trial: Trial
    folder: Path
    root: Path | None = None
    device: str = "cpu"

    @property
    def name(self) -> str:
        """For people."""
        return self.trial.name

    def job(self) -> dict[str, object]:
        """The job (``training.loop.job``) as plain JSON values."""
        return Job.of(self.trial.recipe, self.trial.seed, self.root, self.device, self.folder).as_plain()


class Ended(NamedTuple):
    """Work that is no longer running.

    Attributes:
        outcome: if it was answered.
        lost: why its process is gone, e.g. ``killed by SIGKILL``: the work may succeed another time.
        failed: why its program gave up; trying again would not help.
    """

    work: Work
    outcome: Outcome | None = None
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
        outcome = Outcome.from_entry(dict(answer) if isinstance(answer, Mapping) else {})
    except (TypeError, KeyError, AttributeError, EffbenchError):
        return Ended(work, failed=f"its answer is not a result: {str(answer)[:200]}")
    if outcome.key != work.trial.key:
        return Ended(work, failed=f"it answered for another training: {outcome.key} instead of {work.trial.key}")
    return Ended(work, outcome)
