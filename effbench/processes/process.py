"""A worker process: asked by one line of JSON, answers by one; whatever goes wrong with it is one exception."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from effbench.errors import EffbenchError
from effbench.processes.child import PIPE, Child

PACKAGE = Path(__file__).parents[1]
"""This effbench."""

SERVE = Path(__file__).with_name("serve.py")

SHOWN = 60
"""Characters of an unreadable line that are shown in the error."""


class WorkerFailed(Exception):
    """A request or its process failed.

    Attributes:
        kind: ``model`` (it raised), ``out_of_memory``, ``unavailable``, ``killed`` (the process ended), ``timeout`` or
            ``unreadable`` (what it wrote is not an answer).
        who: name of the worker.
        code: exit code of the process if it ended by itself; negative: minus the signal.
        lost: whether the process is gone, and everything that was loaded in it.
    """

    def __init__(self, kind: str, message: str, who: str = "", *, lost: bool = False, code: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.who, self.code = kind, who, code
        self.lost = lost or code is not None or kind in ("killed", "timeout", "unreadable")


class Worker:
    """A process that answers; a context manager that leaves no process behind.

    Args:
        command: program and arguments, as ``program`` gives them. environment: all of it; ours by default.
        folder: where it runs. name: goes into its failures.

    Raises:
        EffbenchError: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        name: str = "",
    ) -> None:
        self.name = name
        self._kills = _out_of_memory_kills()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = Child(
                command, environment=environment, folder=folder, stdin=PIPE, stdout=PIPE, stderr=self._said
            )
        except EffbenchError:
            self._said.close()
            raise
        self._requests = self._process.stdin
        self._replies = self._process.stdout
        self._unread, self._gone = b"", False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def fileno(self) -> int:
        """What ``select`` waits for: its answers."""
        return self._replies.fileno()

    def ask(self, request: Mapping[str, Any], limit: float) -> Any:
        """The worker's answer within ``limit`` seconds.

        Raises:
            WorkerFailed: it reports an error, has ended, or does not answer in time (it is killed).
        """
        self.send(request)
        return self.reply(limit)

    def send(self, request: Mapping[str, Any]) -> None:
        """Ask without waiting, so that several workers can get ready at once."""
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def reply(self, limit: float = 0) -> Any:
        """The answer to what was sent; without a limit the one that ``has_replied``."""
        deadline = time.monotonic() + limit
        while not self.has_replied(max(0.0, deadline - time.monotonic())):
            if time.monotonic() >= deadline:
                self.close()
                raise WorkerFailed("timeout", f"no answer within {limit:g} s", self.name)
        if b"\n" not in self._unread:
            raise self._ended()
        line, _, self._unread = self._unread.partition(b"\n")
        return self._read(line)

    def has_replied(self, limit: float = 0) -> bool:
        """Whether an answer is there, or none will come any more; waits at most that long for the next part of it."""
        if b"\n" not in self._unread and select.select([self], [], [], limit)[0]:
            part = os.read(self.fileno(), 1 << 16)
            self._gone = not part
            self._unread += part
        return self._gone or b"\n" in self._unread

    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return not self._gone and self._process.poll() is None

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

    def _read(self, line: bytes) -> Any:
        """What an answer holds; a worker that writes anything else to its pipe is ended."""
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict) and "ok" in said:
            return said["ok"]
        if isinstance(said, dict) and {"error", "kind"} <= said.keys():
            raise WorkerFailed(said["kind"], said["error"], self.name)
        self.close()
        shown = line.decode(errors="replace")[:SHOWN]
        raise WorkerFailed("unreadable", f"it wrote a line that is not an answer: {shown!r}", self.name)

    def _ended(self) -> WorkerFailed:
        code = self._process.wait()
        self._said.seek(0)
        last = (self._said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        if code == -signal.SIGKILL and _out_of_memory_kills() > self._kills:
            return WorkerFailed("out_of_memory", "killed by the system, which ran out of memory", self.name, code=code)
        said = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}: {last}"
        return WorkerFailed("killed", said, self.name, code=code)


def program(name: str, folder: Path, module: str, python: str = sys.executable) -> list[str]:
    """The command of a worker whose module of the package in ``folder``, loaded as ``name``, answers.

    Args:
        python: interpreter of the environment in which it runs. -E: PYTHONPATH names the running project's modules,
            which are not those of another environment.
    """
    foreign = [] if python == sys.executable else ["-E"]
    return [python, "-P", *foreign, str(SERVE), name, str(folder), module]


def our_worker(module: str, name: str = "") -> Worker:
    """A worker with one thread whose module of this effbench (``gate.counter``) answers."""
    return Worker(program("effbench", PACKAGE, module), environment=with_threads(os.environ, 1), name=name)


def with_threads(given: Mapping[str, str], threads: int) -> dict[str, str]:
    """An environment with the number of threads fixed in every library that has its own."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**given, **dict.fromkeys(names, str(threads)), "PYTHONUNBUFFERED": "1"}


def _out_of_memory_kills() -> int:
    """Processes that the system has killed for want of memory since it was started; 0 where it does not say.

    Linux: ``oom_kill`` of /proc/vmstat, kills by a control group's limit with it.
    """
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return int(dict(line.split() for line in lines).get("oom_kill", 0))
