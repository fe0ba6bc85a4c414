"""Networks timed on this machine side by side: one process holds them all, and they take turns in random order."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from random import Random
from statistics import quantiles

from effbench.profiling.network_worker import NetworkWorker, Turn
from effbench.profiling.rounds import Seat, play, steps_for
from effbench.profiling.worker.job import Job

LIMIT = 120.0
"""Seconds that a process may take to load a network, or for a turn."""
TURN = 0.03
"""Seconds of processor time that a turn should last."""
BUSY = 1.15
"""Wall time over processor time of a single thread from which on other work shares the cores."""

Start = Callable[[int], NetworkWorker]
"""Number of threads -> a worker."""
Tell = Callable[[int, str], None]
"""Is told how many networks are left to load, and which one comes next."""


def name_of(job: Job) -> str:
    """What a network's turns are filed under."""
    return f"{job.model} {job.size} {job.batch}"


def rounds(
    jobs: Sequence[Job], order: Random, tell: Tell = lambda left, what: None, start: Start = NetworkWorker
) -> Generator[dict[str, Turn], None, None]:
    """Round after round, without end: name -> clock -> nanoseconds of the steps of a turn.

    Args:
        jobs: with equal threads.

    Raises:
        WorkerFailed: a network cannot be built or run.
    """
    with start(jobs[0].threads) as worker:
        seats = []
        for number, job in enumerate(jobs):
            tell(len(jobs) - number, job.model)
            worker.load(name_of(job), job, LIMIT)
            trial = worker.turn(name_of(job), 3, LIMIT)
            steps = steps_for([max(ns, 1) for ns in trial["cpu"]], TURN * jobs[0].threads)
            seats.append(Seat(name_of(job), worker, name_of(job), steps))
        while True:
            yield play(seats, 1, order)[0]


def timed(jobs: Sequence[Job], times: int, start: Start = NetworkWorker) -> dict[str, Turn]:
    """The steps of so many rounds together."""
    playing = rounds(jobs, Random(0), start=start)
    return joined([next(playing) for _ in range(times)])


def joined(played: Sequence[Mapping[str, Turn]]) -> dict[str, Turn]:
    """Rounds of the same networks as one."""
    return {
        name: {clock: [ns for turns in played for ns in turns[name][clock]] for clock in played[0][name]}
        for name in played[0]
    }


def typical(samples: Sequence[int]) -> float:
    """Seconds of an undisturbed step: the lower quartile, since other work only makes steps longer."""
    return (quantiles(samples, n=4)[0] if len(samples) > 1 else samples[0]) / 1e9


def busyness(turns: Mapping[str, Turn]) -> float:
    """Wall time over processor time of all steps: 1 on a machine without other work, for a single thread."""
    wall, cpu = (sum(sum(turn[clock]) for turn in turns.values()) for clock in ("wall", "cpu"))
    return wall / cpu if cpu else 1.0
