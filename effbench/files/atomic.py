"""Where finished text goes: standard output, or files that are whole or not there at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.printable import printable
from effbench.files.terminal import manner, painted, wipe


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
                former = _second_name(path, temporaries) if len(files) > 1 and path.exists() else None
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
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    temporary = Path(name)
    temporaries.callback(temporary.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.chmod(0o666 & ~_umask())
    return temporary


def _second_name(path: Path, temporaries: ExitStack) -> Path:
    """Another name for the file that ``path`` is now, so that it outlives its replacement."""
    former = Path(tempfile.mkdtemp(prefix=".effbench.", dir=path.parent)) / path.name
    temporaries.callback(former.parent.rmdir)
    temporaries.callback(former.unlink, missing_ok=True)
    try:
        os.link(path, former)
    except OSError:  # a file system without hard links
        shutil.copy2(path, former)
    return former


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
