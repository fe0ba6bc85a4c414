"""Trials on this machine: one process per core or GPU, which outlives its trials and dies with the sweep."""

from __future__ import annotations

import os
import selectors
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from effbench.processes.process import Worker, WorkerFailed
from effbench.training.sweep.executors.work import TRIAL, Ended, Work, answered

PROGRAM = (sys.executable, "-m", TRIAL)
"""The trial program: answers each job, ends when its input does."""


class LocalExecutor:
    """Processes on this machine; a context manager that leaves none behind.

    Args:
        environments: of each process, what differs from ours: see ``slots``.
        command: the trial program.
    """

    def __init__(self, environments: Sequence[Mapping[str, str]], command: Sequence[str] = PROGRAM) -> None:
        self._environments = environments
        self._command = command
        self._workers: dict[int, Worker] = {}
        self._works: dict[int, Work] = {}
        self._selector = selectors.DefaultSelector()

    def free(self) -> int:
        """Processes without work."""
        return len(self._environments) - len(self._works)

    def pids(self) -> list[int]:
        """Of the processes that have work."""
        return [self._workers[slot].pid for slot in sorted(self._works)]

    def submit(self, works: Sequence[Work]) -> None:
        """Give each to a process without work, which is started if need be."""
        idle = [slot for slot in range(len(self._environments)) if slot not in self._works]
        for work, slot in zip(works, idle, strict=False):
            worker = self._idle(slot)
            self._works[slot] = work
            with suppress(WorkerFailed):  # it is just going away, as ``wait`` will see
                worker.send(work.job())

    def wait(self, seconds: float) -> list[Ended]:
        """What has ended; waits at most that long for the first."""
        ready = [key.data for key, _ in self._selector.select(seconds)]
        return [ended for slot in ready for ended in self._ended(slot)]

    def close(self) -> None:
        """Kill every process."""
        for slot in list(self._workers):
            self._drop(slot)
        self._selector.close()

    def _idle(self, slot: int) -> Worker:
        """The process of a slot, alive."""
        if slot in self._workers and self._workers[slot].is_alive():
            return self._workers[slot]
        self._drop(slot)
        environment = {**os.environ, **self._environments[slot], "PYTHONUNBUFFERED": "1"}
        worker = self._workers[slot] = Worker(self._command, environment=environment)
        self._selector.register(worker, selectors.EVENT_READ, slot)
        return worker

    def _drop(self, slot: int) -> None:
        if slot in self._workers:
            self._selector.unregister(self._workers[slot])
            self._workers.pop(slot).close()

    def _ended(self, slot: int) -> list[Ended]:
        """The end of a slot's work, if it is that; a process that is gone leaves its slot."""
        worker = self._workers[slot]
        if not worker.has_replied():
            return []
        work = self._works.pop(slot, None)
        try:
            said = worker.reply()
        except WorkerFailed as failure:
            self._drop(slot)  # whatever it raised may have left its device in a bad state
            return [] if work is None else [_failed(work, failure)]
        return [] if work is None else [answered(work, said)]


def _failed(work: Work, failure: WorkerFailed) -> Ended:
    """A process that a signal ended may do better another time; a program that gave up would do so again."""
    if failure.code is not None and failure.code < 0:
        return Ended(work, lost=str(failure))
    return Ended(work, failed=str(failure) if failure.code is None else f"the trial program {failure}")
