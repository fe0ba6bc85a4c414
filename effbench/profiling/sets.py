"""Models against one of them in lock-step: a process each, turns in random order, paired ratios over several sets.

The set is the statistical unit: a ratio within one set shares the moment of the machine, and fresh sets draw memory
layout and the machine's moods anew.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from effbench.errors import EffbenchError
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import NetworkWorker, Turn, load_request
from effbench.profiling.rounds import Seat, play, steps_for
from effbench.profiling.rows import INTERRUPTED, KEY
from effbench.profiling.steady import Warmth, warm_up
from effbench.profiling.visits import Entry, Visits, imports
from effbench.profiling.worker.job import Job

FATAL = ("model", "out_of_memory", "unavailable", "timeout", "unreadable")
"""Kinds of failure that a fresh set would meet again; a killed process costs its set alone."""

Start = Callable[[Job], Any]
"""Job -> ``NetworkWorker``, or what a test scripts in its place."""


@dataclass(frozen=True, kw_only=True)
class SetPlan:
    """How a comparison is sampled.

    Attributes:
        sets: fresh sets of processes. rounds: of turns in each.
        warm_seconds: longest warm-up of one process. limit: seconds that one set may take in all.
    """

    sets: int = 8
    rounds: int = 10
    warm_seconds: float = 10.0
    limit: float = 900.0

    def of_one_set(self) -> dict[str, Any]:
        """What a set's result depends on."""
        return {"rounds": self.rounds, "warm_seconds": self.warm_seconds}


@dataclass
class Comparison:
    """Networks set up alike, and the sets that compared them.

    Attributes:
        jobs: the base first. sets: measured ones.
        failures: (status, reason) of sets that failed. stopped: why there are no more, if not all were measured.
        others: measured sets in the file that do not count, as they were measured under other conditions.
    """

    jobs: Sequence[Job]
    wanted: int
    key: str = ""
    sets: list[Entry] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    stopped: tuple[str, str] | None = None
    others: int = 0

    def subject(self) -> list[dict[str, Any]]:
        """What its lines are about."""
        return [job.as_dict() for job in self.jobs]


def open_worker(job: Job) -> NetworkWorker:
    """A real process, named after its model."""
    return NetworkWorker(threads=job.threads, name=job.model)


def comparison_for(jobs: Sequence[Job], plan: SetPlan, visits: Visits) -> Comparison:
    """A comparison with what the file has of it already; the first job is what the others are compared with."""
    made = Comparison(jobs, plan.sets)
    made.key = visits.key(made.subject(), jobs, plan.of_one_set())
    made.sets = visits.measured(made.key)[: plan.sets]
    made.others = visits.others(made.key, made.subject())
    return made


def compare(
    made: Comparison,
    plan: SetPlan,
    visits: Visits,
    *,
    order: Random,
    start: Start = open_worker,
    progress: Callable[[Comparison], None] = lambda made: None,
) -> str:
    """Measure the sets that are missing; each failed set takes the place of one.

    Returns:
        Why it ended before its time: ``"interrupted"``, or that the file could not be written; else an empty text.
    """
    try:
        for _ in range(plan.sets - len(made.sets)):
            progress(made)
            _one(made, plan, visits, order, start)
            if made.stopped:
                break
    except KeyboardInterrupt:
        return _given_up(made, INTERRUPTED)
    except EffbenchError as error:
        return _given_up(made, str(error))
    return ""


def compare_all(
    groups: Sequence[Sequence[Job]],
    plan: SetPlan,
    visits: Visits,
    *,
    order: Random,
    start: Start = open_worker,
    progress: Callable[[int, Comparison], None] = lambda left, made: None,
) -> tuple[list[Comparison], str]:
    """Compare the jobs of each group; what was not reached is named as such.

    Args:
        progress: is told how many sets are left, and of which comparison the next one is.
    """

    def step(made: Comparison) -> None:
        progress(sum(one.wanted - len(one.sets) - len(one.failures) for one in all_made if not one.stopped), made)

    all_made, ended = [comparison_for(jobs, plan, visits) for jobs in groups], ""
    for made in all_made:
        ended = (
            _given_up(made, ended) if ended else compare(made, plan, visits, order=order, start=start, progress=step)
        )
    return all_made, ended


def _given_up(made: Comparison, reason: str) -> str:
    if len(made.sets) < made.wanted and not made.stopped:
        made.stopped = ("incomplete" if made.sets else "not_measured", reason)
    return reason


def _one(made: Comparison, plan: SetPlan, visits: Visits, order: Random, start: Start) -> None:
    about = {"kind": "set", "key": made.key, "subject": made.subject()}
    try:
        found = one_set(made.jobs, plan, order, start)
    except WorkerFailed as failure:
        reason = f"{failure.who}: {failure}" if failure.who else str(failure)
        made.failures.append((failure.kind, reason))
        if failure.kind in FATAL:
            made.stopped = (failure.kind, reason)
        visits.keep(visits.stamped({**about, "status": failure.kind, "reason": reason}))
        return
    made.sets.append(visits.stamped({**about, "status": "measured", **found}))
    visits.keep(made.sets[-1])


def one_set(
    jobs: Sequence[Job],
    plan: SetPlan,
    order: Random,
    start: Start = open_worker,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Fresh processes for all jobs, started together, warmed up one by one, then in turns.

    Every turn has the same number of steps, so that the fastest network's turn is long enough.

    Returns:
        ``steps`` of a turn, ``warm`` by model, and ``rounds``: model -> clock -> nanoseconds of every step;
        ``imported`` of users' networks.

    Raises:
        WorkerFailed: one of them failed, or the set took longer than the limit.
    """
    ends = clock() + plan.limit

    def left() -> float:
        return max(0.0, ends - clock())

    with ExitStack() as opened:
        workers = {job.model: opened.enter_context(start(job)) for job in order.sample(list(jobs), len(jobs))}
        for job in jobs:
            workers[job.model].send(load_request(KEY, job))
        loaded = {name: worker.reply(left()) for name, worker in workers.items()}
        warm: dict[str, Warmth] = {}
        for name, worker in workers.items():
            take = partial(_take, worker, left)
            warm[name] = warm_up(take, loaded[name]["first"], plan.warm_seconds)
        steps = max(steps_for([warmth.step_ns]) for warmth in warm.values())
        seats = [Seat(job.model, workers[job.model], KEY, steps, left()) for job in jobs]
        rounds = play(seats, plan.rounds, order)
        imported = [found for job in jobs for found in imports(workers[job.model], job, left())]
    told = {name: dataclasses.asdict(warmth) for name, warmth in warm.items()}
    return {"steps": steps, "warm": told, "rounds": rounds, "imported": imported}


def _take(worker: Any, left: Callable[[], float], steps: int) -> Turn:
    turn: Turn = worker.turn(KEY, steps, left())
    return turn
