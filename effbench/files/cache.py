"""Results that are dear to make and cheap to keep, as JSON files in the user's cache folder.

A file that is missing, broken, edited or foreign is a result that must be made again; a folder that cannot be written
costs time and never a result. A digest beside the data finds out files that are not as they were written.
$EFFBENCH_NO_CACHE, or ``--no-cache`` of any command: nothing is taken from there and nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from effbench.errors import EffbenchError
from effbench.files.atomic import write_files
from effbench.files.locks import alone, lock_of, remove_dead
from effbench.files.terminal import say

OFF = "EFFBENCH_NO_CACHE"


@contextmanager
def unused() -> Iterator[None]:
    """What runs in here, and the processes that it starts, read and keep nothing."""
    before = os.environ.get(OFF)
    os.environ[OFF] = "1"
    try:
        yield
    finally:
        os.environ.pop(OFF)
        if before is not None:
            os.environ[OFF] = before


def folder() -> Path:
    """``$EFFBENCH_CACHE``, or ``effbench`` in the user's cache folder."""
    if os.environ.get("EFFBENCH_CACHE"):
        return Path(os.environ["EFFBENCH_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "effbench"


def read(name: str) -> Any:
    """What was kept in the file of that name, ``kind/key.json``; None if nothing, or not what was written there."""
    if os.environ.get(OFF):
        return None
    try:
        path = folder() / name
        kept = json.loads(path.read_text(encoding="utf-8"))
        remove_dead(lock_of(path))  # its holder was killed after it had written the file: no other writer follows
        return kept["data"] if kept["sha256"] == _digest(kept["data"]) else None
    except (OSError, RuntimeError, ValueError, TypeError, KeyError):
        return None


def write(name: str, data: Any, what: str) -> None:
    """Keep ``data``, which JSON can hold, under that name; ``what`` it is, for the warning if it cannot be kept."""
    update(name, lambda former: data, what)


def update(name: str, change: Callable[[Any], Any], what: str) -> Any:
    """Keep what ``change`` makes of what is there (None: nothing that can be read); nobody else changes it meanwhile.

    Returns:
        What is kept now; None if it could not be kept.
    """
    if os.environ.get(OFF):
        return None
    try:
        path = folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path):
            data = change(read(name))
            write_files({path: json.dumps({"sha256": _digest(data), "data": data}).encode()})
    except (OSError, RuntimeError, ValueError, EffbenchError) as error:
        say(f"effbench: {what} was not kept: {error}")
        return None
    return data


def _digest(data: Any) -> str:
    """By which a file that was cut off or edited is found out.

    Raises:
        ValueError: a number in it is NaN or infinite.
    """
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()
