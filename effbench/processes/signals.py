"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it began is put in order, then it ends.

Without this the process would be gone at once, and with it every ``finally`` that removes a temporary folder, a work
tree or a child process.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Made = TypeVar("Made")

ENDINGS = ("SIGTERM", "SIGHUP")
"""From ``kill``, a scheduler or a shutdown; and from a terminal that was closed."""


class Ended(KeyboardInterrupt):
    """The process was asked to end; whatever sees to an interrupt sees to this."""


class Asked:
    """Which signal has come.

    Attributes:
        name: e.g. ``SIGTERM``; empty if none has. code: exit code of a process that such a signal ended.
    """

    name, code = "", 0

    def __init__(self) -> None:
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; a second one does not disturb what the first one began."""
        if os.getpid() != self._process:  # a fork of ours has nothing to put in order
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not self.name:
            self.name, self.code = signal.Signals(number).name, 128 + number
            raise Ended(self.name)


@contextmanager
def orderly() -> Iterator[Asked]:
    """Meanwhile the first of ENDINGS raises ``Ended``. Signals that are ignored (``nohup``) or handled stay so."""
    asked = Asked()
    numbers = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
    main = threading.current_thread() is threading.main_thread()  # no other may set handlers
    ours = [number for number in numbers if main and signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in ours:
            signal.signal(number, asked)
        yield asked
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def undisturbed(make: Callable[[], Made], undo: Callable[[Made], None]) -> Made:
    """What ``make`` makes. An interrupt that comes meanwhile has its effect afterwards, when it was undone.

    Otherwise it could strike when, say, a process runs already and nobody knows of it yet.
    """
    with _noted() as came:
        made = make()
    if came:
        undo(made)
    for number in came:
        signal.raise_signal(number)
    return made


@contextmanager
def _noted() -> Iterator[list[int]]:
    """Signals that came, instead of what would have become of them; default actions stay."""
    came: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", *ENDINGS) if hasattr(signal, name)]
    main = threading.current_thread() is threading.main_thread()
    theirs = {number: signal.getsignal(number) for number in numbers if main and callable(signal.getsignal(number))}
    try:
        for number in theirs:
            signal.signal(number, lambda number, frame: came.append(number))
        yield came
    finally:
        for number, handler in theirs.items():
            signal.signal(number, handler)
