"""How far a command is, on standard error: a line that changes on a terminal, else a line every ten seconds.

The innermost one that is open speaks; where steps are known it has a bar, a rate and the time left. A quiet command has
no progress.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Protocol, Self

from effbench.files.terminal import is_terminal, manner, status, warn, wipe
from effbench.render.numbers import significant, span

WIDTH = 20
EVERY = 10.0
"""Seconds between two lines where nobody sees a line change."""
PATIENCE = 2.0
"""Seconds in which nothing is said where no step is known, and nothing of the time left."""
TICK = 0.5


class Tell(Protocol):
    """Is told what is done, and how far it is, 0 to 1."""

    def __call__(self, words: str, share: float = 0.0) -> None: ...


def silent(words: str, share: float = 0.0) -> None:
    """Tells nobody."""


class Progress:
    """``[#####...............] 5 of 20: what is next, 2.1 a second, 12 s left``; gone in the end.

    Args:
        what: is done, for as long as no step is known. clock: seconds, monotonic.
    """

    _open: ClassVar[list[Progress]] = []

    def __init__(self, what: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._share, self._words, self._left = 0.0, "", -1.0
        self._total, self._done = 0, -1
        self._start = clock()
        self._told = self._start
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, left: int, what: str) -> None:
        """Before the next of ``left`` pieces of work; the total grows if there is more to do than was known."""
        self._done += 1
        self._total = max(self._total, self._done + left)
        passed = self._passed()
        rate = f", {_rate(self._done / passed)}" if self._done and passed >= PATIENCE else ""
        self.show(self._done / self._total, f"{self._done + 1} of {self._total}: {what}{rate}")

    def show(self, share: float, words: str, left: float | None = None) -> None:
        """How far it is, in place of what was shown before.

        Args:
            share: 0 to 1. words: what is done, and at which rate. left: seconds to go, if the caller knows better than
                what the time that has passed says.
        """
        passed = self._passed()
        by_share = passed * (1 - share) / share if 0 < share < 1 and passed >= PATIENCE else -1.0
        self._share, self._words, self._left = share, words, by_share if left is None else left
        self._tell()

    def tell(self, words: str, share: float = 0.0) -> None:
        """As ``Tell`` has it."""
        self.show(share, words)

    def line(self) -> str:
        """What is shown now; empty while there is nothing to say."""
        left = f", {span(self._left)} left" if self._left >= 0 else ""
        if self._words:
            full = int(WIDTH * min(1.0, self._share))
            return f"[{'#' * full}{'.' * (WIDTH - full)}] {self._words}{left}"
        return f"{self._what}, {span(self._passed())} so far" if self._what and self._passed() >= PATIENCE else ""

    def _passed(self) -> float:
        return self._clock() - self._start

    def _tell(self) -> None:
        """Say the line if it is time to; the outermost one has the time of the last."""
        around = list(self._open)
        if manner().quiet or sys.stderr is None or around[-1:] != [self]:
            return
        now, line = self._clock(), self.line()
        if is_terminal(sys.stderr):
            if line:
                status(line)
        elif line and now - around[0]._told >= EVERY:
            around[0]._told = now
            warn(f"effbench: {line.partition('] ')[2]}" if self._words else line)

    def _run(self) -> None:
        while not self._ended.wait(TICK):
            for innermost in self._open[-1:]:
                innermost._tell()

    def __enter__(self) -> Self:
        self._open.append(self)
        if len(self._open) == 1:
            self._thread = threading.Thread(target=self._run, name="effbench-progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._open.remove(self)
        if self._thread is not None:
            self._thread.join(1.0)  # nothing is shown after the end
        wipe()


def _rate(per_second: float) -> str:
    return f"{significant(per_second, 2)} a second" if per_second >= 1 else f"{significant(1 / per_second, 2)} s each"
