"""Finished results, one JSON object a line, appended so that a crash, a kill or a full disk loses none of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.files import locks
from effbench.files.document import NotJson, parsed

Entry = dict[str, Any]


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Add one result and wait until it is on the disk. A line that a crash left unfinished is cut off first.

    Several processes may append to one file.

    Raises:
        EffbenchError: with the system's reason; the file then holds what it held before.
    """
    line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
    try:
        with path.open("a+b", buffering=0) as stream:  # a buffer would write the rest when it is closed
            locks.take(stream.fileno())
            end = _whole(stream.fileno())
            stream.truncate(end)
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[stream.write(rest) :]
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(end)
                raise
    except OSError as error:
        raise EffbenchError(f"cannot write {path}: {error.strerror or error}") from None


def read(path: Path) -> list[Entry]:
    """Every finished result, in the order they were added; an unfinished last line is none.

    Raises:
        EffbenchError: the file cannot be read, or a finished line is not a JSON object.
    """
    return [entry for _, entry in lines(path)]


def lines(path: Path) -> Iterator[tuple[int, Entry]]:
    """The results of ``read`` one by one, each with the number of its line from 1: a long file is never held whole."""
    yield from ((number, entry) for number, entry, _ in lines_from(path, 0, 1))


def lines_from(path: Path, byte: int, first: int) -> Iterator[tuple[int, Entry, int]]:
    """The results from that byte on, whose line has the number ``first``; each with the byte at which the next begins.

    So a file that grows is read on where it ended.
    """
    try:
        with path.open("rb") as stream:
            stream.seek(byte)
            for number, line in enumerate(stream, start=first):
                if line.endswith(b"\n"):
                    byte += len(line)
                    yield number, _entry(path, number, line), byte
    except FileNotFoundError:
        return
    except OSError as error:
        raise EffbenchError(f"cannot read {path}: {error.strerror or error}") from None


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        entry = parsed(line)
    except NotJson as error:
        raise EffbenchError(f"{path}, line {number} is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise EffbenchError(f"{path}, line {number} is not a JSON object")
    return entry


def _whole(handle: int) -> int:
    """Bytes up to the end of the last finished line."""
    size = os.fstat(handle).st_size
    start, block = size, 1 << 16
    while start > 0:
        begin = max(0, start - block)
        found = os.pread(handle, start - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        start = begin
    return 0
