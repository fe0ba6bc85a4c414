"""The standard streams of a command: how wide and how coloured its tables are, and how much it says beside them."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from effbench.files.printable import printable


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a command speaks.

    Attributes:
        width: characters that a line of a table may have; None: as many as it wants.
        colour: whether what is printed is coloured. quiet: only results and errors. verbose: also what else is known.
    """

    width: int | None = None
    colour: bool = False
    quiet: bool = False
    verbose: bool = False


_manner = Manner()
_lock = threading.RLock()
_line = ""
"""What stands on the last line of the terminal and will be wiped away."""


def manner() -> Manner:
    """That of the command which runs; outside of one, tables are as wide as they are and nothing is coloured."""
    return _manner


@contextmanager
def speaking(how: Manner) -> Iterator[None]:
    """The manner of what runs in here."""
    global _manner
    before, _manner = _manner, how
    try:
        yield
    finally:
        _manner = before


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits at the other end."""
    return stream is not None and stream.isatty()


def is_coloured(stream: TextIO | None) -> bool:
    """NO_COLOR forbids, FORCE_COLOR demands; else a terminal that is not dumb has colours."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    return forced != "0" if forced else is_terminal(stream) and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO | None) -> int | None:
    """Characters in a line of a terminal; None where there is none."""
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


def say(text: str) -> None:
    """A remark on standard error; none if the command is quiet."""
    if not _manner.quiet:
        warn(text)


def warn(text: str) -> None:
    """A line on standard error, in any manner."""
    with _lock:
        wipe()
        if sys.stderr is not None:
            print(printable(text, keep=""), file=sys.stderr, flush=True)


def status(text: str) -> None:
    """A line that replaces the one before and is wiped away by the next output; cut to the width of the terminal."""
    global _line
    with _lock:
        _line = printable(text, keep="")[: max(1, (width_of(sys.stderr) or 80) - 1)]
        print(f"\r\033[K{_line}", end="", file=sys.stderr, flush=True)


def wipe() -> None:
    """Take the line of ``status`` away."""
    global _line
    with _lock:
        if _line:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        _line = ""


RED, GREEN, YELLOW, BOLD, DIM = "31", "32", "33", "1", "2"
WORDS = {
    GREEN: r"PASS|EQUAL|holds?(?= under)",
    RED: r"FAIL|FAILED|holds under none|error(?=:)|DIFFERENT",
    YELLOW: r"INCONCLUSIVE|no price|too noisy to report|[Ll]eft out",
}
"""Colour -> the words that have it."""
_WORDS = re.compile("|".join(rf"(?P<c{colour}>\b(?:{words})\b)" for colour, words in reversed(WORDS.items())))
_RULE = re.compile("--+(?: +-+)*")


def painted(text: str) -> str:
    """A table with its heads bold, its rules pale and its verdicts in colour."""
    lines = text.split("\n")
    for i in (i for i, line in enumerate(lines) if _RULE.fullmatch(line)):
        lines[i] = paint(lines[i], DIM)
        while i and lines[i - 1]:  # heads may have several lines
            i -= 1
            lines[i] = paint(lines[i], BOLD)
    return _WORDS.sub(lambda found: paint(found[0], str(found.lastgroup)[1:]), "\n".join(lines))


def paint(text: str, colour: str) -> str:
    """The text in a colour of this module."""
    return f"\033[{colour}m{text}\033[0m"
