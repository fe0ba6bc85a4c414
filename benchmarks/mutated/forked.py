"""Tests in a fork of this process, which has imported what takes seconds, though nothing of the package."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

NOTHING_RAN = 5
"""Exit code of pytest."""

LIMIT, WORK = 600.0, 300
"""Seconds by the clock, and of the processor: an error that makes a test endless is found too."""

OURS = 70
"""Exit code where pytest itself could not be run."""


class Ran(NamedTuple):
    """passed: all did. by: the first test that did not, or what else ended them. seconds: by the clock."""

    passed: bool
    by: str
    seconds: float


class Tests:
    """Those of a copy of the repository, which an error may be written into."""

    __test__ = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def with_error(self, file: str, text: str, tests: Sequence[str]) -> Ran:
        """The tests, up to the first that fails, while the file has that text."""
        path = self.root / file
        right, times = path.read_bytes(), path.stat()
        path.write_text(text, encoding="utf-8")
        try:
            return self.run(tests)
        finally:
            path.write_bytes(right)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # what was compiled of it is right again

    def run(self, tests: Sequence[str]) -> Ran:
        """Up to the first that fails; what takes longer than the limits is killed, and has failed."""
        start, said = time.monotonic(), self.root / ".said"
        child = os.fork()
        if child == 0:
            words = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
            self._child([*tests, "-x", *words], said)
        code = _awaited(child, start + LIMIT)
        if code == OURS:
            raise RuntimeError(f"pytest did not run: {said.read_text('utf-8', 'replace')[-2000:]}")
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said.read_text("utf-8", "replace"), re.MULTILINE)
        by = (
            failed[1] if failed else "the limit" if code is None else "" if code in (0, NOTHING_RAN) else f"exit {code}"
        )
        return Ran(code in (0, NOTHING_RAN), by, round(time.monotonic() - start, 1))

    def _child(self, words: list[str], said: Path) -> None:
        """Never returns."""
        code = OURS
        try:
            os.setsid()
            os.chdir(self.root)
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(out, stream)
            os.environ |= {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
            sys.dont_write_bytecode = True  # what was compiled without an error serves those with one
            resource.setrlimit(resource.RLIMIT_CPU, (WORK, WORK))
            sys.path.insert(0, str(self.root))
            code = int(pytest.main(words))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _awaited(child: int, end: float) -> int | None:
    """Its exit code, or minus its signal; None: it was killed at the end of its time. What it started dies with it."""
    done, status = os.waitpid(child, os.WNOHANG)
    while not done and time.monotonic() < end:
        time.sleep(0.02)
        done, status = os.waitpid(child, os.WNOHANG)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if done:
        return os.waitstatus_to_exitcode(status)
    os.waitpid(child, 0)
    return None
