"""A process in which networks are stepped: loaded by a job, then asked for turns."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from effbench.models.plugins import is_allowed
from effbench.processes.environment import without_python_path
from effbench.processes.process import Worker, WorkerFailed, program, with_threads
from effbench.profiling.worker.clock import WALL
from effbench.profiling.worker.job import Job

WORKER = Path(__file__).with_name("worker")

START_LIMIT = 300.0
"""Seconds for a worker to import torch and build a network."""

Turn = dict[str, list[int]]
"""Clock name -> nanoseconds of every step."""


class NetworkWorker(Worker):
    """Steps networks, under a package name of its own: ``effbench`` is there the measured revision's.

    Args:
        threads: CPU threads of its numerical libraries.
        python: interpreter of the environment that is measured.
        folder: where it runs; model files are looked up there.
        name: goes into its failures.
    """

    def __init__(
        self, threads: int = 1, python: str = sys.executable, folder: Path | None = None, name: str = ""
    ) -> None:
        given = os.environ if python == sys.executable else without_python_path(os.environ)
        command, environment = program("effbench_worker", WORKER, "bench", python), with_threads(given, threads)
        super().__init__(command, environment=environment, folder=folder, name=name)

    def load(self, key: str, job: Job, limit: float = START_LIMIT) -> dict[str, Any]:
        """Build a network and run it once. Returns ``params``, ``size`` and the first step's clocks (``first``)."""
        loaded: dict[str, Any] = self.ask(load_request(key, job), limit)
        return loaded

    def turn(self, key: str, steps: int, limit: float) -> Turn:
        """Step a loaded network.

        Raises:
            WorkerFailed: as ``ask``; or a time is negative or no whole number, or the wall clock stood still.
        """
        turn: Turn = self.ask({"do": "turn", "key": key, "steps": steps}, limit)
        for clock, times in turn.items():
            wrong = [ns for ns in times if type(ns) is not int or ns < 0]
            if wrong or (clock == WALL and not any(times)):
                said = f"the {clock} clock gave {(wrong or times)[0]} ns for a step: it cannot time this network"
                raise WorkerFailed("unavailable", said, self.name)
        return turn


def load_request(key: str, job: Job) -> dict[str, Any]:
    """What asks a worker to build a network; ``code``: whether its model is a file that may be run there too."""
    return {"do": "load", "key": key, "job": job.as_dict(), "code": is_allowed(job.model)}
