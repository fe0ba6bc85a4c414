"""Finalists of a search on this machine: predicted ones timed side by side, and judged by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Protocol, TypeVar

from effbench.errors import EffbenchError
from effbench.models.spec import require_range
from effbench.profiling.worker.job import Job
from effbench.selection.budget import Budget, Costs

if TYPE_CHECKING:
    from effbench.profiling.network_worker import Turn

ROUNDS = 8
MOST = 32
"""Finalists at most, and as many again that may meet the budget: one process holds them all."""
LOOSE = 1.25
"""Networks predicted to take up to so many times the budget of time may meet it: the clock decides."""

DRIFT = 1.1
"""Where predictions are off by more than so many times, finalists are chosen again by what the clock has said."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Here:
    """How this machine is asked. Attributes: threads: of PyTorch. clock: ``wall`` or ``cpu``. batch: images per step.

    count: of finalists that are timed, and of those that may meet the budget beside them; 0 times none.
    """

    threads: int = 1
    clock: str = "wall"
    batch: int = 1
    count: int = 5

    def require(self) -> None:
        """Raise SpecError for a number that none of them can have."""
        require_range("threads", self.threads, 1, 1024)
        require_range("batch", self.batch, 1, 1_048_576)
        require_range("finalists", self.count, 0, MOST)

    def job(self, model: str, size: int | None) -> Job:
        """What is timed of a network."""
        return Job(model=model, size=size, batch=self.batch, threads=self.threads)


class Candidate(Costs, Protocol):
    """A network with its prediction. Attributes: excess: above 1 misses a budget, of cost or of predicted time."""

    @property
    def excess(self) -> float: ...


Row = TypeVar("Row", bound=Candidate)


def chosen(rows: Sequence[Row], budget: Budget, count: int) -> list[Row]:
    """Who is timed: the first that are predicted to meet the budget, and as many more that may.

    May: they meet the budgets of cost, and miss that of time by LOOSE at most; these are spread over the order of
    ``rows``, since the first of them are those that miss it most.
    """
    sure = [row for row in rows if row.excess <= 1]
    may = [row for row in rows if budget.excess(row) <= 1 < row.excess <= LOOSE]
    return [*spread(may, count), *sure[:count]]


def pace(pairs: Iterable[tuple[float | None, float]]) -> float | None:
    """How fast the machine is beside its calibration: the median of measured over predicted images per second.

    Args:
        pairs: of networks that were timed: predicted, measured.

    Returns:
        None where it is as fast, by DRIFT.
    """
    found = median([measured / predicted for predicted, measured in pairs if predicted] or [1.0])
    return None if 1 / DRIFT <= found <= DRIFT else found


def spread(rows: Sequence[T], count: int) -> list[T]:
    """That many of them at most, the last one among them, at equal distances."""
    count = min(count, len(rows))
    return [rows[round((i + 1) * len(rows) / count) - 1] for i in range(count)]


@dataclass(frozen=True)
class Timings:
    """What the clock said. Attributes: rates: images per second, in the order asked. busy: wall over processor time."""

    rates: Sequence[float]
    busy: float = 1.0


def times(
    jobs: Sequence[Job], here: Here, run: Callable[[Sequence[Job], int], dict[str, Turn]] | None = None
) -> Timings:
    """The networks timed side by side.

    Raises:
        EffbenchError: one cannot be built or run, with the reason.
    """
    from effbench.prediction.timing import busyness, name_of, timed, typical
    from effbench.processes.process import WorkerFailed

    if not jobs:
        return Timings(())
    try:
        turns = (run or timed)(jobs, ROUNDS)
    except WorkerFailed as failed:
        raise EffbenchError(f"a finalist cannot be timed: {failed}") from None
    return Timings([job.batch / typical(turns[name_of(job)][here.clock]) for job in jobs], busyness(turns))
