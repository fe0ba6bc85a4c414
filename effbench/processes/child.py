"""Programs that end with this process: each is killed, with all it started, however this process comes to its end.

A child begins a session of its own, so an interrupt of the terminal reaches us alone. One small process, the keeper,
knows the sessions that run and reads a pipe of which we hold the other end: when we are gone, even by SIGKILL, it kills
them. Unlike the parent-death signal of Linux it reaches grandchildren too, and it does not depend on which thread
started the child.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

from effbench.errors import EffbenchError
from effbench.processes.signals import undisturbed

Pipe = int | IO[bytes] | None
"""As ``subprocess`` takes it."""

PIPE, NOTHING = subprocess.PIPE, subprocess.DEVNULL

KEEPER = """
import os, signal, sys
groups = set()
for line in sys.stdin.buffer:
    (groups.add if line[:1] == b"+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


class Finished(NamedTuple):
    """How a program ended: its exit code (negative: minus the signal), and what it wrote."""

    code: int
    output: str
    errors: str


class Child:
    """A program that runs, the first of its session and process group.

    Args:
        command: program and arguments; no shell. environment: all of it; ours by default. folder: where it runs.

    Raises:
        EffbenchError: it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stdin: Pipe = NOTHING,
        stdout: Pipe = None,
        stderr: Pipe = None,
    ) -> None:

        def start() -> None:
            _keeper.be_there()  # it takes as long to start as a child does; a kill meanwhile finds none
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                list(command),
                env=environment,
                cwd=folder,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            _keeper.keep(self.pid)

        try:
            undisturbed(start, lambda _: self.kill())
        except OSError as error:
            raise EffbenchError(f"cannot start {command[0]}: {error.strerror}") from None

    @property
    def pid(self) -> int:
        """Process id, and that of its group."""
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        """Its standard input, if that is a PIPE."""
        return cast(IO[bytes], self._process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """Its standard output, if that is a PIPE."""
        return cast(IO[bytes], self._process.stdout)

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs. What it started is killed when it has ended."""
        if self._process.returncode is None and self._has_ended(os.WNOHANG):
            self._bury()
        return self._process.returncode

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        if self._process.returncode is None:
            self._has_ended(0)
            self._bury()
        return self._process.returncode

    def kill(self) -> None:
        """Kill it and what it started; it has ended then."""
        if self._process.returncode is None:
            _kill_group(self.pid)
            self.wait()

    def _has_ended(self, how: int) -> bool:
        """Look without taking its exit code: until that is taken, nobody else can get its number."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | how) is not None
        except (AttributeError, ChildProcessError):  # a Python without waitid (macOS before 3.13): take it at once
            return self._process.wait() is not None if how == 0 else self._process.poll() is not None

    def _bury(self) -> None:
        _kill_group(self.pid)
        _keeper.forget(self.pid)
        self._process.wait()


def run(
    command: Sequence[str],
    text: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    undecodable: str = "replace",
) -> Finished:
    """Run a program to its end, with ``text`` as its input.

    Args:
        undecodable: what becomes of bytes it writes that are no text, as ``bytes.decode`` names it.

    Raises:
        EffbenchError: it cannot be started.
    """
    child = Child(command, environment=environment, folder=folder, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        output, errors = child._process.communicate(text.encode())
    finally:
        child.kill()
        _keeper.forget(child.pid)
    return Finished(child.wait(), output.decode(errors=undecodable), errors.decode(errors=undecodable))


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # none is left, or (macOS) only what has ended
        os.killpg(group, signal.SIGKILL)


class _Keeper:
    """The keeper's other end; it starts with the first child, and again if somebody killed it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def be_there(self) -> None:
        """Start it if it does not run."""
        with self._lock:
            if self._process is None:
                self._start()

    def keep(self, group: int) -> None:
        with self._lock:
            self._groups.add(group)
            self._say(f"+{group}\n")

    def forget(self, group: int) -> None:
        with self._lock:
            if group in self._groups:
                self._groups.remove(group)
                self._say(f"-{group}\n")

    def close(self) -> None:
        """Let it kill what still runs, and end."""
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._stream().close()
            self._process.wait()
            self._process = None

    def after_fork(self) -> None:
        """In a copy of this process: the sessions are not its own, and must not outlive us because it does."""
        if self._process is not None:
            self._stream().close()
            self._process.returncode = 0  # not its child: nothing to wait for
        self._lock, self._groups, self._process = threading.Lock(), set(), None

    def _say(self, line: str) -> None:
        if self._process is None:
            self._start()
        try:
            self._stream().write(line.encode())
        except BrokenPipeError:
            self.close()
            self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", KEEPER],
            stdin=PIPE,
            stdout=NOTHING,
            stderr=NOTHING,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        self._stream().write("".join(f"+{group}\n" for group in self._groups).encode())

    def _stream(self) -> IO[bytes]:
        return cast(IO[bytes], cast("subprocess.Popen[bytes]", self._process).stdin)


_keeper = _Keeper()
atexit.register(_keeper.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keeper.after_fork)
