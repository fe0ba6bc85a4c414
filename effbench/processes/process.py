"""A worker process: asked by one line of JSON, answers by one; whatever goes wrong with it is one exception."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from effbench.models.plugins import is_allowed
from effbench.processes.child import PIPE, Child

WORKER = Path(__file__).parent.parent / "profiling" / "worker"

BOOT = """
import importlib.util as u, runpy, sys
s = u.spec_from_file_location("effbench_worker", sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]])
m = sys.modules["effbench_worker"] = u.module_from_spec(s)
s.loader.exec_module(m)
runpy.run_module("effbench_worker.__main__", run_name="__main__")
"""
"""Runs the worker of this effbench under a name of its own, so that ``effbench`` is the measured revision's."""

START_LIMIT = 300.0
"""Seconds for a worker to import torch and build a network."""


class Job(Protocol):
    """What a worker is given to measure."""

    @property
    def model(self) -> str:
        """The name it is asked for by."""

    def as_dict(self) -> dict[str, Any]:
        """The job as JSON can hold it."""


class WorkerFailed(Exception):
    """A job or its process failed.

    Attributes:
        kind: ``model`` (it raised), ``out_of_memory``, ``unavailable``, ``killed`` (the process ended) or ``timeout``.
        who: name of the worker.
        lost: whether the process is gone, and everything that was loaded in it.
    """

    def __init__(self, kind: str, message: str, who: str = "", *, lost: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.who = who
        self.lost = lost or kind in ("killed", "timeout")


class Worker:
    """A process in which networks are stepped; a context manager that leaves no process behind.

    Args:
        threads: CPU threads of its numerical libraries.
        python: interpreter of the environment that is measured.
        folder: where it runs; model files are looked up there.
        name: goes into its failures.
    """

    boot = BOOT
    """The program it runs, given the folder WORKER."""

    def __init__(
        self, threads: int = 1, python: str = sys.executable, folder: Path | None = None, name: str = ""
    ) -> None:
        self.name = name
        self._kills = _out_of_memory_kills()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = Child(
            # -E: PYTHONPATH names the running project's modules, which are not those of another environment
            [python, "-P", *([] if python == sys.executable else ["-E"]), "-c", self.boot, str(WORKER)],
            environment=_environment(os.environ, threads, foreign=python != sys.executable),
            folder=folder,
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._said,
        )
        self._requests = self._process.stdin
        self._replies = self._process.stdout
        self._unread = b""

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def load(self, key: str, job: Job, limit: float = START_LIMIT) -> dict[str, Any]:
        """Build a network and run it once. Returns ``params``, ``size`` and the first step's clocks (``first``)."""
        return self.ask(load_request(key, job), limit)

    def turn(self, key: str, steps: int, limit: float) -> dict[str, list[int]]:
        """Step a loaded network: clock name -> nanoseconds of every step.

        Raises:
            WorkerFailed: as ``ask``; or a time is negative or no whole number, or the wall clock stood still.
        """
        turn = self.ask({"do": "turn", "key": key, "steps": steps}, limit)
        for clock, times in turn.items():
            wrong = [ns for ns in times if type(ns) is not int or ns < 0]
            if wrong or (clock == "wall" and not any(times)):
                said = f"the {clock} clock gave {(wrong or times)[0]} ns for a step: it cannot time this network"
                raise WorkerFailed("unavailable", said, self.name)
        return turn

    def ask(self, request: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """The worker's answer within ``limit`` seconds.

        Raises:
            WorkerFailed: it reports an error, has ended, or does not answer in time (it is killed).
        """
        self.send(request)
        return self.receive(limit)

    def send(self, request: Mapping[str, Any]) -> None:
        """Ask without waiting, so that several workers can get ready at once."""
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def receive(self, limit: float) -> dict[str, Any]:
        """The answer to what was sent."""
        reply: dict[str, Any] = json.loads(self._line(limit))
        if "error" in reply:
            raise WorkerFailed(reply["kind"], reply["error"], self.name)
        answer: dict[str, Any] = reply["ok"]
        return answer

    def close(self) -> None:
        """End the process, whatever it is doing."""
        for pipe in (self._requests, self._replies):
            with suppress(BrokenPipeError):
                pipe.close()
        self._process.kill()
        self._said.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line(self, limit: float) -> bytes:
        """One line of the worker's."""
        handle, deadline = self._replies.fileno(), time.monotonic() + limit
        while b"\n" not in self._unread:
            ready, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise WorkerFailed("timeout", f"no answer within {limit:g} s", self.name)
            part = os.read(handle, 1 << 16)
            if not part:
                raise self._ended()
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _ended(self) -> WorkerFailed:
        code = self._process.wait()
        self._said.seek(0)
        last = (self._said.read().decode(errors="replace").strip().splitlines() or [""])[-1]
        if code == -signal.SIGKILL and _out_of_memory_kills() > self._kills:
            return WorkerFailed("out_of_memory", "killed by the system, which ran out of memory", self.name, lost=True)
        if code < 0:
            return WorkerFailed("killed", f"killed by {signal.Signals(-code).name}", self.name)
        return WorkerFailed("killed", f"ended with code {code}: {last}", self.name)


def load_request(key: str, job: Job) -> dict[str, Any]:
    """What asks a worker to build a network; ``code``: whether its model is a file that may be run there too."""
    return {"do": "load", "key": key, "job": job.as_dict(), "code": is_allowed(job.model)}


def _out_of_memory_kills() -> int:
    """Processes that the system has killed for want of memory since it was started; 0 where it does not say.

    Linux: ``oom_kill`` of /proc/vmstat, kills by a control group's limit with it.
    """
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return int(dict(line.split() for line in lines).get("oom_kill", 0))


def _environment(given: Mapping[str, str], threads: int, *, foreign: bool) -> dict[str, str]:
    """The caller's environment, with the number of threads fixed in every library that has its own.

    A foreign interpreter gets no PYTHONPATH: it would put the caller's project in front of the measured revision.
    """
    fixed = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    dropped = ("PYTHONPATH", "PYTHONHOME") if foreign else ()
    kept = {name: value for name, value in given.items() if name not in dropped}
    return {**kept, **fixed, "PYTHONUNBUFFERED": "1"}
