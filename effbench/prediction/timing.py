"""Networks timed on this machine side by side: one process holds them all, and they take turns in random order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import quantiles
from typing import Any

from effbench.processes.process import Worker
from effbench.processes.rounds import Seat, Turn, play, steps_for
from effbench.profiling.worker.job import Job

LIMIT = 120.0
"""Seconds that a process may take to load a network, or for a turn."""
BUSY = 1.15
"""Wall time over processor time from which on other work shares the cores of a single thread."""

Start = Callable[[int], Any]
"""Number of threads -> a worker."""


def name_of(job: Job) -> str:
    """What a network's turns are filed under."""
    return f"{job.model} {job.size} {job.batch}"


def timed(
    jobs: Sequence[Job], rounds: int, tell: Callable[[int, str], None] = lambda left, what: None, start: Start = Worker
) -> dict[str, Turn]:
    """Name -> clock -> nanoseconds of every step.

    Args:
        jobs: with equal threads. tell: is told how many networks are left to load, and which one comes next.

    Raises:
        WorkerFailed: a network cannot be built or run.
    """
    with start(jobs[0].threads) as worker:
        seats = []
        for number, job in enumerate(jobs):
            tell(len(jobs) - number, job.model)
            worker.load(name_of(job), job, LIMIT)
            trial = worker.turn(name_of(job), 2, LIMIT)
            seats.append(Seat(name_of(job), worker, name_of(job), steps_for(trial["wall"])))
        played = play(seats, rounds, Random(0))
    return {seat.name: _joined([turns[seat.name] for turns in played]) for seat in seats}


def _joined(turns: Sequence[Turn]) -> Turn:
    return {clock: [ns for turn in turns for ns in turn[clock]] for clock in turns[0]}


def typical(samples: Sequence[int]) -> float:
    """Seconds of an undisturbed step: the lower quartile, since other work only makes steps longer."""
    return (quantiles(samples, n=4)[0] if len(samples) > 1 else samples[0]) / 1e9


def busyness(turns: Mapping[str, Turn]) -> float:
    """Wall time over processor time, of all steps of single-threaded networks together: 1 on a machine without other
    work."""
    wall, cpu = (sum(sum(turn[clock]) for turn in turns.values()) for clock in ("wall", "cpu"))
    return wall / cpu if cpu else 1.0
