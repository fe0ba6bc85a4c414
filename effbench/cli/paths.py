"""Files and folders typed by a user: what cannot be read or written is refused before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

from effbench.errors import EffbenchError
from effbench.files.atomic import require_readable, require_replaceable, require_writable


def output_file(text: str) -> Path:
    """A file that can be written."""
    path = Path(text)
    require_writable(path.parent)
    require_replaceable(path)
    return path


def output_folder(text: str) -> Path:
    """A folder that files can be written to, or one that can be made."""
    path = _named(text)
    try:
        above = next(one for one in (path, *path.parents, Path()) if os.path.lexists(one))
    except OSError as error:
        raise EffbenchError(f"cannot make folder {text}: {error.strerror}") from None
    longest = os.pathconf(above, "PC_NAME_MAX") if above.is_dir() else 0
    if any(len(os.fsencode(part)) > longest > 0 for part in path.parts):
        raise EffbenchError(f"cannot make folder {text}: File name too long")
    if not above.is_dir():
        raise EffbenchError(f"cannot make folder {text}: {above} is not a folder")
    require_writable(above)
    return path


def input_file(text: str) -> Path:
    """A file that is there."""
    path = existing(text)
    if path.is_dir():
        raise EffbenchError(f"cannot read {text}: is a folder")
    require_readable(path)
    return path


def input_folder(text: str) -> Path:
    """A folder that is there."""
    path = existing(text)
    if not path.is_dir():
        raise EffbenchError(f"cannot read {text}: is not a folder")
    return path


def existing(text: str) -> Path:
    """A file or a folder that is there."""
    path = _named(text)
    try:
        path.stat()
    except (OSError, ValueError) as error:
        raise EffbenchError(f"cannot read {text}: {getattr(error, 'strerror', error)}") from None
    return path


def _named(text: str) -> Path:
    if not text:
        raise EffbenchError("the name of a file or folder is empty")
    return Path(text)
