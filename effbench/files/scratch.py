"""Temporary folders that do not outlive their makers: removed in the end, or by a later process if a kill forbade it.

The maker holds a lock beside the folder (``locks``). A folder whose lock is there and held by nobody is that of a
process that was killed; a folder without one is not of our making.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files import locks

MARK = 8
"""Random bytes in the name of a folder."""


@contextmanager
def scratch(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """A new folder for temporary files, called ``prefix`` and 16 hexadecimal digits; removed in the end.

    Args:
        place: where; None: in the system's folder for temporary files.

    Raises:
        EffbenchError: with the system's reason.
    """
    clear_dead(prefix, place)
    folder = (place or _system()) / f"{prefix}{secrets.token_hex(MARK)}"
    with locks.alone(folder):
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            remove(folder)


def clear_dead(prefix: str, place: Path | None = None) -> None:
    """Remove every folder of that prefix there whose maker was killed. Those of other users are let be."""
    for folder in dead(prefix, place):
        clear(folder)


def dead(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """Every folder of that prefix there whose maker was killed."""
    place = place or _system()
    locked = (place / lock.name[1 : -len(".lock")] for lock in place.glob(f".{prefix}{'[0-9a-f]' * 2 * MARK}.lock"))
    return filter(is_dead, locked)


def _system() -> Path:
    return Path(tempfile.gettempdir())


def is_dead(folder: Path) -> bool:
    """Whether its maker was killed before it could remove the folder."""
    lock = locks.lock_of(folder)
    try:
        return lock.lstat().st_uid == os.geteuid() and not locks.is_held(lock)
    except OSError:
        return False


def clear(folder: Path) -> None:
    """Remove a dead folder, unless somebody else is just doing so."""
    with suppress(EffbenchError), locks.hold(locks.lock_of(folder), wait=False):
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder with all that can be removed of it; none is fine."""
    for place, names, _ in os.walk(folder):
        for name in names:
            path = Path(place) / name
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(0o700)  # in one that may not be written, nothing can be removed
    shutil.rmtree(folder, ignore_errors=True)
