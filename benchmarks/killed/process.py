"""A command in a process of its own that is killed at a drawn moment, by time or at one of its changes of files."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

CHANGES = frozenset(
    {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "fcntl.flock", "tempfile.mkstemp"}
)
WRITES = os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When to send which signal. seconds: after the start; change: before that change of files. One of them is None."""

    sent: int = signal.SIGKILL
    seconds: float | None = None
    change: int | None = None


class Changes:
    """Counts changes of files in this process, and sends a signal before one of them.

    Args:
        count: a file that gets a byte a change.
    """

    def __init__(self, moment: Moment, count: int) -> None:
        self._moment, self._count, self._seen, self._process = moment, count, 0, os.getpid()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Hear of an event of Python."""
        writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & WRITES)
        if (event in CHANGES or writes) and os.getpid() == self._process:
            if self._seen == self._moment.change:
                os.kill(self._process, self._moment.sent)
            self._seen += 1
            os.write(self._count, b".")


def ran(
    line: str, folder: Path, moment: Moment | None = None, shorter: Mapping[str, object] = MappingProxyType({})
) -> tuple[int, float, int]:
    """(exit code or minus the signal, seconds, changes of files) of the command in ``folder``.

    What it prints is in ``said`` beside the folder; its temporary files and its cache too.
    """
    places = {name: folder.with_name(name) for name in ("temporary", "cache")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    counted, told = os.pipe()
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.close(counted)
        _command(line, folder, places, moment or Moment(), told, shorter)
    os.close(told)
    if moment is not None and moment.seconds is not None:
        time.sleep(moment.seconds)
        os.kill(pid, moment.sent)  # a process that has ended waits for us and takes no harm
    changes = 0
    while part := os.read(counted, 1 << 16):
        changes += len(part)
    os.close(counted)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - start, changes


def _command(
    line: str, folder: Path, places: dict[str, Path], moment: Moment, told: int, shorter: Mapping[str, object]
) -> None:
    """The child: never returns."""
    code = 70
    try:
        atexit._clear()  # what its parent would do in the end
        os.setsid()
        os.chdir(folder)
        os.set_inheritable(told, False)
        said = os.open(folder.with_name("said"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(said, stream)
        os.environ |= {"TMPDIR": str(places["temporary"]), "EFFBENCH_CACHE": str(places["cache"])}
        sys.dont_write_bytecode = True
        tempfile.tempdir = None
        from effbench.cli import main

        for name, value in shorter.items():
            module, _, constant = name.rpartition(".")
            setattr(import_module(module), constant, value)
        sys.addaudithook(Changes(moment, told))
        code = main(line.split())
        sys.stdout.flush()
    finally:
        atexit._run_exitfuncs()
        os._exit(code)


def living(folder: Path) -> list[int]:
    """Processes that work in the folder, or one below it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                place = (process / "cwd").readlink()
            except OSError:
                continue
            if place.is_relative_to(folder):
                found.append(int(process.name))
    return found


def gone(folder: Path, limit: float = 5.0) -> list[int]:
    """Processes that still work there after ``limit`` seconds."""
    end = time.monotonic() + limit
    while (found := living(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    return found
