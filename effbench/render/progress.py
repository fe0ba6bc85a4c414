"""A progress line on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

WIDTH = 20


class Progress:
    """``[#####...............] 5 of 20: what is next``; gone in the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._total = 0
        self._done = -1

    def __call__(self, left: int, what: str) -> None:
        """Before the next of ``left`` pieces of work; the total grows if there is more to do than was known."""
        self._done += 1
        self._total = max(self._total, self._done + left)
        self.show(self._done / self._total, f"{self._done + 1} of {self._total}: {what}")

    def show(self, share: float, words: str) -> None:
        """How far it is, 0 to 1, in place of what was shown before."""
        if self._shown:
            full = int(WIDTH * share)
            print(f"\r\033[K[{'#' * full}{'.' * (WIDTH - full)}] {words}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
