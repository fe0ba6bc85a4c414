"""Models profiled: every row in fresh processes of its own, so that a crash costs one row."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol, Self

from effbench.errors import EffbenchError
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import START_LIMIT, NetworkWorker, Turn
from effbench.profiling.rounds import steps_for
from effbench.profiling.steady import sample, warm_up
from effbench.profiling.visits import Entry, Visits, imports
from effbench.profiling.worker.job import Job

ENERGY_SECONDS = 2.0
"""Seconds of steps for one reading: NVML renews its counter about every tenth of a second."""

KEY = "subject"
INTERRUPTED = "interrupted"


class Process(Protocol):
    """What is needed of ``NetworkWorker``; tests script one."""

    def load(self, key: str, job: Job, limit: float = START_LIMIT) -> dict[str, Any]: ...
    def turn(self, key: str, steps: int, limit: float) -> Turn: ...
    def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: Any) -> None: ...


Open = Callable[[Job], Process]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a row is sampled.

    Attributes:
        processes: fresh ones, over which the interval is taken.
        samples, seconds: at least so many steps, and of so much time, in all processes together.
        warm_seconds: longest warm-up of one process.
        limit: seconds that one process may take in all.
    """

    processes: int = 5
    samples: int = 30
    seconds: float = 3.0
    warm_seconds: float = 10.0
    limit: float = 900.0

    def of_one_process(self) -> dict[str, Any]:
        """``samples`` and ``seconds`` of each process, and ``warm_seconds``: what its result depends on."""
        share = math.ceil(self.samples / self.processes)
        return {"samples": share, "seconds": self.seconds / self.processes, "warm_seconds": self.warm_seconds}


@dataclass
class Row:
    """One network set up in one way, and what its processes gave.

    Attributes:
        job: what is measured. again: a second, independent measurement of it.
        wanted: processes asked for. visits: those that were measured.
        status: ``measured``; else why there are fewer: kind of failure, ``incomplete`` or ``not_measured``. reason: in
            words.
        others: measured processes in the file that do not count, as they were measured under other conditions.
    """

    job: Job
    wanted: int
    key: str
    again: bool = False
    visits: list[Entry] = field(default_factory=list)
    status: str = "measured"
    reason: str = ""
    others: int = 0

    @property
    def open(self) -> bool:
        """Whether there is something left to measure."""
        return self.status == "measured" and len(self.visits) < self.wanted

    def subject(self) -> dict[str, Any]:
        """What the row's lines are about."""
        return {**self.job.as_dict(), "again": self.again}

    def fail(self, status: str, reason: str) -> None:
        """No more processes for this row."""
        self.status, self.reason = status, reason


def open_worker(job: Job) -> Process:
    """A real process."""
    return NetworkWorker(threads=job.threads)


def rows_for(jobs: Iterable[Job], plan: Plan, visits: Visits, *, again: bool = False) -> list[Row]:
    """A row per job, with what the file has of it already."""
    rows = []
    for job in jobs:
        row = Row(job=job, wanted=plan.processes, key="", again=again)
        row.key = visits.key(row.subject(), [job], plan.of_one_process())
        row.visits = visits.measured(row.key)[: plan.processes]
        row.others = visits.others(row.key, row.subject())
        rows.append(row)
    return rows


def measure(
    rows: Sequence[Row],
    plan: Plan,
    visits: Visits,
    *,
    order: Random,
    start: Open = open_worker,
    progress: Callable[[Row], None] = lambda row: None,
) -> str:
    """Fill the rows: one process of each in turn, in random order, so that a drift of the machine meets all alike.

    Returns:
        Why it ended before its time: ``"interrupted"``, or that the file could not be written; else an empty text.
    """
    try:
        for turn in range(plan.processes):
            for row in order.sample(list(rows), len(rows)):
                if row.open and len(row.visits) <= turn:
                    progress(row)
                    _visit(row, plan, visits, start)
    except KeyboardInterrupt:
        return _given_up(rows, INTERRUPTED)
    except EffbenchError as error:
        return _given_up(rows, str(error))
    return ""


def _visit(row: Row, plan: Plan, visits: Visits, start: Open) -> None:
    about = {"kind": "visit", "key": row.key, "subject": row.subject()}
    try:
        found = one_process(row.job, plan, start)
    except WorkerFailed as failure:
        row.fail(failure.kind, str(failure))
        visits.keep(visits.stamped({**about, "status": failure.kind, "reason": str(failure)}))
        return
    row.visits.append(visits.stamped({**about, "status": "measured", **found}))
    visits.keep(row.visits[-1])


def _given_up(rows: Sequence[Row], reason: str) -> str:
    for row in rows:
        if row.open:
            row.fail("incomplete" if row.visits else "not_measured", reason)
    return reason


def one_process(
    job: Job, plan: Plan, start: Open = open_worker, clock: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """A fresh process: warmed up, sampled, asked for its memory and energy.

    Returns:
        ``params``, ``size``, clocks of the ``first`` step, ``warm`` (``profiling.steady``), ``samples`` (clock ->
        nanoseconds of every step), ``memory``, ``energy``, of a user's network what was ``imported``, and of a GPU its
        ``state`` before and after.

    Raises:
        WorkerFailed: it failed, or took longer than the limit.
    """
    share, ends = plan.of_one_process(), clock() + plan.limit

    def left() -> float:
        return max(0.0, ends - clock())

    def take(steps: int) -> Turn:
        return process.turn(KEY, steps, left())

    def state() -> list[dict[str, Any]]:
        return [process.ask({"do": "state"}, left())] if job.device == "cuda" else []

    with start(job) as process:
        loaded = process.load(KEY, job, left())
        warmth = warm_up(take, loaded["first"], plan.warm_seconds)
        before = state()
        samples = sample(take, warmth.step_ns, share["samples"], share["seconds"])
        after = state()
        memory = process.ask({"do": "memory", "key": KEY}, left())
        steps = steps_for([warmth.step_ns], ENERGY_SECONDS)
        energy = process.ask({"do": "energy", "key": KEY, "steps": steps}, left())
        loaded["imported"] = imports(process, job, left())
    warm = dataclasses.asdict(warmth)
    return {**loaded, "warm": warm, "samples": samples, "memory": memory, "energy": energy, "state": before + after}
