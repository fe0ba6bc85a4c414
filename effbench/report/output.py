"""Where finished text goes: standard output, or files that are whole or not there at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from effbench.errors import EffbenchError


def emit(text: str, path: Path | None) -> None:
    """Print ``text``, or write it to ``path``."""
    if path is None:
        sys.stdout.write(text)
    else:
        write_files({path: text.encode()})


def require_writable(folder: Path) -> None:
    """Raise EffbenchError, before any work, unless files can be made in ``folder``."""
    if not folder.is_dir():
        raise EffbenchError(f"cannot write to {folder}: no such folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EffbenchError(f"cannot write to {folder}: permission denied")


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write all files: each to a temporary neighbour first, then all renamed; on an error none of them appears.

    Raises:
        EffbenchError: with the system's reason (folder missing, disk full, permission, a folder of that name).
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            if path.is_dir():
                raise IsADirectoryError(21, "is a folder", str(path))
            staged[path] = _stage(path, content)
        for path, temporary in staged.items():
            temporary.replace(path)
    except OSError as error:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)
        place = error.filename if error.errno == 21 else next((p for p in files if p not in staged), path)
        raise EffbenchError(f"cannot write {place}: {error.strerror or error}") from None


def _stage(path: Path, content: bytes) -> Path:
    """``content`` in a new file beside ``path``, flushed to disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
