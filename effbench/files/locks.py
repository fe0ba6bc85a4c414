"""One process at a time: locks on files, which the system releases however their holder ends.

Who changes a file (reads it, then writes what follows from that) is ``alone`` with it meanwhile. Files are replaced
whole, so the lock is on a neighbour, ``.NAME.lock``, which the holder makes and removes again; one that a kill left
behind is locked by nobody, and serves the next. A file that only grows (``files.journal``) is locked itself.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from effbench.errors import EffbenchError, InUse

LOOKS, PAUSE = 10, 0.05
"""How often, and how many seconds apart, a lock is tried again by who will not wait: somebody may only be looking."""

LONGEST = 60
"""Characters of a name, of at most 4 bytes each, that fit into the name of its lock."""


def lock_of(path: Path) -> Path:
    """The neighbour by which a file, or a folder that may not be there yet, is locked."""
    return path.with_name(f".{path.name[:LONGEST]}.lock")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until nobody else is alone with the file at ``path``; it need not exist. Does not nest.

    Raises:
        EffbenchError: with the system's reason (folder missing, disk full, permission).
    """
    with hold(lock_of(path), wait=True):
        yield


@contextmanager
def hold(lock: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock of that name; it is there as long as it is held.

    Raises:
        InUse: another process holds it, and ``wait`` is False. EffbenchError: with the system's reason.
    """
    try:
        handle = _taken(lock, wait)
    except OSError as error:
        raise EffbenchError(f"cannot write {lock}: {error.strerror or error}") from None
    try:
        yield
    finally:
        with suppress(OSError):  # the folder may be gone with it
            lock.unlink()  # while it is held: who waits for it finds that it is no more
        os.close(handle)


def remove_dead(lock: Path) -> None:
    """Remove what a killed holder left; a lock that is held, or cannot be removed, is let be."""
    with suppress(OSError, EffbenchError):
        if lock.exists() and not is_held(lock):
            with hold(lock, wait=False):
                pass  # who has held it removes it


def is_held(lock: Path) -> bool:
    """Whether a process that lives holds the lock of that name. Looks, and makes nothing."""
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def take(handle: int, *, wait: bool = True) -> None:
    """Lock an open file until it is closed.

    Raises:
        InUse: another process has it, and ``wait`` is False. OSError: the file system has no locks.
    """
    if wait:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return
    for last in (*[False] * LOOKS, True):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if last:
                raise InUse("another process holds the lock") from None
            time.sleep(PAUSE)


def _taken(lock: Path, wait: bool) -> int:
    """The file of that name, locked. What its last holder removed while we waited is not it."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)  # NFS locks what is open for writing
        try:
            take(handle, wait=wait)
            if is_at(lock, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def is_at(lock: Path, handle: int) -> bool:
    """Whether the open file is still that of the name."""
    try:
        return os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        return False
