"""One worker pair: both sides load every model, then take turns; what came of it as plain data.

The pair is the statistical unit: a fresh pair draws memory layout, hash seed and alignment anew, which no number of
samples inside one process does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from effbench.errors import EffbenchError
from effbench.processes.process import WorkerFailed
from effbench.profiling.network_worker import START_LIMIT, NetworkWorker, Turn, load_request
from effbench.profiling.rounds import TURN, Seat, play, require_moved, steps_for
from effbench.profiling.worker.clock import gate_clocks
from effbench.profiling.worker.job import Job
from effbench.stats.checked import times
from effbench.stats.paired import log_ratio

SIDES = ("base", "head")

WARM_STEPS = 3

Totals = dict[str, dict[str, list[int]]]
"""Side -> clock -> nanoseconds of every turn."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """Where one side of the comparison runs.

    Attributes:
        python: its interpreter. folder: where its model files are; None for the present one.
        jobs: model label -> what to measure.
    """

    jobs: Mapping[str, Job]
    python: str = sys.executable
    folder: Path | None = None


@dataclass
class Pair:
    """What one pair gave.

    Attributes:
        turns: model label -> nanoseconds of its turns by side and clock; steps: per turn, by label.
        failed: model label -> (side, kind, reason), for models that did not get through.
        seconds: from the first process's start to the end.
    """

    turns: dict[str, Totals] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    failed: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    seconds: float = 0.0

    def as_entry(self) -> dict[str, Any]:
        """For a journal."""
        return {"turns": self.turns, "steps": self.steps, "failed": self.failed, "seconds": round(self.seconds, 3)}

    def log_ratio(self, label: str, clock: str) -> float:
        """ln(head / base), median over rounds."""
        return entry_log_ratio(self.as_entry(), label, clock)


def check_entry(entry: Mapping[str, Any]) -> None:
    """Raise EffbenchError unless it is a pair as ``Pair.as_entry`` gives it, with times that can be."""
    try:
        for label, sides in entry["turns"].items():
            lengths = set()
            for side in SIDES:
                for clock, turns in sides[side].items():
                    times(turns, f"{label}, {side}, {clock} clock")
                    lengths.add(len(turns))
            times([entry["steps"][label], *lengths], f"{label}, steps of a turn and rounds")
            if len(lengths) != 1 or sides["base"].keys() != sides["head"].keys():
                raise EffbenchError(f"{label} has turns without counterpart")
        times([entry["seconds"]], "seconds")
        failed = [(label, *failure) for label, failure in entry["failed"].items()]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise EffbenchError("not a pair of effbench gate") from None
    if not all(len(failure) == 4 and all(isinstance(part, str) for part in failure) for failure in failed):
        raise EffbenchError("not a pair of effbench gate")


def entry_log_ratio(entry: Mapping[str, Any], label: str, clock: str) -> float:
    """ln(head / base) of one model in a pair read from a journal."""
    by_side = entry["turns"][label]
    columns = zip(*(by_side[side][clock] for side in SIDES), strict=True)
    rounds = [{side: {clock: [turn]} for side, turn in zip(SIDES, turns, strict=True)} for turns in columns]
    return log_ratio(rounds, *SIDES, clock)


def measure_pair(
    base: Side, head: Side, labels: Sequence[str], *, rounds: int, order: Random, turn: float = TURN
) -> Pair:
    """Open a fresh worker for each side and let them take turns, one model after the other.

    Args:
        labels: of the jobs to measure, in both sides' ``jobs``.
        rounds: turns of each side for each model. order: draws who starts and who goes first in every round.
        turn: seconds a turn should last.

    A model that raises is left out; when a process is lost, so is the rest of the pair.
    """
    pair, start = Pair(), time.monotonic()
    sides = dict(zip(SIDES, (base, head), strict=True))
    with ExitStack() as open_workers:
        workers = {}
        for name in order.sample(SIDES, 2):
            side = sides[name]
            threads = max(side.jobs[label].threads for label in labels)
            workers[name] = open_workers.enter_context(NetworkWorker(threads, side.python, side.folder, name))
        for label in labels:
            try:
                jobs = {name: sides[name].jobs[label] for name in SIDES}
                pair.steps[label], pair.turns[label] = _measured(label, jobs, workers, rounds, order, turn)
            except WorkerFailed as error:
                pair.failed[label] = (error.who, error.kind, str(error))
                if error.lost:
                    break
    pair.seconds = time.monotonic() - start
    return pair


def _measured(
    label: str, jobs: Mapping[str, Job], workers: Mapping[str, NetworkWorker], rounds: int, order: Random, turn: float
) -> tuple[int, Totals]:
    """One model on both sides: steps per turn, and the turns."""
    _load(label, jobs, workers)
    clocks = gate_clocks(jobs["base"].device)
    warm = {name: workers[name].turn(label, WARM_STEPS, START_LIMIT) for name in SIDES}
    steps = steps_for(warm["base"][clocks[0]], turn)  # the same number on both sides
    seats = [Seat(name, workers[name], label, steps) for name in SIDES]
    played = play(seats, 1 + rounds, order)[1:]  # the first round warms up
    require_moved(played, clocks)
    for name in SIDES:
        workers[name].ask({"do": "drop", "key": label}, START_LIMIT)
    return steps, {name: _totals([turns[name] for turns in played]) for name in SIDES}


def _load(label: str, jobs: Mapping[str, Job], workers: Mapping[str, NetworkWorker]) -> None:
    """Both at once; both have answered before the first failure is raised."""
    failures = []
    for name in SIDES:
        workers[name].send(load_request(label, jobs[name]))
    for name in SIDES:
        try:
            workers[name].reply(START_LIMIT)
        except WorkerFailed as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _totals(turns: Sequence[Turn]) -> dict[str, list[int]]:
    """Clock -> nanoseconds of each turn."""
    return {clock: [sum(turn[clock]) for turn in turns] for clock in turns[0]}
