"""Run cases in this process, each with a watch on its time, its exit code and what it says."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from effbench.cli import main

LIMIT, WORK, LONGEST = 5.0, 5.0, 300
"""Seconds that a case may take, by the clock and of the processor; characters of an error."""


class Slow(BaseException):
    """A case took too long."""


def fault_of(words: Sequence[str], codes: Sequence[int], limit: float = LIMIT) -> str:
    """What is wrong with how the command ended; empty if nothing is."""
    errors = io.StringIO()
    start = time.process_time()
    try:
        with _watched(limit), contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            code: object = main(list(words))
    except Slow:
        return f"took more than {limit:g} s"
    except SystemExit as left:
        code = left.code or 0
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"traceback: {type(error).__name__}: {error} at {Path(place.filename).name}:{place.lineno}"[:300]
    if code in (129, 130, 143):  # effbench took the signal that was meant for the campaign
        raise KeyboardInterrupt
    taken = time.process_time() - start
    return _wrong(code, codes, errors.getvalue()) or (f"took {taken:.1f} s of work" if taken > max(WORK, limit) else "")


def _wrong(code: object, codes: Sequence[int], said: str) -> str:
    if code not in codes:
        return f"ended with {code}, not {' or '.join(map(str, codes))}: {said[-200:]}"
    lines = [line for line in said.splitlines() if line.startswith("effbench: error: ")]
    if code == 2 and len(lines) != 1:
        return f"{len(lines)} lines of error: {said[-200:]!r}"
    if any(len(line) > LONGEST for line in lines):
        return f"an error of {max(map(len, lines))} characters: {lines[0][:200]!r}"
    if "weights_only=False" in said or "\x1b" in said:
        return f"said what it must not say: {said[:200]!r}"
    return "Traceback in what it said" if "Traceback" in said else ""


@contextlib.contextmanager
def _watched(limit: float) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise Slow

    former = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


@contextlib.contextmanager
def within(folder: Path) -> Iterator[None]:
    """Meanwhile that is the working folder."""
    former = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(former)
