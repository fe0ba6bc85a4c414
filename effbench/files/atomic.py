"""Where finished text goes: standard output, or files that are whole or not there at all."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files import locks
from effbench.files.printable import printable
from effbench.files.terminal import manner, painted, wipe

MARK = ".effbench-"
OURS = re.compile(rf"\..*{re.escape(MARK)}[0-9a-f]{{16}}", re.DOTALL)
"""Names of temporary neighbours."""

SHOWN = 55
"""Characters, of at most 4 bytes each, of a file's name that fit into that of its temporary neighbour."""


def emit(text: str, path: Path | None) -> None:
    """Print ``text``, or write it to ``path``; control characters, which names may hold, as escapes."""
    text = printable(text)
    if path is None:
        if sys.stdout is None:
            raise EffbenchError("standard output is closed")
        wipe()
        sys.stdout.write(painted(text) if manner().colour else text)
    else:
        write_files({path: text.encode()})


def require_writable(folder: Path) -> None:
    """Raise EffbenchError, before any work, unless files can be made in ``folder``."""
    if not folder.is_dir():
        raise EffbenchError(f"cannot write to {folder}: no such folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EffbenchError(f"cannot write to {folder}: permission denied")


def make_folder(folder: Path) -> None:
    """Make the folder, and those above it, unless it is there; raise EffbenchError unless files can be made in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EffbenchError(f"cannot make folder {folder}: {error.strerror}") from None
    require_writable(folder)


def require_replaceable(path: Path) -> None:
    """Raise EffbenchError if a folder, a device or a pipe stands at ``path``: a file must not take its place."""
    if path.is_dir():
        raise EffbenchError(f"cannot write {path}: is a folder")
    if path.exists() and not path.is_file():
        raise EffbenchError(f"cannot write {path}: is not a regular file")


def require_readable(path: Path) -> None:
    """Raise EffbenchError if a device or a pipe stands at ``path``, which may have no end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise EffbenchError(f"cannot read {path}: is not a regular file")


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write all files: each to a temporary neighbour first, then all renamed; on an error none of them appears.

    Files that were there before come back if a later one cannot be put in place.

    Raises:
        EffbenchError: with the system's reason (folder missing, disk full, permission, a folder of that name).
    """
    with ExitStack() as temporaries:
        path = next(iter(files))
        placed: list[tuple[Path, Path | None]] = []
        try:
            staged = {}
            for path, content in files.items():
                require_replaceable(path)
                staged[path] = _stage(path, content, temporaries)
            for path, temporary in staged.items():
                former = _copy(path, temporaries) if len(files) > 1 and path.exists() else None
                temporary.replace(path)
                placed.append((path, former))
        except BaseException as error:
            for done, former in placed:
                former.replace(done) if former is not None else done.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise EffbenchError(f"cannot write {path}: {error.strerror or error}") from None
            raise


def _stage(path: Path, content: bytes, temporaries: ExitStack) -> Path:
    """``content`` in a new file beside ``path``, flushed to disk; removed in the end unless it was renamed."""
    handle, temporary = _neighbour(path)
    temporaries.callback(os.close, handle)
    temporaries.callback(temporary.unlink, missing_ok=True)
    with os.fdopen(handle, "wb", closefd=False) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(handle)
    return temporary


def _copy(path: Path, temporaries: ExitStack) -> Path:
    """The file that ``path`` is now under another name, so that it outlives its replacement."""
    former = _stage(path, path.read_bytes(), temporaries)
    shutil.copymode(path, former)
    return former


def _neighbour(path: Path) -> tuple[int, Path]:
    """A new file beside ``path``, open and, where the file system can, locked, which tells that its maker lives."""
    _clear_dead(path.parent)
    while True:
        temporary = path.with_name(f".{path.name[:SHOWN]}{MARK}{os.urandom(8).hex()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):
            locks.take(handle)
        if locks.is_at(temporary, handle):
            return handle, temporary
        os.close(handle)  # somebody took it for a dead one before it was locked


@cache
def _clear_dead(folder: Path) -> None:
    """Remove the temporary neighbours that killed processes left there; a process does so once for a folder."""
    with suppress(OSError):  # a folder that may not be listed may still be written
        for path in folder.iterdir():
            if OURS.fullmatch(path.name):
                locks.remove_dead(path)
