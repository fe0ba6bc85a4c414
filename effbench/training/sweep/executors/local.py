"""Trials on this machine: one process per core or GPU, which outlives its trials and dies with the sweep."""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from effbench.errors import EffbenchError
from effbench.processes.child import PIPE, Child
from effbench.training.sweep.executors.work import TRIAL, Ended, Work, answered

PROGRAM = (sys.executable, "-m", TRIAL)
"""The trial program: reads a job a line, answers each by a line, ends when its input does."""


class LocalExecutor:
    """Processes on this machine; a context manager that leaves none behind.

    Args:
        environments: of each process, what differs from ours: see ``slots``.
        command: the trial program.
    """

    def __init__(self, environments: Sequence[Mapping[str, str]], command: Sequence[str] = PROGRAM) -> None:
        self._slots: list[_Process | None] = [None] * len(environments)
        self._environments = environments
        self._command = command
        self._selector = selectors.DefaultSelector()

    def free(self) -> int:
        """Processes without work."""
        return sum(slot is None or slot.work is None for slot in self._slots)

    def pids(self) -> list[int]:
        """Of the processes that have work."""
        return [slot.pid for slot in self._slots if slot is not None and slot.work is not None]

    def submit(self, works: Sequence[Work]) -> None:
        """Give each to a process without work, which is started if need be."""
        idle = (i for i, slot in enumerate(self._slots) if slot is None or slot.work is None)
        for work, index in zip(works, list(idle), strict=False):
            self._idle(index).begin(work)

    def wait(self, seconds: float) -> list[Ended]:
        """What has ended; waits at most that long for the first."""
        ended = []
        for key, _ in self._selector.select(seconds):
            process = self._slots[key.data]
            found = process.ended() if process is not None else None
            if found is not None:
                ended.append(found)
            if process is not None and process.gone:
                self._drop(key.data)
        return ended

    def close(self) -> None:
        """Kill every process."""
        for index in range(len(self._slots)):
            self._drop(index)
        self._selector.close()

    def _idle(self, index: int) -> _Process:
        """The process of a slot, alive."""
        process = self._slots[index]
        if process is not None and process.alive():
            return process
        self._drop(index)
        process = self._slots[index] = _Process(self._command, self._environments[index])
        self._selector.register(process.output, selectors.EVENT_READ, index)
        return process

    def _drop(self, index: int) -> None:
        process = self._slots[index]
        if process is not None:
            self._selector.unregister(process.output)
            process.close()
        self._slots[index] = None


class _Process:
    """A trial program that runs, and the work it was given."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.work: Work | None = None
        self.gone = False
        self._unread = b""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = Child(
                command,
                environment={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                stdin=PIPE,
                stdout=PIPE,
                stderr=self._said,
            )
        except EffbenchError:
            self._said.close()
            raise
        self.output: IO[bytes] = self._process.stdout

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def begin(self, work: Work) -> None:
        """Ask; if the process is just going away, ``ended`` says so."""
        self.work = work
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(work.job()).encode() + b"\n")
            self._process.stdin.flush()

    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self.gone and self._process.poll() is None

    def ended(self) -> Ended | None:
        """Read what is there; the end of the work, if it is that."""
        part = os.read(self.output.fileno(), 1 << 16)
        self.gone = not part
        self._unread += part
        if self.work is None or not (self.gone or b"\n" in self._unread):
            return None
        work, self.work = self.work, None
        if self.gone:
            return self._lost(work)
        line, _, self._unread = self._unread.partition(b"\n")
        return answered(work, _read(line))

    def close(self) -> None:
        """End the process and what it started."""
        for pipe in (self._process.stdin, self.output):
            with suppress(BrokenPipeError):
                pipe.close()
        self._process.kill()
        self._said.close()

    def _lost(self, work: Work) -> Ended:
        code = self._process.wait()
        if code < 0:
            return Ended(work, lost=f"killed by {signal.Signals(-code).name}")
        self._said.seek(0)
        last = (self._said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        return Ended(work, failed=f"the trial program ended with code {code}: {last}")


def _read(line: bytes) -> object:
    try:
        said: object = json.loads(line)
    except ValueError:
        return line.decode(errors="replace")
    return said
